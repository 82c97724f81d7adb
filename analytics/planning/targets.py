"""Targets over the years: what a year may be, how likely it is met, and when a year's budget is used up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from config.plan.targets import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.plan.targets import Target

    Floats = NDArray[np.float64]

LIKELY: Final = 0.8  # on track from here on
EVEN: Final = 0.5  # at risk from here on, below it off track
Status = Literal["on track", "at risk", "off track"]


def goal(target: Target, *, baseline: float) -> float:
    """Return the value that is to be reached, of a budget the amount of all its years (it has no baseline: give 0)."""
    return baseline * (1 - (target.reduction or 0.0)) if target.target_value is None else target.target_value


def allowed(target: Target, *, baseline: float, year: int) -> float:
    """Return what a year may be (or has to be) on the way to the target; the goal itself from the target year on.

    A budget of several years is the same amount in each.
    Linear: B - (B - G) (y - y0) / (y1 - y0). Rate: B (G / B)^((y - y0) / (y1 - y0)). Step: B until the target year.

    From 100 in 2025 to 58 in 2035 a line allows 95.8 in 2026 (SBTi's 4.2 % of the base a year).
    """
    reached = goal(target, baseline=baseline)
    if target.baseline_year is None:
        return reached
    share = min(1.0, max(0.0, (year - target.baseline_year) / (target.target_year - target.baseline_year)))
    if target.path == "step":
        return reached if share == 1 else baseline
    if target.path == "rate" and baseline > 0:
        return float(baseline * (reached / baseline) ** share)
    return baseline - (baseline - reached) * share


def status(probability_met: float) -> Status:
    """Return the word for a probability: on track from 80 %, at risk from 50 %, else off track.

    >>> status(0.8), status(0.5), status(0.49)
    ('on track', 'at risk', 'off track')
    """
    if probability_met >= LIKELY:
        return "on track"
    return "at risk" if probability_met >= EVEN else "off track"


@dataclass(frozen=True, slots=True)
class Budget:
    """A year's allowance of an amount: what is used, what may be used a day from now on, and the day it runs out.

    `runs_out`, `earliest` and `latest` count days from now, of what is expected and of both ends of its 80 % band; None
    where it lasts the year.
    """

    allowed: float
    used: float
    per_day: float | None
    runs_out: int | None
    earliest: int | None
    latest: int | None


def budget(*, allowance: float, used: float, days: float, totals: Floats, highs: Floats, lows: Floats) -> Budget:
    """Return how a year's allowance stands.

    Args:
        allowance: of the year.
        used: until now.
        days: that are left, a part of one included.
        totals: what is expected to be used by the end of each day to come.
        highs: the upper ends of its band.
        lows: the lower ends.

    >>> sums = np.array([10.0, 20.0, 30.0, 40.0])
    >>> budget(allowance=100.0, used=70.0, days=4.0, totals=sums, highs=1.5 * sums, lows=0.5 * sums)
    Budget(allowed=100.0, used=70.0, per_day=7.5, runs_out=3, earliest=2, latest=None)
    """
    left = allowance - used
    return Budget(
        allowed=allowance,
        used=used,
        per_day=max(0.0, left) / days if days else None,
        runs_out=_first_above(totals, left),
        earliest=_first_above(highs, left),
        latest=_first_above(lows, left),
    )


def _first_above(totals: Floats, left: float) -> int | None:
    over = np.flatnonzero(totals > left)
    return int(over[0]) if over.size else None


def required_mean(*, limit: float, so_far: float, days_gone: float, days_left: int) -> float | None:
    """Return what a ratio has to be over the days left so that the year's mean meets its limit; None without any left.

    >>> required_mean(limit=1.3, so_far=1.4, days_gone=100, days_left=100)
    1.2
    """
    return (limit * (days_gone + days_left) - so_far * days_gone) / days_left if days_left else None


def reachable(needed: float, *, metric: str) -> float | None:
    """Return what a mean has to be as far as there is such a one; None where nothing would do.

    No PUE is below 1, no share above 1, nothing else below 0; where any share does, 0 does.

    >>> reachable(0.7, metric="pue"), reachable(1.2, metric="cfe"), reachable(-0.1, metric="cfe")
    (None, None, 0.0)
    """
    if metric in HIGHER_IS_BETTER:
        return max(0.0, needed) if needed <= 1 else None
    return needed if needed >= (1 if metric == "pue" else 0) else None
