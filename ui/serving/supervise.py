"""The body of `collect` and `up`: collect until told to stop, reload on SIGHUP, keep the page process alive.

The collector works in a thread of this process; the main thread waits for signals, so that a stop or a reload never
waits for a device. A second SIGINT or SIGTERM ends the process at once: what is accepted stands in the spool.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

from config.errors import WattlasError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from collectors.forward.central import Central
    from ui.service import Service
    from ui.serving.page_process import PageProcess

log = logging.getLogger(__name__)

_TICK_S = 0.5  # how long a signal or the end of a job may go unseen


class Orders:
    """What signals have asked for: `stop` for good, `reload` once."""

    def __init__(self) -> None:
        """Nothing is asked for yet; `listen` starts to hear."""
        self.stop = threading.Event()
        self.reload = threading.Event()

    def listen(self) -> None:
        """Take SIGINT and SIGTERM as stop, SIGHUP as reload. Main thread only."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, lambda _number, _frame: self.reload.set())

    def _stop(self, _number: int, _frame: object) -> None:
        self.stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)


def run(
    open_service: Callable[[], Service],
    orders: Orders,
    *,
    page: PageProcess | None = None,
    central: Central | None = None,
) -> None:
    """Collect until `orders.stop`; a reload opens the site file anew and a bad one keeps what runs.

    All that is accepted is forwarded to `central` where one is given.

    Raises:
        WattlasError: the first site file is wrong, or collecting cannot go on.
    """
    over = threading.Event()
    following: SimpleQueue[Service] = SimpleQueue()
    with ThreadPoolExecutor(1, thread_name_prefix="collect") as pool:
        job = pool.submit(open_service().collect, over, following, central)
        try:
            while _goes_on(job, orders, page):
                for service in _reloaded(open_service, orders):
                    following.put(service)
        finally:
            over.set()
        job.result()


def _goes_on(job: Future[None], orders: Orders, page: PageProcess | None) -> bool:
    if page is not None:
        page.mind(time.monotonic())
    orders.stop.wait(_TICK_S)
    return not (orders.stop.is_set() or job.done())


def _reloaded(open_service: Callable[[], Service], orders: Orders) -> Iterator[Service]:
    if not orders.reload.is_set():
        return
    orders.reload.clear()
    try:
        service = open_service()
    except WattlasError as error:
        log.warning("reload refused, the former site file stays: %s", "; ".join(str(error).splitlines()))
    else:
        log.info("reload accepted site_file=%s", service.settings.path)
        yield service
