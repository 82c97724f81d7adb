"""The course of a target's year, day by day: what is left of an amount, or where a ratio stands, booked and to come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.planning.forecast import Forecast

Row = dict[str, Any]
BAND: Final = 0.8
BLANK: Final[Row] = {"booked": None, "expected": None, "low_80": None, "high_80": None}


def burn_down(
    year: int,
    known: Sequence[tuple[date, float | None]],
    ahead: Forecast | None,
    *,
    until: date,
    limit: float,
    so_far: float | None,
) -> list[Row]:
    """Return what is left of a year's amount at the start of each day, from the first of January to the next.

    Args:
        year: the calendar year.
        known: the amount of each booked day of it in order of time; from the first day without one nothing is booked.
        ahead: the days from `until` on.
        until: the day up to which the books go.
        limit: the amount of the year.
        so_far: the amount up to `until`; what is expected starts from it.

    Returns:
        `even` is what an even use of the limit leaves, `booked` what was left, `expected` what will be, with its 80 %
        band by the errors of sums over as many days.

    >>> rows = burn_down(2026, [(date(2026, 1, 1), 2.0)], None, until=date(2026, 1, 2), limit=365.0, so_far=2.0)
    >>> [(row["at"], row["even"], row["booked"]) for row in rows[:2]]
    [('2026-01-01', 365.0, 365.0), ('2026-01-02', 364.0, 363.0)]
    """
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    days = (end - first).days
    rows = [
        {"at": str(first + timedelta(days=number)), "even": limit * (1 - number / days), **BLANK}
        for number in range(days + 1)
    ]
    for day, used in _used(first, known):
        if day <= until:
            rows[(day - first).days]["booked"] = limit - used
    if ahead is None or so_far is None:
        return rows
    now = (until - first).days
    left = limit - so_far
    rows[now] |= {"expected": left, "low_80": left, "high_80": left}
    sums = np.cumsum(ahead.values)
    for number in range(1, min(days - now, sums.size) + 1):
        band = ahead.total_band(number, BAND)
        rows[now + number]["expected"] = left - float(sums[number - 1])
        if band is not None:
            rows[now + number] |= {"low_80": left - band[1], "high_80": left - band[0]}
    rows[now]["booked"] = limit - so_far
    return rows


def _used(first: date, known: Sequence[tuple[date, float | None]]) -> list[tuple[date, float]]:
    """What was used by the start of each day, up to the first that is not known or left out."""
    found, total = [(first, 0.0)], 0.0
    for number, (day, value) in enumerate(known):
        if value is None or day != first + timedelta(days=number):
            break
        total += value
        found.append((day + timedelta(days=1), total))
    return found


def ratio_course(
    year: int, known: Sequence[tuple[date, float | None]], ahead: Forecast | None, *, until: date, limit: float
) -> list[Row]:
    """Return a ratio of each day of a year: booked, or expected, and beside it the limit as `even`."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    rows = [{"at": str(first + timedelta(days=number)), "even": limit, **BLANK} for number in range((end - first).days)]
    for day, value in known:
        rows[(day - first).days]["booked"] = value
    to_come = rows[(until - first).days :]
    for row, value in zip(to_come, () if ahead is None else ahead.values, strict=False):  # a forecast may reach beyond
        row["expected"] = float(value)
    return rows
