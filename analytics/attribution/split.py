"""One part of a node, be it a GPU or the rest, shared in every interval among those that reserved or used it.

    f_j = (I * i_j + D * d_j) / E        E = I + D, energy of the part; I at its idle power, D above it

d_j: share of the use (CPU or GPU time); where that is not known of everybody, share of the reserved time.
i_j: `reservation`: reserved share of the interval, so that what nobody reserved stays over; `use`: as d_j; `equal`:
alike for all that are there, for the time that anybody is. Without any use D is shared as I.

Bounds: of D each owner may have caused anything while others were there (who reserved nothing too, if nobody measured
its use), and for the time that nobody is known to have been there the same part of D may be nobody's. Where I was
inferred it may be anything from 0 to E. Where the reading that told who used a part is silent, anybody there may have
had all of D or none of it, and under `use` all of it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALONE: Final = 1 - 1e-9  # of all use: nobody else had any
MAYBE: Final = 1e-6  # of a part: who reserved nothing, and whose use nobody measured, may have used it all
RULES: Final = ("reservation", "use", "equal")  # in the order of their codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Who was on which part in which interval: one row a placement, part and cell; `slot` counts part by cell.

    `share` is reserved of the part, `use` of the part in the mean, nan where nobody measured it. What one `owner` has
    with another job of its own is no uncertainty of its sum.
    """

    slot: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    share: NDArray[np.float64]
    use: NDArray[np.float64]
    owner: NDArray[np.int64]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """How long each stay is."""
        return (self.end - self.start).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Of each stay: its share of the part's energy, and how low and high that may be, whoever caused what.

    `slope` is its share of one kWh more or less: of what is above idle, or of idle energy where there is no more.
    `rest_low` and `rest_high` bound what is nobody's of each slot.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    slope: NDArray[np.float64]
    rest_low: NDArray[np.float64]
    rest_high: NDArray[np.float64]


def shares(
    stays: Stays,
    *,
    energy: NDArray[np.float64],
    idle: NDArray[np.float64],
    seconds: NDArray[np.float64],
    rule: NDArray[np.int64],
    inferred: NDArray[np.bool_] | None = None,
    silent: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    unread: NDArray[np.bool_] | None = None,
) -> Shares:
    """Return the share of each stay in the energy of its part and interval; those of a slot add up to 1 at most.

    Args:
        stays: of all parts.
        energy: of each slot [kWh].
        idle: of it at idle power [kWh]; more than the energy counts as the energy.
        seconds: length of each slot.
        rule: code in `RULES` of each slot.
        inferred: slots whose idle energy nobody declared; none where None.
        silent: what the missing time of each slot hides at the last known power, and at most [kWh]; none where None.
            The split is that of all of the slot's energy; it may be that of idle power alone, or of the most.
        unread: slots whose use would be told by readings that are missing; none where None.

    Two jobs with half of a node each, one of them busy all the time and the other not at all, 10 kWh of which 4 at idle
    power: 2 + 6 kWh and 2 kWh.

    >>> half = Stays(slot=np.array([0, 0]), start=np.zeros(2, int), end=np.full(2, 900), share=np.full(2, 0.5),
    ...              use=np.array([0.5, 0.0]), owner=np.array([0, 1]))
    >>> found = shares(half, energy=np.array([10.0]), idle=np.array([4.0]), seconds=np.array([900.0]),
    ...                rule=np.array([RULES.index("reservation")]))
    >>> found.value.round(6).tolist()
    [0.8, 0.2]
    """
    used, total_use = _use(stays, energy.size)
    busy = total_use > 0
    dynamic = np.divide(used, total_use[stays.slot], out=np.zeros_like(used), where=busy[stays.slot])
    resting = _resting(stays, dynamic, seconds, rule)
    lost, hidden = (np.zeros_like(energy),) * 2 if silent is None else silent
    of_idle = _of_idle(idle, energy + np.nan_to_num(lost), busy)
    ends = (
        _of_idle(idle, energy + np.where(np.isnan(hidden), np.inf, hidden), busy),
        np.where(hidden != 0, _of_idle(idle, energy, busy), of_idle),
    )
    blind = np.zeros(energy.size, np.bool_) if unread is None else unread
    there = np.where(blind[stays.slot], np.maximum(used, stays.share * stays.seconds), used)
    there = np.where(np.isnan(stays.use) & (there <= 0), MAYBE * stays.seconds, there)
    anybody = np.bincount(stays.slot, there, energy.size).astype(np.float64)
    least, most, gap = _bounds(stays, there, anybody, seconds)
    unsure = blind if inferred is None else blind | (inferred & (anybody > 0))
    left = np.maximum(1 - np.bincount(stays.slot, resting, energy.size), 0.0)
    by_use = blind & (rule == RULES.index("use"))  # without any use all is nobody's
    at = stays.slot
    return Shares(
        value=of_idle[at] * resting + (1 - of_idle[at]) * dynamic,
        low=np.where(
            unsure[at],
            np.where(by_use[at], 0.0, np.minimum(resting, least)),
            np.minimum(*(o[at] * resting + (1 - o[at]) * least for o in ends)),
        ),
        high=np.where(
            unsure[at], np.maximum(resting, most), np.maximum(*(o[at] * resting + (1 - o[at]) * most for o in ends))
        ),
        slope=np.where(of_idle[at] < 1, dynamic, resting),
        rest_low=np.where(unsure, 0.0, np.minimum(*ends) * left),
        rest_high=np.where(
            unsure,
            np.where(by_use, 1.0, np.maximum(left, gap)),
            np.maximum(*(o * left + (1 - o) * gap for o in ends)),
        ),
    )


