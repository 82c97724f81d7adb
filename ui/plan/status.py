"""Targets against the books: what this year may be, what it was so far, how it will end, and how likely it is met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.planning.course import burn_down, ratio_course
from analytics.planning.drivers import RECENT
from analytics.planning.forecast import chance
from analytics.planning.gap import required_rate, with_measures
from analytics.planning.targets import budget, goal, required_mean, status
from config.plan.targets import AMOUNTS, HIGHER_IS_BETTER
from ui.plan.ahead import HISTORY_DAYS, OF_A_DAY, days_ahead
from ui.plan.figure import begun, figure_of, new_year, so_far_of
from ui.plan.months import MonthBook
from ui.plan.years import budget_row, in_target_year, needed_of, this_year

if TYPE_CHECKING:
    from analytics.planning.forecast import Forecast
    from config.plan.targets import Target
    from config.site import Site
    from ui.figures.days import Day
    from ui.plan.gap import Means
    from ui.service import Service

Row = dict[str, Any]
DAY_S: Final = 86_400
TOO_FEW_ERRORS: Final = "no forecast: it was tried on too few days of the past to say how far off it is"
BAND: Final = 0.8


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year of a site: its bounds and the edge of what is booked [UTC s]."""

    number: int
    start: int
    end: int
    until: int
    days_gone: float  # whole days that are booked, each by its load where a ratio is carried on (`_by_load`)
    days_left: int  # days that are to come, the one that goes on included
    today: date  # of the site's calendar, at the edge of what is booked
    left_of_day: float  # share of the day that goes on that is not booked yet


def year_of(service: Service, site: Site) -> Year:
    """The site's present calendar year, also where nothing of it is booked yet; days are those of its own calendar."""
    zone, now = ZoneInfo(site.time_zone), int(service.now())
    number = datetime.fromtimestamp(now, zone).year
    start, end = (_midnight(date(one, 1, 1), zone) for one in (number, number + 1))
    until = max(start, min(service.booked_until(), now))
    today = datetime.fromtimestamp(until, zone).date()
    begins, ends = _midnight(today, zone), _midnight(today + timedelta(days=1), zone)
    gone = (today - date(number, 1, 1)).days
    left = (date(number + 1, 1, 1) - today).days
    return Year(number, start, end, until, gone, left, today, (ends - until) / (ends - begins))


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


@dataclass(frozen=True, slots=True)
class Plan:
    """The standing targets as rows, and by a target's id the course of its year."""

    rows: list[Row]
    courses: dict[str, list[Row]]


def plan_rows(service: Service) -> list[Row]:
    """Return each standing target of the site file with its year: limit, figure so far, forecast, probability, status.

    A target without a baseline, and a year whose figure has holes, has no status but a reason (design 4.6).
    """
    return plan_of(service).rows


def plan_of(service: Service, *, only: str | None = None) -> Plan:
    """Return the rows of all standing targets, or of those of a site, with the year's course of those known by day."""
    now = int(service.now())
    held: dict[str, list[Day]] = {}
    carried: dict[tuple[str, str], tuple[Forecast | None, str | None]] = {}
    found, book = Plan([], {}), MonthBook(service)
    for target in (one for one in service.settings.targets if one.holds(now) and only in {None, one.site}):
        site = service.settings.site(target.site)
        year = year_of(service, site)
        if target.budget_from_year is not None:
            found.rows.append(budget_row(book, target, year, first_year=target.budget_from_year))
            continue
        if target.site not in held:
            held[target.site] = service.days(site.id, end=year.until, count=HISTORY_DAYS)
        key = (target.site, target.metric)
        if key not in carried:
            carried[key] = days_ahead(service, site, target.metric, held[target.site], horizon=year.days_left)
        ahead = _from_now(carried[key][0], target.metric, year)
        year = _by_load(year, held[target.site]) if target.metric == "pue" else year
        row = _row(book, target, year, ahead, carried[key][1])
        row["required_rate"] = _required(row)
        if ahead is not None and "probability" in row and (means := book.moved(site.id, year.until, year.end)):
            row |= _with_measures(target, year, row, ahead, means)
        found.rows.append(row | in_target_year(book, target, row, year))
        if target.metric in OF_A_DAY and row["allowed"] is not None:
            found.courses[target.id] = _course(row, held[target.site], year, ahead, site)
    return found


def _from_now(ahead: Forecast | None, metric: str, year: Year) -> Forecast | None:
    """The days to come without what the day that goes on has used already: that is in the figure so far."""
    if ahead is None or metric not in OF_A_DAY or metric == "pue":
        return ahead
    share = np.ones(ahead.values.size)
    share[0] = year.left_of_day
    alone = None if ahead.by_drivers is None else ahead.by_drivers * share
    return replace(ahead, values=ahead.values * share, by_drivers=alone)


def _by_load(year: Year, days: list[Day]) -> Year:
    """The year with the days that are gone counted in days of the IT load of the last four weeks.

    A PUE of a year is its energies divided, no mean of its days: half a year at a tenth of today's load is 18 days.
    """
    known = [(day.start, day.it.value) for day in days if day.whole and day.it.value]
    own, last = [kwh for start, kwh in known if start >= year.start], [kwh for _, kwh in known[-RECENT:]]
    return replace(year, days_gone=year.days_gone * fmean(own) / fmean(last)) if own else year


def _required(row: Row) -> float | None:
    """The change a year that leads from how this year ends to the goal."""
    if row.get("expected") is None or row["goal"] is None:
        return None
    return required_rate(row["expected"], row["goal"], years=row["target_year"] - row["year"])


