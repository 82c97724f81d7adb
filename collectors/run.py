"""The runner: polls every source on its own interval, and survives whatever a source does (design 5).

One event loop, one heap of due times on the monotonic clock. A hung device delays nobody: it has its own deadline,
gives its place in the lane of its kind back after a second, is skipped (and counted) while it still runs, and rests
after three failures. Everything a plugin must not care about is here: time, retries, counting, logging.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from collectors.agenda import Agenda, first_due, next_due
from collectors.clock import Clock, StepWatch, SystemClock
from collectors.events import Event, log_event
from collectors.handoff import Handoff
from collectors.health import State, diagnosis
from collectors.lanes import Lane, Threads
from collectors.source import Source
from config.errors import PartlyUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from collectors.aside import Aside
    from collectors.contract import Collector
    from collectors.reading import Reading

SHORTEST_WAIT_S = 0.005  # calls due within it share one turn of the loop
LONGEST_WAIT_S = 0.5  # a stop or a reload is noticed within it
WATCH_S = 10.0
REPORT_S = 60.0
GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Swapped:
    """What a reload changed, as source ids."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


class Runner:
    """Polls collectors and hands their readings on.

    `accept(readings, origin)` gets the very list that one poll made; `origin` is the source's id. It runs on the
    loop, so it must be quick; `flush` is called once a second, and at the end, in a thread, so it may wait for disks.
    Where one of them raises a `WattlasError` that is said once; readings that `accept` refuses are lost and counted.
    `record` gets every change of state once.
    """

    def __init__(
        self,
        collectors: Iterable[Collector],
        accept: Callable[[list[Reading], str], None],
        clock: Clock | None = None,
        *,
        flush: Callable[[], None] | None = None,
        aside: Aside | None = None,
        record: Callable[[Event], None] = log_event,
    ) -> None:
        """Take the collectors; nothing is asked before `run`."""
        self._clock = clock or SystemClock()
        self._aside = aside
        self._record = record
        self._handoff = Handoff(accept, flush, self.tell)
        self._agenda = Agenda()
        self._lanes: dict[str, Lane] = {}
        self._threads = Threads()
        self._sources: dict[str, Source] = {}
        self._watch = StepWatch(self._clock)
        self._stopping = False
        self._bug: BaseException | None = None
        for collector in collectors:
            self._add(collector)

    async def run(self) -> None:
        """Poll until `stop`; then let running polls end, close every session and flush, within seconds."""
        now = self._clock.monotonic()
        self._agenda.add(now, self._handoff.flush_due)
        self._agenda.add(now + WATCH_S, self._watch_clock)
        try:
            while not self._stopping:
                if self._bug:
                    raise self._bug
                self._agenda.run_due(self._clock.monotonic())
                wait_s = self._agenda.wait_s(self._clock.monotonic(), longest_s=LONGEST_WAIT_S)
                await asyncio.sleep(max(wait_s, SHORTEST_WAIT_S))
        finally:
            await self._end(list(self._sources.values()))
            for source in self._sources.values():
                self._report(source)
            await self._handoff.finish()

    def stop(self) -> None:
        """Ask `run` to end; may be called from a signal or another thread."""
        self._stopping = True

    async def reload(self, collectors: Sequence[Collector]) -> Swapped:
        """Swap only what changed; the others keep their session, their health and their place in time."""
        wanted = {collector.id: collector for collector in collectors}
        gone = [source for id_, source in self._sources.items() if id_ not in wanted]
        changed = [s for id_, s in self._sources.items() if id_ in wanted and not s.same_as(wanted[id_])]
        added = [id_ for id_ in wanted if id_ not in self._sources]
        await self._end([*gone, *changed])  # before the new ones start: a BMC has few sessions to give
        for source in gone:
            del self._sources[source.collector.id]
        renewed = [source.collector.id for source in changed]
        for id_ in [*added, *renewed]:
            self._add(wanted[id_])
        swapped = Swapped(tuple(added), tuple(renewed), tuple(source.collector.id for source in gone))
        self.tell("reloaded", added=len(added), changed=len(renewed), removed=len(gone))
        return swapped

    def tell(self, word: str, *, bad: bool = False, **fields: str | float) -> None:
        """Record an event of now."""
        self._record(Event(word, self._clock.utc(), fields, bad=bad))

    def _add(self, collector: Collector) -> None:
        now = self._clock.monotonic()
        lane = self._lanes.setdefault(collector.kind, Lane(collector.in_flight))
        source = self._sources[collector.id] = Source.of(collector, lane, now=now)
        first = first_due(now, interval_s=collector.interval_s, share=source.share)
        self._agenda.add(first, partial(self._poll_due, source))
        self._agenda.add(
            next_due(now, now, interval_s=REPORT_S, share=source.share)[0], partial(self._report_due, source)
        )

    def _poll_due(self, source: Source, due: float, now: float) -> float | None:
        """Start a poll, or skip and count it where the last one still runs: never queue."""
        if source.dropped:
            return None
        collector = source.collector
        again, slept = next_due(due, now, interval_s=collector.interval_s, share=source.share)
        if source.breaker.allows(now):
            source.health.missed += slept
            if source.polling or self._threads.hangs(collector.id):
                source.health.missed += 1
            else:
                source.poll = asyncio.get_running_loop().create_task(self._poll(source))
                source.poll.add_done_callback(self._poll_ended)
        return again

    async def _poll(self, source: Source) -> None:
        collector = source.collector
        with await source.lane.enter():
            at, began = self._clock.utc(), self._clock.monotonic()
            payload, readings = b"", []
            try:
                async with asyncio.timeout(source.deadline_s):
                    payload = await self._fetch(collector)
                for reading in collector.parse(payload, datetime.fromtimestamp(at, UTC)):
                    readings.append(reading)  # noqa: PERF402 - what came before an error may count
            # Broad, as in `steady`'s jobs and nowhere else: a plugin may fail in any way, and no other source notices.
            except Exception as error:  # noqa: BLE001
                self._failed(source, error, payload, began=began)
                if isinstance(error, PartlyUnreadable):
                    self._handoff.give(readings, collector.id)
            else:
                self._answered(source, began=began)
                self._handoff.give(readings, collector.id)

    def _poll_ended(self, poll: asyncio.Task[None]) -> None:
        """Let a bug in what follows a poll (`accept`) end the run: a plugin's never comes this far."""
        if not poll.cancelled():
            self._bug = self._bug or poll.exception()

    async def _fetch(self, collector: Collector) -> bytes:
        if collector.blocking:
            return await self._threads.call(collector.id, cast("Callable[[], bytes]", collector.fetch))
        answer = collector.fetch()
        return answer if isinstance(answer, bytes) else await answer

    def _answered(self, source: Source, *, began: float) -> None:
        now, former = self._clock.monotonic(), source.health.state
        source.breaker.succeeded()
        lasted_s = source.health.polled(State.UP, duration_s=now - began, now=now)
        if lasted_s is not None:
            self._tell("collect answers", source, after=str(former), after_s=lasted_s)

    def _failed(self, source: Source, error: Exception, payload: bytes, *, began: float) -> None:
        now = self._clock.monotonic()
        state, reason = diagnosis(error, deadline_s=source.deadline_s)
        if state is State.PARTLY:
            source.breaker.succeeded()
        else:
            source.breaker.failed(now, refused=state is State.REFUSED)
        if source.health.polled(state, duration_s=now - began, now=now) is None:
            return
        fields = {"state": str(state), "reason": reason}
        if payload and self._aside:  # only the first of a run of failures: it shows what the others would
            kept = self._aside.keep(payload, source=source.collector.id, at=self._clock.utc())
            fields["kept"] = kept.name if kept else "no"
        self._tell("collect failed", source, bad=True, **fields)

    def _report_due(self, source: Source, due: float, now: float) -> float | None:
        if source.dropped:
            return None
        self._report(source)
        return next_due(due, now, interval_s=REPORT_S, share=source.share)[0]

    def _report(self, source: Source) -> None:
        at = datetime.fromtimestamp(self._clock.utc(), UTC)
        self._handoff.give(source.health.report(source.collector.point, at), source.collector.id)

    def _watch_clock(self, _: float, now: float) -> float:
        step_s = self._watch.step_s()
        if step_s is not None:
            self.tell("clock stepped", bad=True, step_s=step_s)
        return now + WATCH_S

    async def _end(self, sources: list[Source]) -> None:
        """Let running polls end, cut what lasts longer than the grace, and close every session."""
        for source in sources:
            source.dropped = True
        polls = [source.poll for source in sources if source.poll and not source.poll.done()]
        await _within(GRACE_S, polls)
        closing = {asyncio.ensure_future(source.collector.close()): source for source in sources}
        await _within(GRACE_S, list(closing))
        for task, source in closing.items():
            error = None if task.cancelled() or not task.done() else task.exception()
            if error is not None:
                self._tell("close failed", source, bad=True, reason=type(error).__name__)

    def _tell(self, word: str, source: Source, *, bad: bool = False, **fields: str | float) -> None:
        named = {"source": source.collector.id, "kind": source.collector.kind, **fields}
        self.tell(word, bad=bad, **named)


async def _within(grace_s: float, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for tasks, cancel those that last longer, and wait for these no longer than that again."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace_s)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=grace_s)
