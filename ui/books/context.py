"""Readings with enough of their neighbours to judge a window: bridges for power, the nearest register on both sides.

A counter's difference reaches from one reading to the next, however far: the reading before a window and the one
after it decide what the window drew (design 4.4). They are looked for in growing steps, since they are mostly near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.store.order import row_keys, take
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from collectors.store.open import Stores
    from config.site import PointState

Series = tuple[str, str]
Side = Literal["before", "after"]

COUNTERS = frozenset(name for name, metric in metrics().items() if metric.kind == "counter")
AMOUNTS = frozenset(name for name, metric in metrics().items() if metric.kind == "delta")
COLUMNS = ("point", "metric", "time", "value", "quality")  # what the kernel judges by
DAY_S = 86_400
STEPS_S = (DAY_S, 35 * DAY_S, 400 * DAY_S, 40_000 * DAY_S)


def longest_interval_s(states: Iterable[PointState]) -> float:
    """The longest declared sampling interval of these points in seconds, 0 where none is declared."""
    return max((interval for state in states for interval in state.interval_s.values()), default=0.0)


@dataclass(frozen=True, slots=True)
class Context:
    """Reads what the kernel needs from one data folder."""

    stores: Stores

    def readings(self, states: Sequence[PointState], start: int, end: int, *, reach_s: int) -> pa.Table:
        """Readings of the declared series over [start, end) plus their neighbours, sorted and without repeats.

        `reach_s` is how many seconds around the window readings still bear on it (`analytics.intervals.reach_s`).
        """
        declared = sorted({metric for state in states for metric in state.interval_s})
        reach = reach_s + 1
        near = self._read({state.id for state in states}, declared, start - reach, end + reach)
        counters = {(state.id, metric) for state in states for metric in state.interval_s if metric in COUNTERS}
        far = self._beyond(near, counters, start=start, end=end, reach=reach) if counters else []
        return self.merged(near, *far)

    @staticmethod
    def merged(*tables: pa.Table) -> pa.Table:
        """Readings of several tables as one, sorted by point, metric and time."""
        some = [table for table in tables if table.num_rows]
        if len(some) < 2:  # noqa: PLR2004 - a pair
            return some[0] if some else tables[0]
        schema = some[0].schema
        whole = pa.concat_tables([table.select(schema.names).cast(schema) for table in some]).unify_dictionaries()
        return take(whole, np.argsort(row_keys(whole, "time"), kind="stable"))

    def nearest(self, instants: Mapping[Series, int], side: Side) -> list[pa.Table]:
        """The reading of each series next to its instant: the last before it, or the first after it (one row each)."""
        left, found = dict(instants), []
        for step in STEPS_S:
            if not left:
                break
            first, last = min(left.values()), max(left.values())
            start, end = (first - step, last) if side == "before" else (first + 1, last + step)
            table = self._read({point for point, _ in left}, sorted({metric for _, metric in left}), max(start, 0), end)
            for series, row in _rows_next_to(table, left, side):
                found.append(row)
                del left[series]
        return found

    def _read(self, points: Iterable[str], names: list[str], start: int, end: int) -> pa.Table:
        return self.stores.archive.read(points=sorted(points), metrics=names, start=start, end=end, columns=COLUMNS)

    def _beyond(self, near: pa.Table, counters: set[Series], *, start: int, end: int, reach: int) -> list[pa.Table]:
        """The counters' nearest readings beyond `near`, for the series that have none on that side within it."""
        newest = extremes(self.stores.spool.latest(points=sorted({point for point, _ in counters})))
        spans = extremes(near)
        alive = {series for series in counters if newest.get(series, (0, end))[1] >= start}
        before = {series: start - reach for series in alive if spans.get(series, (start, 0))[0] >= start}
        after = {
            series: end + reach - 1
            for series in alive
            if spans.get(series, (0, end - 1))[1] < end and newest.get(series, (0, end + reach))[1] >= end + reach
        }
        return self.nearest(before, "before") + self.nearest(after, "after")


def extremes(readings: pa.Table) -> dict[Series, tuple[int, int]]:
    """First and last time of each series in a table of readings."""
    found = readings.group_by(["point", "metric"]).aggregate([("time", "min"), ("time", "max")]).to_pylist()
    return {(row["point"], row["metric"]): (row["time_min"], row["time_max"]) for row in found}


def _rows_next_to(table: pa.Table, instants: Mapping[Series, int], side: Side) -> Iterator[tuple[Series, pa.Table]]:
    for series in list(instants):
        rows = pc.indices_nonzero(pc.and_(pc.equal(table["point"], series[0]), pc.equal(table["metric"], series[1])))
        if not len(rows):
            continue
        first = rows[0].as_py()
        times = table["time"].slice(first, len(rows)).to_numpy()
        at = first + int(np.searchsorted(times, instants[series], side="left" if side == "before" else "right"))
        at -= side == "before"
        if first <= at < first + len(rows):
            yield series, table.slice(at, 1)
