"""Sampled power (or any gauge) to segments: the trapezoid between samples that are near enough (design 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.segments import Segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.samples import Samples

MEASURED_INTERVALS = 1.5  # two samples up to so many declared intervals apart: measured
BRIDGED_INTERVALS = 3.0  # up to so many: estimated (bridged); beyond: missing
_FEW = 8  # from so many samples within a bridge's reach on, a table of extremes is faster than one by one


def trapezoids(samples: Samples, *, start: int, end: int, bounded: bool) -> Segments:
    """Return the segments between neighbouring samples that touch [start, end).

    Two samples up to 1.5 declared intervals apart give a measured segment, up to 3 an estimated one, beyond none. A
    sample of estimated quality makes the segments on its both sides estimated. With `bounded`, `low` and `high` are
    the extremes of all samples that a bridge over this segment could start or end at, so that whatever samples are
    deleted later, the bridge that replaces them lies within (the law of design 4.6).
    """
    clock = samples.clock()
    apart = clock[1:] - clock[:-1]
    interval = samples.each(samples.interval_s)[:-1]
    reach = interval * BRIDGED_INTERVALS
    left, right = samples.time[:-1], samples.time[1:]
    joins = (apart <= reach) & (right > start) & (left < end)
    low, high = _extremes(clock, samples.value, reach) if bounded else (samples.value[:-1], samples.value[:-1])
    measured = apart <= interval * MEASURED_INTERVALS
    if samples.estimated.any():
        measured &= ~(samples.estimated[1:] | samples.estimated[:-1])
    return Segments(
        row=np.repeat(samples.rows, samples.counts)[:-1],
        start=left,
        end=np.where(joins, right, left),  # a pair that joins nothing stays as a segment of no length: no copies
        first=samples.value[:-1],
        last=samples.value[1:],
        low=low,
        high=high,
        measured=measured,
        most=np.full(left.size, np.nan),
    )


def _extremes(
    clock: NDArray[np.int64],
    value: NDArray[np.float64],
    reach: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each pair of neighbours the least and greatest sample within [right - reach, left + reach]."""
    if (clock[_FEW:] - clock[:-_FEW] <= reach[_FEW - 1 :]).any():
        return _extremes_of_many(clock, value, reach)
    low, high = np.minimum(value[1:], value[:-1]), np.maximum(value[1:], value[:-1])
    more = 1  # so many samples beyond the pair, on the left as on the right
    while (far := _far(clock, reach, more)).size < clock.size - more - 1:
        for side, mate in ((slice(more, None), value[: -more - 1]), (slice(None, -more), value[more + 1 :])):
            for best, extreme in ((low[side], np.minimum), (high[side], np.maximum)):
                kept = best[far]
                extreme(best, mate, out=best)
                best[far] = kept
        more += 1
    return low, high


def _far(clock: NDArray[np.int64], reach: NDArray[np.float64], more: int) -> NDArray[np.int64]:
    """Return where the sample that is `more` beyond a pair of neighbours is out of reach."""
    return np.flatnonzero(clock[more + 1 :] - clock[: -more - 1] > reach[more:])


def _extremes_of_many(
    clock: NDArray[np.int64],
    value: NDArray[np.float64],
    reach: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same by a table of extremes over 1, 2, 4, 8 ... samples: two look-ups answer any window."""
    first = np.searchsorted(clock, clock[1:] - reach, side="left")
    stop = np.searchsorted(clock, clock[:-1] + reach, side="right")
    first, stop = np.minimum(first, np.arange(first.size)), np.maximum(stop, np.arange(2, first.size + 2))
    depth = np.frexp(stop - first)[1] - 1  # floor of the binary logarithm: exact for whole numbers
    low, high = np.empty(first.size), np.empty(first.size)
    lows = highs = value
    for power in range(int(depth.max()) + 1):
        here = np.flatnonzero(depth == power)
        one, other = first[here], stop[here] - (1 << power)
        low[here], high[here] = np.minimum(lows[one], lows[other]), np.maximum(highs[one], highs[other])
        step = 1 << power
        lows, highs = np.minimum(lows[:-step], lows[step:]), np.maximum(highs[:-step], highs[step:])
    return low, high
