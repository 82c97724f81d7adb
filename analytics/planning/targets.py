"""Targets over the years: what a year may be, how likely it is met, and when a year's budget is used up."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from config.targets import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.targets import Target

    Floats = NDArray[np.float64]

LIKELY: Final = 0.8  # on track from here on
EVEN: Final = 0.5  # at risk from here on, below it off track
Status = Literal["on track", "at risk", "off track"]


def goal(target: Target, *, baseline: float) -> float:
    """Return the value that is to be reached."""
    return baseline * (1 - (target.reduction or 0.0)) if target.target_value is None else target.target_value


def allowed(target: Target, *, baseline: float, year: int) -> float:
    """Return what a year may be (or has to be) on the way to the target; the goal itself from the target year on.

    Linear: B - (B - G) (y - y0) / (y1 - y0). Rate: B (G / B)^((y - y0) / (y1 - y0)). Step: B until the target year.

    From 100 in 2025 to 58 in 2035 a line allows 95.8 in 2026 (SBTi's 4.2 % of the base a year).
    """
    reached = goal(target, baseline=baseline)
    share = min(1.0, max(0.0, (year - target.baseline_year) / (target.target_year - target.baseline_year)))
    if target.path == "step":
        return reached if share == 1 else baseline
    if target.path == "rate" and baseline > 0:
        return float(baseline * (reached / baseline) ** share)
    return baseline - (baseline - reached) * share


def probability(target: Target, *, limit: float, expected: float, deviation: float) -> float:
    """Return how likely a year's figure meets its limit, by a normal error of the forecast.

    >>> from config.targets import Target
    >>> one = Target(id="t", metric="pue", site="s", baseline_year=2025, target_year=2030, target_value=1.2)
    >>> probability(one, limit=1.3, expected=1.3, deviation=0.01)
    0.5
    """
    if deviation <= 0:
        met = expected >= limit if target.metric in HIGHER_IS_BETTER else expected <= limit
        return float(met)
    below = NormalDist(expected, deviation).cdf(limit)
    return 1 - below if target.metric in HIGHER_IS_BETTER else below


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

    `runs_out` counts days from now; None where it lasts the year.
    """

    allowed: float
    used: float
    per_day: float | None
    runs_out: int | None


def budget(*, allowance: float, used: float, daily: Floats) -> Budget:
    """Return how a year's allowance stands, with the forecast of its remaining days.

    >>> budget(allowance=100.0, used=70.0, daily=np.array([10.0, 10.0, 10.0, 10.0]))
    Budget(allowed=100.0, used=70.0, per_day=7.5, runs_out=3)
    """
    left = allowance - used
    over = np.flatnonzero(np.cumsum(daily) > left)
    return Budget(
        allowed=allowance,
        used=used,
        per_day=max(0.0, left) / daily.size if daily.size else None,
        runs_out=int(over[0]) if over.size else None,
    )
