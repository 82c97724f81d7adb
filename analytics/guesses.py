"""What a silent meter would have read, by what else is known, and how far off such guesses were where it did read.

Powers are arrays of one item a cell of the ledger [kW], nan where the cell is not wholly read. A guess is tried on
windows of the gap's own length in which the meter was read; the interval comes from how these came out.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Guess = Callable[[Floats, int, int], Floats]  # powers with the gap hidden, its first cell and the one after it

WEEKS: Final = 4  # to either side
DAYS: Final = 7
LEAST_DAYS: Final = 2  # so many of them have to be known
LEVEL_CELLS: Final = 16  # beside the gap: they tell how high the profile lies now
LEAST_LEVEL_CELLS: Final = 4
TRIES: Final = 200
LEAST_TRIES: Final = 8  # windows that do not overlap


@dataclass(frozen=True, slots=True)
class Trial:
    """How guesses of known windows came out: what was read over what was guessed, bounds of 95 % of cases."""

    windows: int
    low: float
    high: float


def profile_kw(kw: Floats, first: int, stop: int, *, per_day: int) -> Floats:
    """Return the power of cells [first, stop) as at the same time of the same weekday within four weeks.

    Where fewer than two such weeks are known: as at the same time of the days within a week. The profile is scaled to
    what the meter read in the four hours before and after.

    >>> profile_kw(np.array([1.0, 2.0, 1.0, 2.0, np.nan, 2.0, 1.0, 2.0]), 4, 5, per_day=2)
    array([1.])
    """
    span = np.arange(max(0, first - LEVEL_CELLS), min(kw.size, stop + LEVEL_CELLS))
    hidden = kw.copy()
    hidden[first:stop] = np.nan
    mean = _mean(hidden, span, [sign * week * DAYS * per_day for week in range(1, WEEKS + 1) for sign in (-1, 1)])
    by_day = _mean(hidden, span, [sign * day * per_day for day in range(1, DAYS + 1) for sign in (-1, 1)])
    mean = np.where(np.isnan(mean), by_day, mean)
    beside = ~np.isnan(hidden[span]) & ~np.isnan(mean)
    usual = mean[beside].sum()
    level = hidden[span][beside].sum() / usual if beside.sum() >= LEAST_LEVEL_CELLS and usual > 0 else 1.0
    inside: Floats = mean[(span >= first) & (span < stop)] * level
    return inside


def _mean(kw: Floats, cells: NDArray[np.int64], shifts: Sequence[int]) -> Floats:
    """Return the mean over the shifts, nan where fewer than `LEAST_DAYS` of them are known."""
    at = cells + np.array(shifts)[:, None]
    there = (at >= 0) & (at < kw.size)
    values = np.where(there, kw[np.clip(at, 0, kw.size - 1)], np.nan)
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(count >= LEAST_DAYS, total / np.maximum(count, 1), np.nan)


def balance_kw(*, supplied: Floats, drawn: Floats, own: Floats, child: bool) -> tuple[Floats, float | None]:
    """Return the power of one meter of a balance from the others, and which share of the supply is drawn below.

    Args:
        supplied: sum of the parents, the own meter left out where it is one.
        drawn: sum of the children, the own meter left out where it is one.
        own: powers of the meter.
        child: whether it is a child.

    The share comes from the time in which all are known; without such time there is no guess. A child takes
    share x supply - its siblings; a parent gives what its children drew / share - the other parents.

    >>> supplied, own = np.array([10.0, 10.0]), np.array([4.0, np.nan])
    >>> balance_kw(supplied=supplied, drawn=np.array([5.0, 6.0]), own=own, child=True)
    (array([4., 3.]), 0.9)
    """
    all_known = ~(np.isnan(supplied) | np.isnan(drawn) | np.isnan(own))
    above, below, seen = supplied[all_known].sum(), drawn[all_known].sum(), own[all_known].sum()
    supply, draw = (above, below + seen) if child else (above + seen, below)
    if supply <= 0 or draw <= 0:
        return np.full_like(own, np.nan), None
    share = min(1.0, float(draw / supply))
    guess = supplied * share - drawn if child else drawn / share - supplied
    return np.maximum(guess, 0.0), share


def trial(kw: Floats, cells: int, guess: Guess) -> Trial | None:
    """Try a guess on windows of so many cells that were read; None where fewer than eight lie side by side.

    The bounds are the wider of the ranks that leave 2.5 % on each side, and of Student's prediction interval for as
    many cases as there are windows side by side (Hahn and Meeker, Statistical Intervals, 4.7).
    """
    known = ~np.isnan(kw)
    upto = np.concatenate(([0], np.cumsum(known)))
    starts = np.flatnonzero(upto[cells:] - upto[:-cells] == cells)
    apart = known.sum() // cells
    if apart < LEAST_TRIES or not starts.size:
        return None
    picked = starts[np.unique(np.linspace(0, starts.size - 1, TRIES).astype(np.int64))]
    ratios = np.array([_ratio(kw, int(at), int(at) + cells, guess) for at in picked])
    ratios = np.sort(ratios[np.isfinite(ratios)])
    if ratios.size < LEAST_TRIES:
        return None
    rank = max(0, int(0.025 * (ratios.size + 1)) - 1)
    count = min(int(apart), ratios.size)
    half = student(count - 1) * float(ratios.std(ddof=1)) * (1 + 1 / count) ** 0.5
    middle = float(ratios.mean())
    low, high = min(float(ratios[rank]), middle - half), max(float(ratios[-1 - rank]), middle + half)
    return Trial(int(ratios.size), max(0.0, low), high)


def student(freedom: float, share: float = 0.975) -> float:
    """Return the value that Student's t stays below in a share of cases, by its expansion (Abramowitz, Stegun 26.7.5).

    Good to 1 % from 3 degrees of freedom on at 90 %, and from 7 on at 97.5 %.

    >>> round(student(10), 2), round(student(30), 2), round(student(5, 0.9), 1)
    (2.23, 2.04, 1.5)
    """
    z = NormalDist().inv_cdf(share)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _ratio(kw: Floats, first: int, stop: int, guess: Guess) -> float:
    hidden = kw.copy()
    hidden[first:stop] = np.nan
    guessed = float(guess(hidden, first, stop).sum())
    return float(kw[first:stop].sum()) / guessed if guessed > 0 else np.nan
