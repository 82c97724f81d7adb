"""What the measures of a plan do to a target: each in its turn, and what is then left to find.

The level is the present year's, carried on unchanged: nothing here guesses how a company grows. Effects multiply on
what is left (`analytics/planning/measures.py`), averaged over the months of the target's year, at both ends of their
range. What literature promises counts with its realisation until a saving is verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from analytics.planning.measures import HIGH, LOW, MID, at
from config.plan.targets import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.planning.measures import Effect, Loads
    from config.plan.measures import Measure

MATCHED = "matched_share_annual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A target's figure once a measure is added to those before it; `low` and `high` by the range of all their effects.

    `adds` is the change that this measure makes, `closes` the share of the gap between level and goal that it closes;
    None where there is no gap, or the level is better than the goal.
    """

    measure: str
    value: float
    low: float
    high: float
    adds: float
    closes: float | None


def applied(value: float, effect: Effect, *, metric: str, loads: Loads) -> float | None:
    """Return a figure after an effect; None where measures say nothing of it (hourly matching, water, heat).

    An instrument of the market covers its share of what is not matched yet: from 0.5 by 0.2 to 0.6.
    """
    if metric == MATCHED:
        return 1 - (1 - value) * effect.market
    factor = effect.factor(metric, loads)
    return None if factor is None else value * factor


def with_measures(
    values: Sequence[float],
    measures: Sequence[Measure],
    *,
    metric: str,
    loads: Loads,
    times: Sequence[float],
    since: float,
    end: str = MID,
) -> list[float] | None:
    """Return each of `values` at its time [UTC s] with what measures add to what they had done by `since`."""
    changed = [
        applied(value, at(measures, time, since=since, end=end), metric=metric, loads=loads)
        for value, time in zip(values, times, strict=True)
    ]
    known = [value for value in changed if value is not None]
    return known if len(known) == len(changed) else None


def steps(
    level: float,
    measures: Sequence[Measure],
    *,
    goal: float,
    metric: str,
    loads: Loads,
    times: Sequence[float],
    since: float,
) -> list[Step] | None:
    """Return what each measure adds in the order given, over `times` of the target's year; None where unknown."""
    found: list[Step] = []
    before = level
    for count, measure in enumerate(measures, start=1):
        ends = [_level(level, measures[:count], metric, loads, times, since, end) for end in (LOW, MID, HIGH)]
        low, mid, high = ends
        if low is None or mid is None or high is None:
            return None
        gap = level - goal
        open_still = gap < 0 if metric in HIGHER_IS_BETTER else gap > 0
        closes = (before - mid) / gap + 0.0 if open_still else None  # no minus before a 0
        found.append(
            Step(
                measure=measure.id,
                value=mid,
                low=min(low, mid, high),
                high=max(low, mid, high),
                adds=mid - before,
                closes=closes,
            )
        )
        before = mid
    return found


def _level(
    level: float,
    measures: Sequence[Measure],
    metric: str,
    loads: Loads,
    times: Sequence[float],
    since: float,
    end: str,
) -> float | None:
    values = with_measures(
        [level] * len(times), measures, metric=metric, loads=loads, times=times, since=since, end=end
    )
    return None if values is None else fmean(values)


def required_rate(level: float, goal: float, *, years: int) -> float | None:
    """Return the change a year [share] that leads from the level to the goal; None where none does.

    >>> round(required_rate(100.0, 81.0, years=2), 3), required_rate(100.0, 0.0, years=2)
    (-0.1, None)
    """
    if years < 1 or level <= 0 or goal <= 0:
        return None
    return float((goal / level) ** (1 / years) - 1)
