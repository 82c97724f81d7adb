"""Collecting: the runner, the spool, the shipper and the bookkeeper as one process (design 5).

Readings are judged and durable within a second of their arrival; the archive and the books follow on schedule.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from collectors.aside import Aside
from collectors.clock import SystemClock
from collectors.events import Event, log_event
from collectors.intake import Intake
from collectors.judge import Judge
from collectors.overlaps import overlaps_of
from collectors.registry import build
from collectors.run import Runner
from collectors.schedule import Schedule
from collectors.steady import Steady
from config.errors import StoreCorrupt, StoreUnavailable
from ui.alerts.evaluate import evaluate
from ui.alerts.notify import deliver, waiting_channels
from ui.alerts.sight import Watch, refresh
from ui.jobs import fetch_all

if TYPE_CHECKING:
    import threading
    from queue import SimpleQueue

    from collectors.contract import Collector
    from collectors.forward.central import Central
    from collectors.forward.forwarder import Forwarder
    from ui.service import Service

BOOKS_EVERY_S = 60
UPKEEP_EVERY_S = 6 * 3600
JOBS_EVERY_S = 900
REPORTS_EVERY_S = 300
DELIVER_EVERY_S = 2
FIGURES_EVERY_S = 5
LOOK_EVERY_S = 0.2


class Collecting:
    """Everything that runs while `wattlas collect` runs."""

    def __init__(self, service: Service, following: SimpleQueue[Service], central: Central | None = None) -> None:
        """Build the collectors from the site file; nothing is asked before `run`. `central` gets all that is read."""
        self._service = service
        self._following = following
        self._watch = Watch(apart=True)
        self._served = set[str]()
        clock = SystemClock()
        overlaps = overlaps_of(service.settings, service.stores)
        self._intake = Intake(Judge(service.settings), service.stores.spool.accept, clock, overlaps)
        aside = Aside(service.settings.store.data / "aside")
        self._forwarder = None if central is None else self._forwarding(central)
        self._runner = Runner(self._collectors(), self._intake.accept, clock, flush=self._intake.flush, aside=aside)

    def run(self, stop: threading.Event) -> None:
        """Collect until `stop` is set; then end polls and sessions, ship, and bring the books up to date."""
        import uvloop

        self._service.note_configuration()
        schedule = Schedule()
        schedule.every("ship", self._service.stores.ship_every_s, self._ship)
        whole = self._service.settings.collecting.shard is None  # of a part of the sources nobody can judge the whole
        if whole:
            schedule.every("books", BOOKS_EVERY_S, self._keep_books)
            schedule.every("reports", REPORTS_EVERY_S, self._report)
        schedule.every("upkeep", UPKEEP_EVERY_S, self._upkeep)
        schedule.every("job records", JOBS_EVERY_S, self._fetch_jobs)
        steady = Steady()
        if whole:
            steady.every("figures of alerts", lambda: FIGURES_EVERY_S, self._figures)
            steady.every("alerts", lambda: self._service.settings.alerting.every_s, self._alert)
        steady.every("messages", lambda: DELIVER_EVERY_S, partial(self._deliver, steady))
        if self._forwarder is not None:
            steady.every("forward", self._forwarder.wait_s, self._forwarder.step)
        schedule.start()
        try:
            uvloop.run(self._poll(stop))
        finally:
            if self._forwarder is not None:
                self._forwarder.stop()
            steady.stop()
            schedule.stop()
        self._settle()

    def _ship(self) -> None:
        self._service.ship()

    def _keep_books(self) -> None:
        self._service.keep_books()

    def _upkeep(self) -> None:
        self._service.upkeep()

    def _fetch_jobs(self) -> None:
        if self._service.settings.collecting.shard is None:  # a part keeps no books that a job could share in
            fetch_all(self._service)

    def _report(self) -> None:
        if self._service.settings.reports.day is not None:  # else the machinery of reports is not even loaded
            from ui.reports.schedule import make_due

            make_due(self._service)

    def _alert(self) -> None:
        if self._service.settings.alerts or self._service.stores.state.alerts.states():  # of rules that are gone
            evaluate(self._service, self._watch, monotonic_s=time.monotonic())

    def _figures(self) -> None:
        refresh(self._service, self._watch, clock=time.monotonic)

    def _deliver(self, steady: Steady) -> None:
        """Give each channel that something waits for a job of its own, so that a slow one delays no other."""
        for channel in waiting_channels(self._service) - self._served:
            self._served.add(channel)
            steady.every(f"messages to {channel}", lambda: DELIVER_EVERY_S, partial(self._deliver_to, channel))

    def _deliver_to(self, channel: str) -> None:
        deliver(self._service, only=channel)

    def _settle(self) -> None:
        """Bring archive and books up to date; with the archive away all that was accepted waits."""
        try:
            self._service.ship()
            if self._service.settings.collecting.shard is None:
                self._service.keep_books()
            self._service.ship()  # a server has a copy of the books by the hour
        except (StoreUnavailable, StoreCorrupt) as error:
            log_event(Event("archive away", self._service.now(), {"reason": str(error)}, bad=True))
        if self._forwarder is not None:
            self._forwarder.finish()

    def _forwarding(self, central: Central) -> Forwarder:
        from collectors.forward.forwarder import Forwarder

        spool = self._service.stores.spool
        return Forwarder(spool, central, lambda: self._service.settings, self._service.now)

    async def _poll(self, stop: threading.Event) -> None:
        polling = asyncio.create_task(self._runner.run())
        turn = self._next_turn()
        while not stop.is_set() and not polling.done():
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._following.empty():
                self._take_over(self._following.get())
            elif self._service.now() < turn:
                continue
            await self._runner.reload(self._collectors())
            turn = self._next_turn()
        self._runner.stop()
        await polling

    def _take_over(self, service: Service) -> None:
        """Judge by another site file from now on; the runner swaps only the sources that changed."""
        service.note_configuration()
        self._service = service
        self._intake.judge = Judge(service.settings)
        self._intake.overlaps = overlaps_of(service.settings, service.stores)

    def _collectors(self) -> list[Collector]:
        return build(self._service.settings, at=int(self._service.now()))

    def _next_turn(self) -> float:
        """When the next source begins or ends by its dates [UTC s]."""
        now = self._service.now()
        dates = (date for source in self._service.settings.sources for date in (source.valid_from, source.valid_to))
        return min((date for date in dates if date is not None and date > now), default=inf)
