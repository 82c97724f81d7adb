"""Targets beyond this year: a budget of several years, and how likely the target year itself is met."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from analytics.kpi import without
from analytics.planning.targets import reachable, required_mean, status
from config.plan.targets import AMOUNTS, HIGHER_IS_BETTER, PER_WORK
from ui.plan.figure import begun, new_year, so_far_of
from ui.plan.months import NOT_RETIRED, ahead_of, by_month, grown, left_by_month, span_of

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.plan.targets import Target
    from ui.plan.months import Known, MonthBook
    from ui.plan.status import Year
    from ui.service import Service

Row = dict[str, Any]
OUT_OF_REACH: Final = "no figure of the time left would do: the year's mean is out of reach"
TOLD: Final = ("expected", "low_80", "high_80", "probability", "expected_with_measures", "probability_with_measures")


def this_year(
    book: MonthBook,
    target: Target,
    year: Year,
    so_far: Kpi,
    *,
    until: int,
    limit: float,
    no_forecast: str | None,
) -> Row:
    """Return how the present year ends by its months, or where fewer than nine are known whether it keeps the pace.

    Args:
        book: the past months of the opened books.
        target: whose year.
        year: the present one.
        so_far: its figure, which has a value.
        until: when that ends [UTC s].
        limit: what the year may be.
        no_forecast: why there is none by day.
    """
    value = so_far.value or 0.0
    known = book.known(target, until=year.until)
    span = span_of(known, year.number, year.number)
    if span and so_far.unit not in AMOUNTS and target.metric not in PER_WORK:
        span = book.by_load(target, span, known.edge)
    means = book.moved(target.site, year.until, year.end) if span else None
    used = grown(target, value, so_far.unit)
    found = (
        by_month(target, known, span, limit=limit, unit=so_far.unit, means=means, used=used) if span else known.lacks
    )
    if span is None or isinstance(found, str):
        return _by_pace(target, year, value, limit, so_far.unit, until) | {"reason": no_forecast}
    above = "market" in target.metric and found["expected" if so_far.unit in AMOUNTS else "high_80"] < value
    row = found | {"status": status(found["probability"]), "reason": NOT_RETIRED if above else None}
    if so_far.unit in AMOUNTS:
        return row | left_by_month(target, known, span, limit=limit, so_far=value, today=year.today)
    gone, left = span.days(known.edge)
    mean = float(gone @ span.own) / gone.sum() if gone.size else 0.0
    needed = required_mean(limit=limit, so_far=mean, days_gone=float(gone.sum()), days_left=int(left.sum()))
    return row | needed_of(target, needed, row)


def needed_of(target: Target, needed: float | None, row: Row) -> Row:
    """Return what the mean of the time left has to be; where none would do, nothing is likely any more."""
    found = None if needed is None else reachable(needed, metric=target.metric)
    if needed is None or found is not None:
        return {"required_mean": found}
    changed: Row = {name: 0.0 for name in ("probability", "probability_with_measures") if name in row}
    return {**changed, "required_mean": None, "status": status(0.0), "reason": OUT_OF_REACH}


def _by_pace(target: Target, year: Year, so_far: float, limit: float, unit: str, until: int) -> Row:
    """Without a forecast: whether the year so far keeps the pace, what is left, and nothing about its end."""
    share = (until - year.start) / (year.end - year.start)
    due = limit * share if unit in AMOUNTS else limit
    kept = so_far >= due if target.metric in HIGHER_IS_BETTER else so_far <= due
    row: Row = {"due_by_now": due, "status": "on pace" if kept else "behind", "probability": None}
    row |= _spent(target, so_far, unit, limit)
    if unit not in AMOUNTS:
        return row
    return row | {"left": limit - so_far, "left_per_day": max(0.0, limit - so_far) / year.days_left}


def _spent(target: Target, so_far: float, unit: str, limit: float) -> Row:
    """Where more than an amount is used that never shrinks, no forecast is needed."""
    used = grown(target, so_far, unit)
    return {"status": "off track", "probability": 0.0} if used is not None and used > limit else {}


def in_target_year(book: MonthBook, target: Target, row: Row, year: Year) -> Row:
    """Return how the target's own year ends and how likely it reaches the goal, or why nobody knows.

    Once that year is here, or over (the goal then holds on), it is the present year's answer.
    """
    if target.target_year <= year.number:
        return {f"target_year_{name}": row.get(name) for name in (*TOLD, "reason")}
    if row["goal"] is None:
        return _untold(row["reason"])
    service = book.service
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    known = book.known(target, until=year.until, least=_months(service, target, year))
    span = span_of(known, target.target_year, target.target_year)
    means = book.moved(target.site, year.until, new_year(target.target_year + 1, zone))
    found = by_month(target, known, span, limit=row["goal"], unit=row["unit"], means=means) if span else known.lacks
    if isinstance(found, str):
        return _untold(found)
    return {f"target_year_{name}": found.get(name) for name in (*TOLD, "reason")}


def _untold(reason: str | None) -> Row:
    return {f"target_year_{name}": None for name in TOLD} | {"target_year_reason": reason}


def _months(service: Service, target: Target, year: Year) -> int:
    """How many months lie ahead until the end of the target's year."""
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    return ahead_of(datetime.fromtimestamp(year.until, zone), target.target_year)


def budget_row(book: MonthBook, target: Target, year: Year, *, first_year: int) -> Row:
    """Return how a budget of several years stands: used, left, the day it runs out, and how likely it lasts."""
    service = book.service
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    start, end = new_year(first_year, zone), new_year(target.target_year + 1, zone)
    last = min(year.until, end)
    so_far, until = so_far_of(service, target, min(start, last - 1), last)
    if start >= year.until:
        so_far = without(so_far, name=so_far.name, unit=so_far.unit, reason=f"the budget begins in {first_year}")
    row = begun(target, so_far, baseline=0.0, year=year.number, until=until)
    if so_far.value is None:
        return row | {"status": "no data", "reason": so_far.reason}
    limit = row["allowed"]
    if last == end:
        kept = so_far.value <= limit
        over = {"expected": so_far.value, "low_80": so_far.low, "high_80": so_far.high, "left": limit - so_far.value}
        return row | over | {"probability": float(kept), "status": status(float(kept)), "reason": None}
    known = book.known(target, until=until)
    return row | _going_on(book, target, year, known, so_far, limit=limit, first_year=first_year)


def _going_on(
    book: MonthBook, target: Target, year: Year, known: Known, so_far: Kpi, *, limit: float, first_year: int
) -> Row:
    value = so_far.value or 0.0
    span = span_of(known, first_year, target.target_year)
    if span is None:
        told = {"left": limit - value, "status": "no data", "reason": f"{target.metric} of {known.lacks}"}
        return told | _spent(target, value, so_far.unit, limit)
    zone = ZoneInfo(book.service.settings.site(target.site).time_zone)
    means = book.moved(target.site, year.until, new_year(target.target_year + 1, zone))
    used = grown(target, value, so_far.unit)
    found = by_month(target, known, span, limit=limit, unit=so_far.unit, means=means, used=used)
    if isinstance(found, str):
        told = {"left": limit - value, "status": "off track" if value > limit else "no data", "reason": found}
        return told | _spent(target, value, so_far.unit, limit)
    left = left_by_month(target, known, span, limit=limit, so_far=value, today=year.today)
    return found | left | {"status": status(found["probability"]), "reason": None}
