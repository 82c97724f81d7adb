"""Targets and measures together: what each measure of a site adds to its targets, and what is left to find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from analytics.planning.gap import required_rate, steps
from analytics.planning.measures import YEAR_S, abatement_curve, ramp
from config.plan.targets import HIGHER_IS_BETTER
from ui.plan.curve import loads_of, measures_of

if TYPE_CHECKING:
    from analytics.planning.gap import Step
    from analytics.planning.measures import Loads
    from config.plan.measures import Measure
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
LAST: Final = "(left to find)"
MONTHS: Final = 12
OVER: Final = "the years of the budget are over: no measure changes them"
NOTHING_SAID: Final = "measures say nothing of {metric}: their sub-loads are it, cooling, losses and market"


@dataclass(frozen=True, slots=True)
class Means:
    """What a site does to save: its loads, and its measures in the order in which to take them, instruments last."""

    loads: Loads
    measures: tuple[Measure, ...]


def means_of(service: Service, site: Site) -> Means | str:
    """Return a site's loads with its measures that were not stopped, or why there are none."""
    chosen = measures_of(service, site.id)
    if not chosen:
        return f"no [[measures]] of {site.id}: add some, `wattlas measures library` shows what literature knows"
    loads = loads_of(service, site)
    if isinstance(loads, str):
        return loads
    curve = [found.measure for found in abatement_curve(chosen, loads, now=service.now())]
    return Means(loads, (*curve, *(one for one in chosen if one not in curve)))


def moving(service: Service, site: str, start: int, end: int) -> bool:
    """Say whether a measure of a site does more, or less, within a span than at its start [UTC s]."""
    return any(
        ramp(one, start) != ramp(one, end) or (start < one.start and one.start + one.life_years * YEAR_S <= end)
        for one in measures_of(service, site)
    )


def gap_rows(service: Service, plan: list[Row]) -> list[Row]:
    """Return each target with what each measure adds by its target year, then what is left to find.

    Args:
        service: the opened books.
        plan: rows of `plan_rows`: the level is how the present year ends, else what it was so far.
    """
    means: dict[str, Means | str] = {}
    rows: list[Row] = []
    for row in plan:
        site = service.settings.site(row["site"])
        if site.id not in means:
            means[site.id] = means_of(service, site)
        rows += _of_target(row, means[site.id], now=service.now(), zone=ZoneInfo(site.time_zone))
    return rows


def _of_target(row: Row, means: Means | str, *, now: float, zone: ZoneInfo) -> list[Row]:
    level, goal = row.get("expected"), row["goal"]
    base: Row = {name: row[name] for name in ("id", "site", "metric", "unit", "target_year")} | {
        "level": level,
        "level_year": row["year"],
        "goal": goal,
    }
    if level is None or goal is None:
        why = row["reason"] or "no forecast of the present year: there is no level to start from"
        return [base | {"measure": LAST, "reason": why}]
    if row["baseline_year"] is None and row["target_year"] < row["year"]:
        return [base | _left(row, level, level, reason=OVER)]
    if isinstance(means, str):
        return [base | _left(row, level, level, reason=means)]
    if row["baseline_year"] is None:
        return _of_budget(base, row, means, now=now, zone=zone)
    year = max(row["target_year"], row["year"])  # of a target whose year is over nothing before now can be changed
    times = [datetime(year, month, 15, tzinfo=zone).timestamp() for month in range(1, 13)]
    found = steps(level, means.measures, goal=goal, metric=row["metric"], loads=means.loads, times=times, since=now)
    if found is None:
        return [base | _left(row, level, level, reason=NOTHING_SAID.format(metric=row["metric"]))]
    over = {
        one.id: f"the measure's life ends before {year}: it adds nothing then"
        for one in means.measures
        if one.start + one.life_years * YEAR_S <= times[0]
    } | {one.id: f"no meter sees {one.sub_load}" for one in means.measures if one.sub_load in means.loads.unmetered}
    return [
        *(base | _step(one) | {"reason": over.get(one.measure)} for one in found),
        base | _left(row, level, found[-1].value, reason=None),
    ]


def _of_budget(base: Row, row: Row, means: Means, *, now: float, zone: ZoneInfo) -> list[Row]:
    """What measures take off the months of a budget that are to come; what was used stays used."""
    used, level = row["so_far"], row["expected"]
    today = datetime.fromtimestamp(now, zone)
    months = range(today.month - 1, (row["target_year"] - today.year + 1) * MONTHS)
    times = [datetime(today.year + at // MONTHS, at % MONTHS + 1, 15, tzinfo=zone).timestamp() for at in months]
    found = steps(
        level - used,
        means.measures,
        goal=row["goal"] - used,
        metric=row["metric"],
        loads=means.loads,
        times=times,
        since=now,
    )
    if found is None:
        return [base | _left(row, level, level, reason=NOTHING_SAID.format(metric=row["metric"]))]
    rows = [_step(one) for one in found]
    whole = [one | {name: one[name] + used for name in ("value", "low", "high")} for one in rows]
    return [*(base | one for one in whole), base | _left(row, level, whole[-1]["value"], reason=None)]


def _step(one: Step) -> Row:
    return {
        "measure": one.measure,
        "adds": one.adds,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "closes": one.closes,
        "reason": None,
    }


def _left(row: Row, level: float, value: float, *, reason: str | None) -> Row:
    """The last line of a target: what the measures leave, and the yearly change that would lead there from now."""
    left = row["goal"] - value
    met = left <= 0 if row["metric"] in HIGHER_IS_BETTER else left >= 0
    return {
        "measure": LAST,
        "value": value,
        "adds": 0.0 if met else left,
        "met": met,
        "required_rate": None
        if row["baseline_year"] is None  # a budget has no year of its own
        else required_rate(level, row["goal"], years=row["target_year"] - row["year"]),
        "reason": reason,
    }
