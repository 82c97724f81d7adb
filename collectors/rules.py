"""What a value of one series may be, and since when: the bounds of catalogue and point with their dates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.catalogue import Metric
    from config.points import Point, PointState

ALWAYS = -(1 << 62)
AMOUNT = "energy"  # kWh of the declared interval that ends at the reading's time
WS_PER_KWH = 3.6e6
THROUGH_TRANSFORMER = frozenset({"W", "VA", "kWh"})


class Fault(IntEnum):
    """Why a reading is rejected; of several the lowest is told."""

    NONE = 0
    UNKNOWN_POINT = 1
    UNKNOWN_METRIC = 2
    NOT_FINITE = 3
    SENTINEL = 4
    FUTURE = 5
    ANCIENT = 6
    ABSENT = 7
    ZERO = 8
    BELOW = 9
    ABOVE = 10
    STRANGER = 11  # another origin is to give it: `collectors.readers` says which


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one series from `start` [UTC s] on; bounds are in the metric's unit, after the CT ratio."""

    start: int = ALWAYS
    low: float = float("-inf")
    high: float = float("inf")
    ratio: float = 1.0
    zero_ok: bool = True
    fault: Fault = Fault.NONE


def rules_of(point: Point | None, metric: Metric | None) -> tuple[Rule, ...]:
    """Return the rules of one series by time; there is always one, and the first holds since ever."""
    if point is None:
        return (Rule(fault=Fault.UNKNOWN_POINT),)
    if metric is None:
        return (Rule(fault=Fault.UNKNOWN_METRIC),)
    edges = sorted(point.edges())
    before = (edges[0] - 1 if edges else 0, ALWAYS)
    return tuple(_rule(start, point.at(time), metric) for time, start in (before, *((edge, edge) for edge in edges)))


def _rule(start: int, state: PointState | None, metric: Metric) -> Rule:
    if state is None:
        return Rule(start, fault=Fault.ABSENT)
    ratio = state.ct_ratio if metric.unit in THROUGH_TRANSFORMER else 1.0
    per_watt = _per_watt(state, metric)
    if per_watt is None:
        return Rule(start, metric.low, metric.high, ratio, zero_ok=metric.name != AMOUNT or state.zero_ok)
    low = metric.low if state.min_w is None else max(metric.low, state.min_w * per_watt)
    high = metric.high if state.max_w is None else min(metric.high, state.max_w * per_watt)
    return Rule(start, low, high, ratio, zero_ok=state.zero_ok)


def _per_watt(state: PointState, metric: Metric) -> float | None:
    """Return what 1 W gives in the metric's unit: an amount is bounded by its mean power over the declared interval."""
    if metric.name == AMOUNT and AMOUNT in state.interval_s:
        return state.interval_s[AMOUNT] / WS_PER_KWH
    return 1.0 if metric.unit == "W" else None


@cache
def sentinels() -> Mapping[float, frozenset[str]]:
    """Return the values by which devices say "no value", each with the metrics for which it does."""
    found: dict[float, set[str]] = {}
    for metric in metrics().values():
        for value in metric.sentinels:
            found.setdefault(value, set()).add(metric.name)
    return {value: frozenset(names) for value, names in found.items()}
