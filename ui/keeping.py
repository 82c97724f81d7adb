"""Keeping the books: new readings and closed time become ledger rows (design 4.5).

Each job takes what arrived since the last one (by ingest sequence) and what time has closed since, computes exactly
the intervals that these touch, and commits rows and watermark together. Killed anywhere, the next job does it again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.spool import ROW_BITS
from ui.context import COUNTERS, Context
from ui.judging import cells
from ui.windows import closed_until, floor_cell, passes, touched_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collectors.store.open import Stores
    from config.site import Settings
    from ui.windows import Window

SEQUENCE_MARK = "ledger:sequence"
TIME_MARK = "ledger:until"
MONTH_S = 2_629_746  # mean Gregorian month
ROWS_PER_COMMIT = 1_000_000
Windows = dict[str, list["Window"]]


@dataclass(frozen=True, slots=True)
class BooksKept:
    """What one job did: rows new and revised, windows left frozen, readings refused, and where the books now end."""

    rows_new: int = 0
    rows_revised: int = 0
    frozen: int = 0
    refused: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Makes ledger rows of one data folder from its readings, judged by the configuration that stands now."""

    settings: Settings
    stores: Stores
    config_hash: str

    def keep(self, *, now: int, progress: Callable[[int, int], None] | None = None) -> BooksKept:
        """Bring the books up to `now` and return what changed."""
        books, context = self.stores.books, Context(self.stores)
        mark = (self.stores.spool.highest() << ROW_BITS) | ((1 << ROW_BITS) - 1)
        windows, frozen = self._thawed(self._windows(context, now), now)
        work = list(passes(windows, interval_s={point: self._shortest_interval_s(point, now) for point in windows}))
        kept = BooksKept(frozen=frozen, until=max(now, books.watermark(TIME_MARK)))
        made: list[pa.Table] = []
        for done, (window, points) in enumerate(work, start=1):
            rows, refused = cells(self.settings, context, points, *window, config_hash=self.config_hash)
            made.append(rows)
            kept = replace(kept, refused=kept.refused + self._set_aside(refused))
            if sum(table.num_rows for table in made) > ROWS_PER_COMMIT:
                kept, made = self._commit(made, kept, {}, now), []
            if progress is not None:
                progress(done, len(work))
        return self._commit(made, kept, {SEQUENCE_MARK: mark, TIME_MARK: kept.until}, now)

    def _windows(self, context: Context, now: int) -> Windows:
        """Windows to compute per point: closed intervals that new readings touch, and what closed since the last job."""
        windows: Windows = defaultdict(list)
        for point, interval_s, first, last in self._touched(context):
            start, end = touched_window(first=first, last=last, interval_s=interval_s)
            windows[point].append((start, min(end, closed_until(now=now, interval_s=interval_s))))
        former = self.stores.books.watermark(TIME_MARK)
        for point in self._live_points(now) if former else ():
            interval_s = self._longest_interval_s(point, now)
            start = closed_until(now=former, interval_s=interval_s)
            windows[point].append((start, closed_until(now=now, interval_s=interval_s)))
        return {point: kept for point, own in windows.items() if (kept := [w for w in own if w[0] < w[1]])}

    def _touched(self, context: Context) -> Iterator[tuple[str, float, int, int]]:
        """Point, interval [s], first and last second that new readings bear on."""
        found = self.stores.archive.touched(self.stores.books.watermark(SEQUENCE_MARK)).to_pylist()
        known = {point.id for point in self.settings.points}
        rows = [row for row in found if row["point"] in known]
        counters = [row for row in rows if row["metric"] in COUNTERS]
        before = _times(context.nearest({(r["point"], r["metric"]): r["first"] for r in counters}, "before"))
        after = _times(context.nearest({(r["point"], r["metric"]): r["last"] for r in counters}, "after"))
        for row in rows:
            state = self.settings.state(row["point"], row["last"]) or self.settings.state(row["point"], row["first"])
            interval_s = state.interval_s.get(row["metric"]) if state else None
            if interval_s is not None:
                series = (row["point"], row["metric"])
                yield series[0], interval_s, before.get(series, row["first"]), after.get(series, row["last"])

    def _live_points(self, now: int) -> list[str]:
        """Points that a source polls: their silence is a row, an import's is not."""
        return sorted({source.point for source in self.settings.sources if source.covers(now)})

    def _shortest_interval_s(self, point: str, now: int) -> float:
        found = self.settings.state(point, now)
        return min(found.interval_s.values(), default=60.0) if found else 60.0

    def _longest_interval_s(self, point: str, now: int) -> float:
        found = self.settings.state(point, now)
        return max(found.interval_s.values(), default=60.0) if found else 60.0

    def _thawed(self, windows: Windows, now: int) -> tuple[Windows, int]:
        """Leave out what is older than the raw readings are kept: such intervals are frozen (design 4.5)."""
        horizon = floor_cell(now - self.settings.store.raw_retention_months * MONTH_S)
        thawed = {point: [(max(a, horizon), b) for a, b in own if b > horizon] for point, own in windows.items()}
        frozen = sum(a < horizon for own in windows.values() for a, _ in own)
        return {point: own for point, own in thawed.items() if own}, frozen

    def _set_aside(self, refused: pa.Table) -> int:
        """Put readings that only their neighbours show to be impossible into quarantine, once."""
        if not refused.num_rows:
            return 0
        key = f"refused:{_digest(refused)}"
        return refused.num_rows if self.stores.spool.accept(refused, key=key) else 0

    def _commit(self, made: list[pa.Table], kept: BooksKept, watermark: dict[str, int], now: int) -> BooksKept:
        rows = pa.concat_tables(made).unify_dictionaries() if made else LEDGER_SCHEMA.empty_table()
        written = self.stores.books.write(rows, watermark=watermark, cause="readings", now=now)
        return replace(kept, rows_new=kept.rows_new + written.new, rows_revised=kept.rows_revised + written.revised)


def _times(rows: list[pa.Table]) -> dict[tuple[str, str], int]:
    return {(row["point"], row["metric"]): row["time"] for table in rows for row in table.to_pylist()}


def _digest(table: pa.Table) -> str:
    from hashlib import sha256

    return sha256(repr(table.select(["point", "metric", "time", "value"]).to_pydict()).encode()).hexdigest()[:32]
