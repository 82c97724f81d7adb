"""Jobs by the clock: a thin wrapper of APScheduler that knows no collector and no figure.

What repeats in the background (shipping, the ledger, compaction) is a job. It never runs twice at once; runs that were
slept through become one; and a run that would start later than its own interval is left out, for the next is due.
Sources are not jobs: the runner polls them.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from collectors.agenda import FIRST_WITHIN_S, spread
from collectors.events import Event, log_event
from collectors.health import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from apscheduler.events import JobEvent

THREADS = 8
WORDS = {
    EVENT_JOB_EXECUTED: "job works",
    EVENT_JOB_ERROR: "job failed",
    EVENT_JOB_MAX_INSTANCES: "job overruns",
    EVENT_JOB_MISSED: "job late",
}


class Schedule:
    """Runs jobs in threads of this process; each change of a job's state is recorded once."""

    def __init__(self, *, record: Callable[[Event], None] = log_event) -> None:
        """Hold no job yet; nothing runs before `start`."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # its tracebacks would repeat with every run
        self._record = record
        self._words: dict[str, str] = {}
        self._scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(THREADS)}, timezone=UTC)
        self._scheduler.add_listener(self._heard, sum(WORDS))

    def every(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` soon, and then every `seconds`; a job of the same name is replaced."""
        soon = datetime.now(UTC) + timedelta(seconds=min(seconds, FIRST_WITHIN_S) * spread(name))
        self._words[name] = WORDS[EVENT_JOB_EXECUTED]
        self._scheduler.add_job(
            call,
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=soon,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=max(1, int(seconds)),
            replace_existing=True,
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no job any more and wait for those that run."""
        self._scheduler.shutdown(wait=True)

    def _heard(self, event: JobEvent) -> None:
        word = WORDS[event.code]
        if self._words.get(event.job_id) == word:
            return
        self._words[event.job_id] = word
        error = getattr(event, "exception", None)
        fields = {"job": event.job_id, **({"reason": told(error)} if error else {})}
        self._record(Event(word, datetime.now(UTC).timestamp(), fields, bad=event.code != EVENT_JOB_EXECUTED))
