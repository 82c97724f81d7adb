"""The figure that a target is of, one of the site or of each unit of a model's work, and what its row begins with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.attribution.per_work import SCALES
from analytics.attribution.work import called
from analytics.kpi import without
from analytics.planning.targets import allowed, goal
from analytics.recorded import NAME as RECORDED
from config.plan.targets import PER_WORK
from ui.format import iso

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.plan.targets import Target
    from ui.service import Service

Row = dict[str, Any]


def figure_of(service: Service, target: Target, start: int, end: int) -> Kpi:
    """Return a target's figure over [start, end) UTC seconds."""
    end = max(end, start + 1)
    if target.per is None or target.model is None:
        (figure,) = service.kpis(site=target.site, start=start, end=end, names=[target.metric])
        return figure
    from ui.attribution.per_work import per_work

    site, name = service.settings.site(target.site), PER_WORK[target.metric]
    found = per_work(service, site, start, end, by="model", per=target.per, names=[name], of=[called(target.model)])
    kpi = next((one.kpi for one in found), None)
    if kpi is not None:
        return kpi
    (whole,) = service.kpis(site=target.site, start=start, end=end, names=[name])
    reason = f"no work of model {target.model} is known at {target.site}: let a counter or job records tell"
    return without(whole, name=target.metric, unit=f"{SCALES[name][1]}/{target.per}", reason=reason)


def so_far_of(service: Service, target: Target, start: int, until: int) -> tuple[Kpi, int]:
    """Return a target's figure from `start` on and until when it goes [UTC s].

    What records tell is told of whole days: until the last midnight, or where they do not reach it the last month.
    """
    if target.metric != RECORDED:
        return figure_of(service, target, start, until), until
    zone = ZoneInfo(service.settings.site(target.site).time_zone)
    today = datetime.fromtimestamp(until, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [int(one.timestamp()) for one in (today, today.replace(day=1))]
    told = [(figure_of(service, target, start, end), end) for end in ends if end > start]
    known = next((one for one in told if one[0].value is not None), None)
    return known or (told[0] if told else (figure_of(service, target, start, until), until))


def new_year(year: int, zone: ZoneInfo) -> int:
    """Return when a year begins [UTC s]."""
    return int(datetime(year, 1, 1, tzinfo=zone).timestamp())


def begun(target: Target, so_far: Kpi, *, baseline: float | None, year: int, until: int) -> Row:
    """Return what a target's row holds whatever is known of its end: a budget has the amount of all its years.

    Args:
        target: the target.
        so_far: its figure up to `until`.
        baseline: where it starts from; None where nobody knows, of a budget any number.
        year: the present year.
        until: the edge of what is booked [UTC s].
    """
    first = year if target.budget_from_year is None else target.budget_from_year
    return {
        "id": target.id,
        "site": target.site,
        "metric": target.metric,
        "unit": so_far.unit,
        "baseline_year": target.baseline_year,
        "baseline": None if target.baseline_year is None else baseline,
        "target_year": target.target_year,
        "goal": None if baseline is None else goal(target, baseline=baseline),
        "year": year,
        "years": str(first)
        if target.budget_from_year in {None, target.target_year}
        else f"{first}-{target.target_year}",
        "allowed": None if baseline is None else allowed(target, baseline=baseline, year=year),
        "so_far": so_far.value,
        "so_far_until": iso(until),
        "source": target.source,
        "reason_of_change": target.reason,
        "model": None,
    }
