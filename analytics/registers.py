"""Registers to segments: differences of consecutive readings, across wraps, resets, exchanges and spikes (design 4.4).

What lies between two readings of a register is known however far they are apart; how it was spread is not. So each
pair gives one segment of constant rate, measured up to 1.5 declared intervals, estimated beyond: of an estimated one
that is cut, a part took at most what the point's ceiling allows, and at least what the rest cannot have taken. A pair
whose difference cannot be the register's own advance breaks the register: the time between is left open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.powers import MEASURED_INTERVALS
from analytics.segments import Segments, level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analytics.samples import Samples

HEADROOM = 1.1  # a rise may imply this multiple of the point's ceiling before it is impossible
STEP = 0.1  # ... and one step of a coarse register on top, in units of the register (kWh)
STEP_SHARE = 0.001  # ... but no more than this share of the register's range
SPIKE_READINGS = 12  # so many readings may stand between a leap and the leap back
LEAP = 100.0  # without a ceiling: a leap is so many times what the register advanced over the spike
WRAP_SHARE = 0.25  # without a ceiling: the largest share of its range that a register may advance across a wrap
SPIKE = "the register leaps and returns: a spike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the registers can do, one entry a series; infinite where nobody said.

    `ceiling` is the greatest advance a second of the point, `possible` that of any meter in the world, `span` the
    reading at which the register starts again from 0, all in units of the register; `exchanges` are the instants at
    which a new meter took over.
    """

    ceiling: NDArray[np.float64]
    possible: NDArray[np.float64]
    span: NDArray[np.float64]
    exchanges: Sequence[tuple[int, ...]]


def differences(samples: Samples, limits: Limits, *, factor: float) -> tuple[Segments, NDArray[np.int64]]:
    """Return the segments of registers, and the positions (`Samples.index`) of readings that are spikes.

    `factor` turns one unit of the register a second into the rate of the segments: 3.6e6 for kWh to W.
    """
    samples.clock()
    given = _starts(samples, limits.exchanges)
    fresh, spike = given.copy(), np.zeros(given.size, dtype=np.bool_)
    _judge(samples, limits, fresh=fresh, spike=spike)
    rejected = samples.index[spike]
    span = samples.each(limits.span)
    keep = ~spike
    samples, given, fresh, span = samples.kept(keep), given[keep], fresh[keep], span[keep]
    after = np.flatnonzero(~fresh & ~_still(samples.value, fresh=fresh, broken=fresh & ~given))
    before = after - 1
    advance = samples.value[after] - samples.value[before]
    wrapped = advance < 0
    advance[wrapped] += span[after][wrapped]
    elapsed = samples.time[after] - samples.time[before]
    near = elapsed <= MEASURED_INTERVALS * samples.each(samples.interval_s)[after]
    rate = advance * factor / elapsed
    measured = near & ~(samples.estimated[before] | samples.estimated[after])
    return level(
        row=np.repeat(samples.rows, samples.counts)[after],
        start=samples.time[before],
        end=samples.time[after],
        rate=rate,
        measured=measured,
        most=np.where(measured, np.nan, np.maximum(samples.each(limits.ceiling)[after] * factor, rate)),
    ), rejected


def deltas(samples: Samples, *, factor: float) -> Segments:
    """Return the segments of amounts per interval: a reading speaks of the declared interval that ends at its time.

    Where two readings are closer than the interval, the later one speaks of the time between them. Without its
    forerunners it would speak of its whole interval, at a lower rate: so what a segment may fall to is the least that
    any reading whose interval reaches into it would give over that interval. Whatever readings are deleted, no time
    is covered that was not before, and none of it gets less than `low` (the law of design 4.6).
    """
    clock = samples.clock()
    whole = np.maximum(np.rint(samples.each(samples.interval_s)), 1).astype(np.int64)
    length = whole.copy()
    length[1:] = np.minimum(length[1:], clock[1:] - clock[:-1])
    rate = samples.value * factor / length
    least = samples.value * factor / whole
    low, high, later = least.copy(), rate.copy(), 1
    while (near := np.flatnonzero(clock[later:] - clock[:-later] < whole[later:])).size:
        low[near] = np.minimum(low[near], least[near + later])
        high[near] = np.maximum(high[near], rate[near + later])
        later += 1
    segments = level(
        row=np.repeat(samples.rows, samples.counts),
        start=samples.time - length,
        end=samples.time,
        rate=rate,
        measured=~samples.estimated,
    )
    return replace(segments, low=low, high=high)


def _starts(samples: Samples, exchanges: Sequence[tuple[int, ...]]) -> NDArray[np.bool_]:
    """Mark the readings that have no predecessor: the first of a series and the first after an exchange."""
    fresh = np.zeros(samples.time.size, dtype=np.bool_)
    stops = samples.ends()
    firsts = stops - samples.counts
    fresh[firsts[samples.counts > 0]] = True
    for first, stop, instants in zip(firsts, stops, exchanges, strict=True):
        after = first + np.searchsorted(samples.time[first:stop], np.asarray(instants, dtype=np.int64), side="left")
        fresh[after[after < stop]] = True
    return fresh


