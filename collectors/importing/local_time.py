"""Local times to UTC: hours that exist twice are told apart by the order of the rows, hours that never were refused.

Only `zoneinfo` is asked (PEP 495: at a gap the offset of `fold=0` is the smaller one, at an overlap the larger), once
per day, and per quarter of an hour on a day that changes: no zone in use today changes its offset elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from zoneinfo import ZoneInfo

    from collectors.importing.texts import Bad

QUARTER_S = 900
HALF_DAY_S = 43_200
DAY_S = 86_400

Integers = np.ndarray[Any, Any]


@lru_cache(maxsize=50_000)
def _offsets_at(zone: ZoneInfo, quarter: int) -> tuple[int, int]:
    """Offsets in seconds of a local quarter of an hour, read as its first and as its second pass."""
    local = datetime.fromtimestamp(quarter * QUARTER_S, UTC).replace(tzinfo=zone)
    first, second = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return int(first.total_seconds()), int(second.total_seconds())


def offsets(zone: ZoneInfo, local: Integers) -> tuple[Integers, Integers]:
    """Offsets [s] of local times as first and as second pass; they differ only where a clock is put forward or back."""
    days, row = np.unique(local // DAY_S, return_inverse=True)
    edges = np.array([_edges_of(zone, int(day)) for day in days], np.int64).reshape(-1, 4)
    found = edges[row, :2]
    changing = np.flatnonzero(~(edges == edges[:, :1]).all(axis=1)[row])
    quarters, place = np.unique(local[changing] // QUARTER_S, return_inverse=True)
    exact = np.array([_offsets_at(zone, int(quarter)) for quarter in quarters], np.int64).reshape(-1, 2)
    found[changing] = exact[place]
    return found[:, 0], found[:, 1]


def _edges_of(zone: ZoneInfo, day: int) -> tuple[int, int, int, int]:
    """Offsets at the beginning and the end of a local day: all alike on most days."""
    quarter = day * DAY_S // QUARTER_S
    return *_offsets_at(zone, quarter), *_offsets_at(zone, quarter + DAY_S // QUARTER_S)


@dataclass(slots=True)
class LocalClock:
    """Reads the local times of one file in the order of its rows.

    A series that steps back (or repeats) inside an hour that exists twice has begun its second pass. One that never
    does so shows one pass of the two, nobody knows which; one that does so more than once, or runs newest first, is in
    disorder. The rows of such a night are set aside: what a first reading of the file left `doubtful` is given to the
    second as `unclear`.
    """

    zone: ZoneInfo
    fold: Literal["order", "refuse"] = "order"
    unclear: set[tuple[Hashable, int]] = field(default_factory=set)
    _reached: dict[tuple[Hashable, int], tuple[int, bool]] = field(default_factory=dict)

    def utc(self, local: Integers, *, series: Integers, name: Callable[[int], Hashable]) -> tuple[Integers, Bad]:
        """UTC seconds of local seconds; `name(series[row])` names the series of a row for good."""
        if not len(local):
            return local, {}
        first, second = offsets(self.zone, local)
        utc = local - first
        bad = {int(row): self._never(int(local[row])) for row in np.flatnonzero(first < second)}
        twice = np.flatnonzero(first > second)
        backwards = _newest_first(local, series, np.unique(series[twice])) if len(twice) else set()
        for row in twice.tolist():
            why = self._pass(name(int(series[row])), int(local[row]), backwards=int(series[row]) in backwards)
            if isinstance(why, str):
                bad[row] = why
            elif why:
                utc[row] = local[row] - second[row]
        return utc, bad

    def doubtful(self) -> set[tuple[Hashable, int]]:
        """Series and nights of which, at the end of the file, it is not known which pass is meant."""
        return self.unclear | {night for night, (_, second) in self._reached.items() if not second}

    def _pass(self, name: Hashable, local: int, *, backwards: bool) -> bool | str:
        """Whether this row belongs to the second pass, or why that cannot be told."""
        if self.fold == "refuse":
            return f"local time {_said(local)} exists twice in {self.zone.key}: write times with their UTC offset"
        night = (name, (local - HALF_DAY_S) // DAY_S)
        last, second = self._reached.get(night, (local - 1, False))
        if backwards or (local <= last and second):
            self.unclear.add(night)
        second = second or local <= last
        self._reached[night] = (local, second)
        if night in self.unclear:
            return (
                f"local time {_said(local)} exists twice in {self.zone.key} and the order of the rows does not tell "
                "which is meant: write times with their UTC offset"
            )
        return second

    def _never(self, local: int) -> str:
        return f"local time {_said(local)} never was in {self.zone.key}, where the clock was put forward"


def _newest_first(local: Integers, series: Integers, wanted: Integers) -> set[int]:
    """Those of `wanted` series whose rows run backwards in time."""
    found = set()
    for code in wanted.tolist():
        own = local[series == code]
        if own[0] > own[-1]:
            found.add(code)
    return found


def _said(local: int) -> str:
    return datetime.fromtimestamp(local, UTC).strftime("%Y-%m-%d %H:%M:%S")