def _of_idle(idle: NDArray[np.float64], energy: NDArray[np.float64], busy: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return which part of some energy is drawn idle: all where nobody used anything; none of what is boundless."""
    bounded = np.where(np.isinf(energy), 1.0, energy)
    part = np.divide(np.minimum(idle, bounded), bounded, out=np.ones_like(energy), where=bounded > 0)
    return np.where(busy, np.where(np.isinf(energy), 0.0, part), 1.0)


def _bounds(
    stays: Stays, used: NDArray[np.float64], total_use: NDArray[np.float64], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return of what is above idle the least and the most of each stay, and the most that is nobody's in each slot.

    Who was alone has all of it; for the time that nobody was there its part by seconds may be nobody's.
    """
    of_owner = _own_use(stays, used)
    alone = of_owner >= total_use[stays.slot] * ALONE
    most = np.divide(used, of_owner, out=np.zeros_like(used), where=of_owner > 0)
    gap = np.clip(1 - _union_s(stays, used > 0, seconds.size) / seconds, 0.0, 1.0)
    return np.where(alone, most * (1 - gap[stays.slot]), 0.0), most, gap


def _own_use(stays: Stays, used: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each stay the use of its slot by all stays of the same owner."""
    _, at = np.unique(stays.slot * (stays.owner.max(initial=0) + 1) + stays.owner, return_inverse=True)
    return np.bincount(at, used, at.size).astype(np.float64)[at]


def _use(stays: Stays, slots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the use of each stay, and that of each slot."""
    unknown = np.bincount(stays.slot, np.isnan(stays.use), slots) > 0
    used = np.where(unknown[stays.slot], stays.share, np.nan_to_num(stays.use)) * stays.seconds
    return used, np.bincount(stays.slot, used, slots).astype(np.float64)


def _resting(
    stays: Stays, dynamic: NDArray[np.float64], seconds: NDArray[np.float64], rule: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the share of each stay in the idle energy of its slot."""
    reserved = stays.share * stays.seconds
    whole = np.maximum(np.bincount(stays.slot, reserved, seconds.size), seconds)
    by_reservation = reserved / whole[stays.slot]
    chosen = rule[stays.slot]
    if not (chosen == RULES.index("equal")).any():
        return np.where(chosen == RULES.index("use"), dynamic, by_reservation)
    there = np.where((stays.share > 0) | (stays.use > 0), stays.seconds, 0.0)
    everybody = np.bincount(stays.slot, there, seconds.size)[stays.slot]
    anybody = (_union_s(stays, there > 0, seconds.size) / seconds)[stays.slot]
    alike = np.divide(there * anybody, everybody, out=np.zeros_like(there), where=everybody > 0)
    return np.select([chosen == 0, chosen == 1], [by_reservation, dynamic], alike)


def _union_s(stays: Stays, there: NDArray[np.bool_], slots: int) -> NDArray[np.float64]:
    """Return for how long of each slot anybody was there."""
    at = np.flatnonzero(there)
    at = at[np.lexsort((stays.start[at], stays.slot[at]))]
    if not at.size:
        return np.zeros(slots)
    beyond = int(stays.end.max() - stays.start.min()) + 1  # slots laid end to end on one line of time
    shift = stays.slot[at] * beyond - stays.start.min()
    start, end = stays.start[at] + shift, stays.end[at] + shift
    reached = np.concatenate([[start[0]], np.maximum.accumulate(end)[:-1]])
    fresh = np.maximum(end - np.maximum(start, reached), 0)
    return np.bincount(stays.slot[at], fresh, slots).astype(np.float64)
