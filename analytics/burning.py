"""How fast a yearly budget is used, against even use over the year (as burn rates of error budgets in SRE practice)."""

from __future__ import annotations

from typing import Final

YEAR_S: Final = 31_556_952  # mean Gregorian year


def burn_rate(*, used: float, seconds: float, budget_per_year: float) -> float:
    """Return the rate of use over `seconds`, 1 being a budget that lasts its year; both amounts in one unit.

    >>> burn_rate(used=20.0, seconds=YEAR_S / 10, budget_per_year=100.0)
    2.0
    """
    return used / seconds * YEAR_S / budget_per_year


def burning(short: float | None, long: float | None) -> float | None:
    """Return the lower of two burn rates: only what is fast over a short and a long window alike is an alarm.

    The long window keeps a short peak quiet, the short one ends the alarm soon after the use fell. None where one of
    them is not known.

    >>> burning(3.0, 1.5)
    1.5
    """
    return None if short is None or long is None else min(short, long)
