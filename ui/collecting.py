"""Collecting: the runner, the spool, the shipper and the bookkeeper as one process (design 5).

Readings are judged and durable within a second of their arrival; the archive and the books follow on schedule.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.aside import Aside
from collectors.clock import SystemClock
from collectors.events import Event, log_event
from collectors.intake import Intake
from collectors.judge import Judge
from collectors.registry import build
from collectors.run import Runner
from collectors.schedule import Schedule
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    import threading

    from ui.service import Service

BOOKS_EVERY_S = 60
UPKEEP_EVERY_S = 6 * 3600
LOOK_EVERY_S = 0.2


class Collecting:
    """Everything that runs while `wattlas collect` runs."""

    def __init__(self, service: Service) -> None:
        """Build the collectors from the site file; nothing is asked before `run`."""
        self._service = service
        clock = SystemClock()
        intake = Intake(Judge(service.settings), service.stores.spool.accept, clock)
        collectors = build(service.settings, at=int(service.now()))
        aside = Aside(service.settings.store.data / "aside")
        self._runner = Runner(collectors, intake.accept, clock, flush=intake.flush, aside=aside)

    def run(self, stop: threading.Event) -> None:
        """Collect until `stop` is set; then end polls and sessions, ship, and bring the books up to date."""
        import uvloop

        schedule = Schedule()
        schedule.every("ship", self._service.stores.ship_every_s, self._service.ship)
        schedule.every("books", BOOKS_EVERY_S, self._service.keep_books)
        schedule.every("upkeep", UPKEEP_EVERY_S, self._service.upkeep)
        schedule.start()
        try:
            uvloop.run(self._poll(stop))
        finally:
            schedule.stop()
        self._settle()

    def _settle(self) -> None:
        """Bring archive and books up to date; with the archive away everything accepted waits in the spool."""
        try:
            self._service.ship()
            self._service.keep_books()
        except StoreUnavailable as error:
            log_event(Event("archive away", self._service.now(), {"reason": str(error)}, bad=True))

    async def _poll(self, stop: threading.Event) -> None:
        polling = asyncio.create_task(self._runner.run())
        while not stop.is_set() and not polling.done():  # noqa: ASYNC110 - the event is set by another thread
            await asyncio.sleep(LOOK_EVERY_S)
        self._runner.stop()
        await polling
