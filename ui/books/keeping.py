"""Keeping the books: new readings and closed time become ledger rows (design 4.5).

Each job takes what arrived since the last one (by ingest sequence) and what time has closed since, computes exactly
the intervals that these touch, and commits rows and watermark together. Killed anywhere, the next job does it again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analytics.intervals import reach_s
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.order import pick, text_mask
from collectors.store.spool import ROW_BITS
from ui.books.booking import thawed, worth_booking
from ui.books.context import AMOUNTS, COUNTERS, Context
from ui.books.judging import cells, rule
from ui.books.overheads import declared_s, overheads
from ui.books.steps import join, note
from ui.books.windows import ceil_cell, closed_until, floor_cell, merged, passes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collectors.store.open import Stores
    from config.site import Settings
    from ui.books.steps import Steps
    from ui.books.windows import Window, Windows

SEQUENCE_MARK = "ledger:sequence"
TIME_MARK = "ledger:until"
DAY_S = 86_400
MONTH_S = 2_629_746  # mean Gregorian month
ROWS_PER_COMMIT = 1_000_000
IDENTITY = ("point", "metric", "time", "value")


@dataclass(frozen=True, slots=True)
class BooksKept:
    """What one job did: rows new, revised and left frozen, readings refused, and where the books now end."""

    rows_new: int = 0
    rows_revised: int = 0
    frozen: int = 0
    refused: int = 0
    until: int = 0


@dataclass(frozen=True)
class Bookkeeper:
    """Makes ledger rows of one data folder from its readings, judged by the configuration that stands now."""

    settings: Settings
    stores: Stores
    config_hash: str

    def keep(self, *, now: int, progress: Callable[[int, int], None] | None = None) -> BooksKept:
        """Bring the books up to `now` and return what changed; one job at a time works on a data folder."""
        with self.stores.books.keeping():
            context, former = Context(self.stores), self.stores.books.watermark(TIME_MARK)
            mark = (self.stores.spool.highest() << ROW_BITS) | ((1 << ROW_BITS) - 1)
            spans = self._spans(context, now)
            kept = self._compute(context, spans, now=now, cause="readings", progress=progress)
            kept = replace(kept, until=max(now, former))
            return self._commit([], kept, {SEQUENCE_MARK: mark, TIME_MARK: kept.until}, now, "readings")

    def recompute(
        self,
        points: Sequence[str],
        start: int,
        end: int,
        *,
        now: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> BooksKept:
        """Judge the closed intervals of [start, end) anew by the configuration that stands now."""
        with self.stores.books.keeping():
            spans = {point: [(floor_cell(start), ceil_cell(end))] for point in points}
            return self._compute(Context(self.stores), spans, now=now, cause="configuration", progress=progress)

    def _compute(
        self,
        context: Context,
        spans: Windows,
        *,
        now: int,
        cause: str,
        progress: Callable[[int, int], None] | None,
    ) -> BooksKept:
        """Compute and commit what the spans touch, pass by pass."""
        books = self.stores.books
        horizon = raw_since(self.settings, self.stores, now=now)
        windows = self._windows(spans, now)
        work = list(passes(windows, interval_s={point: self._shortest_interval_s(point, now) for point in windows}))
        kept, made = BooksKept(until=max(books.watermark(TIME_MARK), 0)), list[pa.Table]()
        steps: Steps = {}
        for done, (window, points) in enumerate(work, start=1):
            judged = cells(self.settings, context, points, *window, config_hash=self.config_hash)
            rows, frozen = thawed(worth_booking(judged.rows, spans, books), horizon, books)
            made.append(rows)
            join(steps, judged.steps)
            kept = replace(kept, refused=kept.refused + self._set_aside(judged.refused), frozen=kept.frozen + frozen)
            if sum(table.num_rows for table in made) > ROWS_PER_COMMIT:
                note(self.stores.state, steps)
                kept, made = self._commit(made, kept, {}, now, cause), []
            if progress is not None:
                progress(done, len(work))
        note(self.stores.state, steps)
        return self._commit(made, kept, {}, now, cause)

    def _spans(self, context: Context, now: int) -> Windows:
        """Per point the time that new readings speak of and, where a source polls it, the time since the last job."""
        spans: Windows = defaultdict(list)
        for point, first, last in self._touched(context):
            spans[point].append((floor_cell(first), ceil_cell(last + 1)))
        former = self.stores.books.watermark(TIME_MARK)
        if former > now:  # that job's clock was ahead of ours
            former = now - DAY_S
        for point in self._live_points(now) if former > 0 else ():
            interval_s = self._longest_interval_s(point, now)
            start = closed_until(now=former, interval_s=interval_s)
            spans[point].append((start, closed_until(now=now, interval_s=interval_s)))
        for point, span in self._left_open(former, now) if former > 0 else ():
            spans[point].append(span)
        metered = {point: own for point, found in spans.items() if (own := merged(found))}
        return metered | {point: own for point, own in self._beside(metered) if own}

    def _left_open(self, former: int, now: int) -> Iterator[tuple[str, Window]]:
        """Of points that no source polls, the time of newest readings that was not closed at the job before.

        Nothing need touch it again: what pushes or an import brought last would stay out of the books for good.
        """
        fed = self._known.difference(self._live_points(now))
        for row in self.stores.spool.latest(fed, now=now).select(["point", "metric", "time"]).to_pylist():
            point, time = row["point"], row["time"]
            closed = closed_until(now=former, interval_s=self._longest_interval_s(point, now))
            if closed < ceil_cell(time + 1) and time <= former and self._declares(point, row["metric"], time, time):
                yield point, (min(closed, floor_cell(time)), ceil_cell(time + 1))

    def _beside(self, metered: Windows) -> Iterator[tuple[str, list[Window]]]:
        """Points that stand for a provider's overhead, with the time in which rows that theirs come from change."""
        for overhead, bearing in self._overheads.items():
            yield overhead, merged(span for point in bearing for span in metered.get(point, ()))

    def _windows(self, spans: Windows, now: int) -> Windows:
        """Closed intervals that readings in these spans can change: bridges and spikes reach beyond them."""
        windows: Windows = {}
        for point, own in spans.items():
            closed = closed_until(now=now, interval_s=self._longest_interval_s(point, now))
            reach = max(self._reach_s(point, at) for start, end in own for at in (start, end - 1))
            around = ((floor_cell(start - reach), ceil_cell(end + reach)) for start, end in own)
            windows[point] = merged((start, min(end, closed)) for start, end in around)
        return {point: own for point, own in windows.items() if own}

    def _touched(self, context: Context) -> Iterator[tuple[str, int, int]]:
        """Point, and first and last second that new readings of a declared metric speak of."""
        found = self.stores.archive.touched(self.stores.books.watermark(SEQUENCE_MARK)).to_pylist()
        found = [{**row, "first": self._since(row["point"], row["metric"], row["first"])} for row in found]
        rows = [row for row in found if self._declares(row["point"], row["metric"], row["first"], row["last"])]
        counters = [row for row in rows if row["metric"] in COUNTERS]
        before = _times(context.nearest({(r["point"], r["metric"]): r["first"] for r in counters}, "before"))
        after = _times(context.nearest({(r["point"], r["metric"]): r["last"] for r in counters}, "after"))
        for row in rows:
            series = (row["point"], row["metric"])
            yield row["point"], before.get(series, row["first"]), after.get(series, row["last"])

    def _since(self, point: str, metric: str, first: int) -> int:
        """First second that a reading bears on, for an amount whose interval began before a change that cuts it."""
        if point not in self._known or metric not in AMOUNTS:
            return first
        found = self.settings.point(point)
        declared = (found.interval_s, *(change.interval_s or {} for change in found.changes))
        start = first - int(max(intervals_s.get(metric, 0.0) for intervals_s in declared))
        return start if self.settings.change_times(found.site, start, first) else first

    def _declares(self, point: str, metric: str, first: int, last: int) -> bool:
        """Say whether the metric was declared at any time that readings of [first, last] bear on.

        The last reading before a change may come at its instant: it speaks of the time before.
        """
        if point not in self._known:
            return False
        start = first - 1
        changes = self.settings.change_times(self.settings.point(point).site, start, last + 1)
        states = (self.settings.state(point, time) for time in (start, *changes))
        return any(state is not None and metric in state.interval_s for state in states)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(point.id for point in self.settings.points)

    @cached_property
    def _overheads(self) -> dict[str, tuple[str, ...]]:
        return overheads(self.settings)

    def _reach_s(self, point: str, at: int) -> int:
        states = (self.settings.state(one, at) for one in self._overheads.get(point, (point,)))
        return max((reach_s(rule(self.settings, state, at)) for state in states if state), default=0)

    def _live_points(self, now: int) -> list[str]:
        """Points that a source polls: their silence is a row, an import's is not."""
        polled = [source for source in self.settings.sources if source.covers(now)]
        return sorted({point for source in polled for point in (source.point, *source.options.get("points", ()))})

    def _shortest_interval_s(self, point: str, now: int) -> float:
        found = self.settings.state(point, now)
        return min(declared_s(self.settings, found, now), default=60.0) if found else 60.0

    def _longest_interval_s(self, point: str, now: int) -> float:
        found = self.settings.state(point, now)
        return max(declared_s(self.settings, found, now), default=60.0) if found else 60.0

    def _set_aside(self, refused: pa.Table) -> int:
        """Put readings that only their neighbours show to be impossible into quarantine, once."""
        fresh = self._not_aside_yet(refused) if refused.num_rows else refused
        if not fresh.num_rows:
            return 0
        key = f"refused:{_digest(fresh)}"
        return fresh.num_rows if self.stores.spool.accept(as_readings(fresh), key=key) else 0

    def _not_aside_yet(self, refused: pa.Table) -> pa.Table:
        """Leave out what an earlier job put aside: the same reading is refused again with every new neighbour."""
        points, names = (set(refused[name].to_pylist()) for name in ("point", "metric"))
        times = refused["time"].to_pylist()
        held = self.stores.archive.read(
            points, names, min(times), max(times) + 1, rejected=True, columns=(*IDENTITY, "quality")
        )
        known = set(_identities(pick(held, text_mask(held["quality"], {Quality.REJECTED}))))
        return pick(refused, np.array([one not in known for one in _identities(refused)], dtype=np.bool_))

    def _commit(
        self, made: list[pa.Table], kept: BooksKept, watermark: dict[str, int], now: int, cause: str
    ) -> BooksKept:
        rows = pa.concat_tables(made).unify_dictionaries() if made else LEDGER_SCHEMA.empty_table()
        written = self.stores.books.write(rows, watermark=watermark, cause=cause, now=now)
        return replace(kept, rows_new=kept.rows_new + written.new, rows_revised=kept.rows_revised + written.revised)