def _still(values: NDArray[np.float64], *, fresh: NDArray[np.bool_], broken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the readings that repeat the first one behind an unexplained break: such a register has not yet moved.

    It may be a sentinel or a stuck meter as well as a register that begins anew, so the time is left open: a measured
    zero would make a figure better than the truth.
    """
    still = np.zeros(values.size, dtype=np.bool_)
    edges = np.append(np.flatnonzero(fresh), values.size)
    for first in np.flatnonzero(broken).tolist():
        stop = int(edges[np.searchsorted(edges, first, side="right")])
        moved = np.flatnonzero(values[first:stop] != values[first])
        still[first + 1 : first + int(moved[0]) if moved.size else stop] = True
    return still


def _judge(samples: Samples, limits: Limits, *, fresh: NDArray[np.bool_], spike: NDArray[np.bool_]) -> None:
    """Mark spikes, and mark as fresh the readings before which the register breaks. Rare: one suspect at a time."""
    sound, wraps = _sound(samples, limits)
    doubtful = wraps.copy()  # a wrap is believed unless what follows it is impossible
    doubtful[:-1] &= ~sound[1:] & ~fresh[2:]
    suspects = np.flatnonzero((~sound | doubtful) & ~fresh[1:])
    stops = samples.ends()
    series_of = np.searchsorted(stops, suspects, side="right")
    for series in np.unique(series_of).tolist():
        first, stop = int(stops[series] - samples.counts[series]), int(stops[series])
        register = _Register(
            time=samples.time[first:stop].tolist(),
            value=samples.value[first:stop].tolist(),
            sound=sound[first : stop - 1].tolist(),
            leaps=(~sound | wraps)[first : stop - 1].tolist(),
            fresh=fresh[first:stop].tolist(),
            ceiling=float(limits.ceiling[series]),
            span=float(limits.span[series]),
        )
        for found in register.spikes((suspects[series_of == series] - first).tolist()):
            spike[first + found.start : first + found.stop] = True
        fresh[first:stop] = register.fresh


def _sound(samples: Samples, limits: Limits) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each pair of neighbours whether the register can have advanced so, and whether it then wrapped."""
    ceiling, span = samples.each(limits.ceiling)[1:], samples.each(limits.span)[1:]
    possible = samples.each(limits.possible)[1:]
    elapsed = np.diff(samples.clock())
    advance = np.diff(samples.value)
    ranged = np.isfinite(span)
    wraps = (advance < 0) & ranged
    advance[wraps] += span[wraps]
    sound = (advance >= 0) & (
        advance <= HEADROOM * np.minimum(ceiling, possible) * elapsed + np.minimum(STEP, STEP_SHARE * span)
    )
    near = elapsed <= MEASURED_INTERVALS * samples.each(samples.interval_s)[1:]
    once = np.where(np.isfinite(ceiling), ceiling * elapsed < span, near & (~wraps | (advance <= WRAP_SHARE * span)))
    sound &= once | ~ranged  # over a longer time a short register may have wrapped more than once
    return sound, wraps & sound


@dataclass(slots=True, kw_only=True)
class _Register:
    """One series with suspects, as plain lists: item `i` of `sound` and `leaps` speaks of the pair (i, i + 1)."""

    time: list[int]
    value: list[float]
    sound: list[bool]
    leaps: list[bool]
    fresh: list[bool]
    ceiling: float
    span: float

    def spikes(self, suspects: list[int]) -> Iterator[range]:
        """Yield the runs of readings that are spikes; break the register at the other suspects."""
        resume = 0
        for pair in suspects:
            if pair < resume:
                continue
            back = self._returns(pair)
            if back is not None:
                resume = back
                yield range(pair + 1, back)
                continue
            before = self._left(pair, resume)
            if before is not None:
                yield range(before + 1, pair + 1)
            elif not (self.sound[pair] or self._stepped(pair)):
                self.fresh[pair + 1] = True

    def _returns(self, pair: int) -> int | None:
        """Return the reading that goes on where the pair's first one stopped, if one follows soon."""
        stop = min(len(self.time), pair + 2 + SPIKE_READINGS)
        return next((back for back in range(pair + 2, stop) if self._is_spike(pair, back)), None)

    def _left(self, pair: int, resume: int) -> int | None:
        """Return the reading before a leap upwards that nobody could see: without a ceiling only the fall shows it."""
        if math.isfinite(self.ceiling):
            return None
        floor = max(resume, pair - SPIKE_READINGS)
        return next((before for before in range(pair - 1, floor - 1, -1) if self._is_spike(before, pair + 1)), None)

    def _is_spike(self, before: int, back: int) -> bool:
        """Whether the readings between are off, for the one after them continues the one before them."""
        advance = self.value[back] - self.value[before]
        if not 0 <= advance <= self._room(self.time[back] - self.time[before]):
            return False
        if any(self.fresh[before + 1 : back + 1]):
            return False
        if math.isfinite(self.ceiling):
            return self.leaps[before] and (self.leaps[back - 1] or self._dips(before))
        away, home = (abs(self.value[at + 1] - self.value[at]) for at in (before, back - 1))
        return 2 * home >= away > 0 and min(away, home) >= LEAP * advance

    def _dips(self, pair: int) -> bool:
        """Whether a register falls, but not so far that it can have begun anew: the last digits of some tick back."""
        before, after = self.value[pair : pair + 2]
        return before > after > self._room(self.time[pair + 1] - self.time[pair])

    def _room(self, seconds: int) -> float:
        return HEADROOM * self.ceiling * seconds + min(STEP, STEP_SHARE * self.span)

    def _stepped(self, pair: int) -> bool:
        """Whether a rise is one step of a coarse register: possible over the time since the register last moved."""
        if not self.ceiling * (self.time[pair + 1] - self.time[pair]) < self.span:
            return False  # it may have wrapped unseen
        last = pair
        while last and not self.fresh[last] and self.value[last - 1] == self.value[pair]:
            last -= 1
        return 0 <= self.value[pair + 1] - self.value[pair] <= self._room(self.time[pair + 1] - self.time[last])
