"""Indicators of Regulation (EU) 2024/1364 that people enter: what several records of a year say together.

Totals add up and averages weigh by day, over all days of the period or not at all; capacities and areas are those of
its last day; a text is the newest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from analytics.recorded import shared_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from analytics.recorded import Days
    from config.reports.eed import Over


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One approved record of an indicator over the local days [start, end), in the indicator's unit; or a text."""

    id: str
    start: date
    end: date
    amount: float | None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the records say: a value with its method, or None with the reason; `coverage` is a share of the days."""

    value: float | str | None
    method: str
    reason: str | None
    coverage: float


def told(facts: Sequence[Fact], *, over: Over, unit: str, days: Days) -> Told:
    """Return what the records of one indicator say of a period.

    Args:
        facts: records that touch it, at least one, no two of the same day.
        over: how the indicator is put together over time.
        unit: its unit, for the reason.
        days: the period, in whole local days.
    """
    ordered = sorted(facts, key=lambda one: one.start)
    if over == "text":
        return Told(value=ordered[-1].text, method=_records(ordered[-1:]), reason=None, coverage=1.0)
    bare = [one for one in ordered if one.amount is None]
    if bare:
        reason = f"no amount in {unit} is known of {_records(bare)}: correct it with its unit, or withdraw it"
        return Told(value=None, method="", reason=reason, coverage=0.0)
    if over == "last":
        return _last(ordered, days)
    known = sum(shared_days(start=one.start, end=one.end, days=days) for one in ordered)
    if known < days.count:
        reason = (
            f"{_records(ordered)} speak of {known} of {days.count} days: enter the others, or 0 where there was none"
        )
        return Told(value=None, method="", reason=reason, coverage=known / days.count)
    parts = [(one, shared_days(start=one.start, end=one.end, days=days)) for one in ordered]
    spread = [one for one, count in parts if count < (one.end - one.start).days]
    words = ["sum" if over == "sum" else "mean by day", _records(ordered)]
    words = [" of ".join(words), *([f"{_records(spread)} spread by day"] if spread and over == "sum" else [])]
    if over == "sum":
        value = sum((one.amount or 0.0) * count / (one.end - one.start).days for one, count in parts)
    else:
        value = sum((one.amount or 0.0) * count for one, count in parts) / days.count
    return Told(value=value, method="; ".join(words), reason=None, coverage=1.0)


def _last(ordered: Sequence[Fact], days: Days) -> Told:
    day = days.end - timedelta(days=1)
    standing = [one for one in ordered if one.start <= day < one.end]
    if not standing:
        reason = f"no record speaks of {day}, the day that counts: enter one that does"
        return Told(value=None, method="", reason=reason, coverage=0.0)
    return Told(value=standing[0].amount, method=f"{_records(standing)} on {day}", reason=None, coverage=1.0)


def _records(facts: Sequence[Fact]) -> str:
    return f"record{'s' if len(facts) > 1 else ''} {', '.join(one.id for one in facts)}"