def _course(row: Row, days: list[Day], year: Year, ahead: Forecast | None, site: Site) -> list[Row]:
    zone, name = ZoneInfo(site.time_zone), OF_A_DAY[row["metric"]]
    local = [(datetime.fromtimestamp(day.start, zone).date(), getattr(day, name).value) for day in days if day.whole]
    known = [(day, value) for day, value in local if day.year == year.number]
    limit = row["allowed"]
    if row["unit"] in AMOUNTS:
        return burn_down(year.number, known, ahead, until=year.today, limit=limit, so_far=row["so_far"])
    return ratio_course(year.number, known, ahead, until=year.today, limit=limit)


def _row(book: MonthBook, target: Target, year: Year, ahead: Forecast | None, no_forecast: str | None) -> Row:
    service = book.service
    so_far, until = so_far_of(service, target, year.start, year.until)
    baseline, why = _baseline(service, target)
    row = begun(target, so_far, baseline=baseline, year=year.number, until=until)
    row["model"] = ahead.model if ahead else None
    reason = why or (None if so_far.value is not None else so_far.reason)
    if reason or so_far.value is None or row["allowed"] is None:
        return row | {"status": "no data", "reason": reason}
    if ahead is not None:
        return row | _by_forecast(target, year, so_far.value, row["allowed"], so_far.unit, ahead)
    return row | this_year(book, target, year, so_far, until=until, limit=row["allowed"], no_forecast=no_forecast)


def _baseline(service: Service, target: Target) -> tuple[float | None, str | None]:
    """The value that the target starts from, by the site file or the books, else why there is none."""
    if target.baseline_value is not None:
        return target.baseline_value, None
    if target.baseline_year is None:
        return None, "it has no baseline"
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    figure = figure_of(service, target, *(new_year(one + target.baseline_year, zone) for one in (0, 1)))
    reason = f"the books give no {target.metric} of {target.baseline_year} ({figure.reason}): set baseline_value"
    if figure.value is None:
        return None, reason
    reached = goal(target, baseline=figure.value)
    if target.metric == "pue" and reached < 1:
        return None, (
            f"reduction {target.reduction} of the books' PUE {figure.value:.3f} of {target.baseline_year} is "
            f"{reached:.3f}, and no PUE is below 1: give a target_value of 1 or more"
        )
    return figure.value, None


def _by_forecast(target: Target, year: Year, so_far: float, limit: float, unit: str, ahead: Forecast) -> Row:
    """The year as it will end: amounts add up, ratios are a mean over days, each by its load."""
    left, higher = ahead.values.size, target.metric in HIGHER_IS_BETTER
    rest, errors, band = float(ahead.values.sum()), ahead.total_errors(left), ahead.total_band(left, BAND)
    gone, over = (so_far, 1) if unit in AMOUNTS else (so_far * year.days_gone, year.days_gone + left)
    expected = (gone + rest) / over
    spent = unit in AMOUNTS and not higher and so_far > limit  # then nothing to come can mend it
    met = 0.0 if spent else chance(expected, errors / over, limit, higher_is_better=higher)
    if met is None or band is None:
        return {"reason": TOO_FEW_ERRORS, "status": "no data"}
    found = {
        "expected": expected,
        "low_80": (gone + band[0]) / over,
        "high_80": (gone + band[1]) / over,
        "probability": met,
        "status": status(met),
        "reason": None,
        "expected_by_drivers": None if ahead.by_drivers is None else (gone + float(ahead.by_drivers.sum())) / over,
    }
    if unit in AMOUNTS:
        return found | _budget(year, so_far, limit, ahead)
    needed = required_mean(limit=limit, so_far=so_far, days_gone=year.days_gone, days_left=left)
    return found | needed_of(target, needed, found)


def _with_measures(target: Target, year: Year, row: Row, ahead: Forecast, means: Means) -> Row:
    """How the year ends with the measures that begin or go on rising in it; what they did before is in the forecast."""
    times = [year.until + (day + 0.5) * DAY_S for day in range(ahead.values.size)]
    daily = with_measures(
        ahead.values.tolist(), means.measures, metric=target.metric, loads=means.loads, times=times, since=year.until
    )
    if daily is None:
        return {}
    changed = replace(ahead, values=np.array(daily))
    met = _by_forecast(target, year, row["so_far"], row["allowed"], row["unit"], changed)
    return {"expected_with_measures": met["expected"], "probability_with_measures": met["probability"]}


def _budget(year: Year, so_far: float, limit: float, ahead: Forecast) -> Row:
    """What of the year's amount is left, and the day on which it runs out: expected, and by both ends of the band."""
    totals = np.cumsum(ahead.values)
    bands = [ahead.total_band(number + 1, BAND) or (total, total) for number, total in enumerate(totals)]
    lows, highs = (np.array([band[end] for band in bands]) for end in (0, 1))
    days = year.days_left - 1 + year.left_of_day
    found = budget(allowance=limit, used=so_far, days=days, totals=totals, highs=highs, lows=lows)
    dates = {"runs_out": found.runs_out, "runs_out_earliest": found.earliest, "runs_out_latest": found.latest}
    return {
        "left": limit - so_far,
        "left_per_day": found.per_day,
        "expected_per_day": float(totals[-1]) / days,
        **{name: None if at is None else str(year.today + timedelta(days=at)) for name, at in dates.items()},
    }
