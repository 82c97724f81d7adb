"""Jobs by the monotonic clock: each in a thread of its own, so that setting the wall clock delays or repeats none."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from collectors.events import Event, log_event
from collectors.health import told

if TYPE_CHECKING:
    from collections.abc import Callable


class Steady:
    """Runs jobs one interval after their last end; a failing one is told once and goes on."""

    def __init__(self, *, record: Callable[[Event], None] = log_event) -> None:
        """Hold no job yet."""
        self._record, self._over = record, threading.Event()
        self._threads: list[threading.Thread] = []

    def every(self, name: str, seconds: Callable[[], float], call: Callable[[], object]) -> None:
        """Begin to call `call` now and then every `seconds()`, asked anew after each run."""
        thread = threading.Thread(target=self._run, args=(name, seconds, call), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self, *, within_s: float = 30.0) -> None:
        """Begin no run any more, and wait for those under way; one that hangs is left behind."""
        self._over.set()
        for thread in self._threads:
            thread.join(within_s)

    def _run(self, name: str, seconds: Callable[[], float], call: Callable[[], object]) -> None:
        failing = False
        while not self._over.is_set():
            error = _fault(call)
            if (error is not None) != failing:
                failing = error is not None
                fields = {"job": name, **({"reason": told(error)} if error else {})}
                self._record(Event("job failed" if failing else "job works", time.time(), fields, bad=failing))
            self._over.wait(seconds())


def _fault(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    # Broad, as in the runner's polls and nowhere else: a thread that a bug ends would end all alerts in silence.
    except Exception as error:  # noqa: BLE001
        return error
    return None
