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
    from collections.abc import Collection, Mapping, Sequence

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
    rises: Segments, *, rows: Collection[int], start: int, end: int, exchanges: Mapping[int, Sequence[int]]
) -> dict[tuple[int, int], Shown]:
    """Return what registers showed by row and by the time [UTC s] since when: a UTC month's start, or a meter's.

    Args:
        rises: one segment a pair of readings, by row and in order of time; measured ones alone are looked at.
        rows: those that are asked for.
        start: of the time that is looked at [UTC s].
        end: its end; a rise that reaches into it counts.
        exchanges: of rows whose meter was another one at some time, when it changed [UTC s].
    """
    asked = np.zeros(int(rises.row.max(initial=-1)) + 1, dtype=np.bool_)
    asked[[row for row in rows if row < asked.size]] = True
    seen = rises.measured & (rises.end > start) & (rises.start < end) & asked[rises.row]
    if not seen.any():
        return {}
    row, begun = rises.row[seen], rises.start[seen]
    joules = np.rint(np.minimum(rises.first * (rises.end - rises.start), MOST_J))[seen].astype(np.int64)
    months = _months(int(begun.min()), int(begun.max()))
    since = months[np.searchsorted(months, begun, side="right") - 1]
    for exchanged, instants in exchanges.items():
        ours = np.flatnonzero(row == exchanged)
        came = np.array([0, *instants], dtype=np.int64)
        since[ours] = np.maximum(since[ours], came[np.searchsorted(came, begun[ours], side="right") - 1])
    first = np.flatnonzero(np.append(True, (row[1:] != row[:-1]) | (since[1:] != since[:-1])))
    common, least, most = (over.reduceat(joules, first) for over in (np.gcd, np.minimum, np.maximum))
    keys = zip(row[first].tolist(), since[first].tolist(), strict=True)
    return dict(zip(keys, map(Shown, common.tolist(), (least == most).tolist()), strict=True))


def _months(first: int, last: int) -> NDArray[np.int64]:
    """Return the starts of the UTC months from that of one second to that of another [UTC s]."""
    begin, end = np.array([first, last]).astype("datetime64[s]").astype("datetime64[M]")
    return np.arange(begin, end + 1).astype("datetime64[s]").astype(np.int64)