def raw_since(settings: Settings, stores: Stores, *, now: int) -> int:
    """From which interval on [UTC s] raw readings are whole: they expire, or a server lost them."""
    expired = now - settings.store.raw_retention_months * MONTH_S
    return ceil_cell(max(expired, stores.archive.complete_since()))


def _times(rows: list[pa.Table]) -> dict[tuple[str, str], int]:
    return {(row["point"], row["metric"]): row["time"] for table in rows for row in table.to_pylist()}


def as_readings(refused: pa.Table) -> pa.Table:
    """Refused readings as rows of the archive's quarantine, with the ledger as their origin."""
    rows = refused.num_rows
    columns = {name: refused[name] for name in refused.column_names} | {
        "origin": pa.array(["ledger"] * rows, READING_SCHEMA.field("origin").type),
        "device_time": pa.nulls(rows, pa.int64()),
        "seq": pa.array([0] * rows, pa.int64()),
    }
    return pa.table(columns, schema=READING_SCHEMA)


def _identities(readings: pa.Table) -> Iterator[tuple[object, ...]]:
    return zip(*(readings[name].to_pylist() for name in IDENTITY), strict=True)


def _digest(table: pa.Table) -> str:
    from hashlib import sha256

    return sha256(repr(table.select(["point", "metric", "time", "value"]).to_pydict()).encode()).hexdigest()[:32]
