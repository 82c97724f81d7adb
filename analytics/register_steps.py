"""The step in which a register counts, as its rises show it.

A register that counts in whole steps rises by whole steps alone: the most joules that divide all of its rises are the
step, or a multiple of it while few are known. What more readings show can be joined to it in any order, and twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.rows import WS_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.segments import Segments

FINE_J: Final = 1  # who counts in joules, or in what no joule divides, counts as finely as matters
MOST_J: Final = float(1 << 60)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a register showed: the most joules that divide its rises, and whether these were all alike.

    Rises that are all alike, or none, say nothing of a step: an even load makes them with any register.
    """

    joules: int
    alike: bool

    def joined(self, other: Shown) -> Shown:
        """Return what both show together.

        >>> Shown(300, True).joined(Shown(500, True))
        Shown(joules=100, alike=False)
        """
        return Shown(gcd(self.joules, other.joules), self.alike and other.alike and self.joules == other.joules)


def step_kwh(joules: int) -> float:
    """Return the step of a register of whose rises these joules are the most that divide all [kWh]; 0 of a fine one.

    >>> step_kwh(360_000), step_kwh(1)
    (0.1, 0.0)
    """
    return joules / WS_PER_KWH if joules > FINE_J else 0.0


def shown(
    rises: Segments, *, start: int, end: int, exchanges: Mapping[int, Sequence[int]]
) -> dict[tuple[int, int], Shown]:
    """Return what registers showed by row and by the time [UTC s] since when: a UTC month's start, or a meter's.

    Args:
        rises: one segment a pair of readings, by row and in order of time; measured ones alone are looked at.
        start: of the time that is looked at [UTC s].
        end: its end; a rise that reaches into it counts.
        exchanges: of rows whose meter was another one at some time, when it changed [UTC s].
    """
    rises = rises.take(rises.measured & (rises.end > start) & (rises.start < end))
    if not rises.row.size:
        return {}
    since = rises.start.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    for row, instants in exchanges.items():
        _split(since, rises, row, np.asarray(instants, dtype=np.int64))
    joules = np.rint(np.minimum(rises.first * (rises.end - rises.start), MOST_J)).astype(np.int64)
    first = np.flatnonzero((np.diff(rises.row, prepend=-1) != 0) | (np.diff(since, prepend=-1) != 0))
    common, least, most = (over.reduceat(joules, first) for over in (np.gcd, np.minimum, np.maximum))
    keys = zip(rises.row[first].tolist(), since[first].tolist(), strict=True)
    return dict(zip(keys, map(Shown, common.tolist(), (least == most).tolist()), strict=True))


def _split(since: NDArray[np.int64], rises: Segments, row: int, instants: NDArray[np.int64]) -> None:
    """Let what a meter showed count from when it came, where that was within the month."""
    ours = np.flatnonzero(rises.row == row)
    last = np.searchsorted(instants, rises.start[ours], side="right") - 1
    since[ours] = np.maximum(since[ours], np.where(last >= 0, instants[last], 0))
