"""Which rows of a table break a rule: the judge's arithmetic, on whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from collectors.rules import Fault, sentinels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collectors.rules import Rule

FUTURE_S = 300
EARLIEST_S = 946_684_800  # 2000-01-01T00:00:00Z: clocks that lost their battery count from 1970 or 1980


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules as columns."""

    start: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ratio: NDArray[np.float64]
    zero_ok: NDArray[np.bool_]
    fault: NDArray[np.int8]

    @classmethod
    def of(cls, rules: list[Rule]) -> Self:
        """Turn a list of rules into columns."""
        return cls(
            np.array([rule.start for rule in rules], np.int64),
            np.array([rule.low for rule in rules], np.float64),
            np.array([rule.high for rule in rules], np.float64),
            np.array([rule.ratio for rule in rules], np.float64),
            np.array([rule.zero_ok for rule in rules], np.bool_),
            np.array([rule.fault for rule in rules], np.int8),
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings as columns: codes into `points` and `metrics`, and for each row the index of the rule in force."""

    points: list[str]
    metrics: list[str]
    point: NDArray[np.int64]
    metric: NDArray[np.int64]
    time: NDArray[np.int64]
    given: NDArray[np.float64]  # as the source gave it
    value: NDArray[np.float64]  # after the CT ratio
    rule: NDArray[np.int64]
    rules: Rules


def in_force(
    first: NDArray[np.int64], count: NDArray[np.int64], *, time: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Index of the rule in force at each row's time.

    Args:
        first: for each row the index of its series' first rule.
        count: for each row how many rules its series has, in order of time.
        time: of each row [UTC s].
        start: of each rule [UTC s].
    """
    rule = first.copy()
    dated = np.flatnonzero(count > 1)  # few series ever change, so those alone are looked at
    for step in range(1, int(count.max())):
        dated = dated[count[dated] > step]
        rule[dated] += time[dated] >= start[first[dated] + step]
    return rule


def faults(rows: Rows, *, off: NDArray[np.bool_] | None, now: int) -> NDArray[np.int8]:
    """For each row the lowest `Fault` that it has, `Fault.NONE` for most."""
    rules, rule, value = rows.rules, rows.rule, rows.value
    zero, of_rule = value == 0, rules.fault[rule]
    excused = np.zeros(len(value), np.bool_) if off is None else off & (value >= 0)  # a host that is off draws little
    highest_first = (
        (Fault.ABOVE, value > rules.high[rule]),
        (Fault.BELOW, (value < rules.low[rule]) & ~zero & ~excused),
        (Fault.ZERO, zero & ~rules.zero_ok[rule] & ~excused),
        (Fault.ABSENT, of_rule == Fault.ABSENT),
        (Fault.ANCIENT, rows.time < EARLIEST_S),
        (Fault.FUTURE, rows.time > now + FUTURE_S),
        (Fault.SENTINEL, _says_no_value(rows)),
        (Fault.NOT_FINITE, ~np.isfinite(rows.given)),
        (Fault.UNKNOWN_METRIC, of_rule == Fault.UNKNOWN_METRIC),
        (Fault.UNKNOWN_POINT, of_rule == Fault.UNKNOWN_POINT),
    )
    fault = np.zeros(len(value), np.int8)
    for kind, where in highest_first:
        fault[where] = kind
    return fault


def _says_no_value(rows: Rows) -> NDArray[np.bool_]:
    """Where a source gave a sentinel: the few rows that hold anybody's are looked up among their own metric's."""
    known = sentinels()
    found = np.isin(rows.given, list(known))
    suspects = np.flatnonzero(found)
    found[suspects] = [rows.metrics[rows.metric[i]] in known[float(rows.given[i])] for i in suspects]
    return found
