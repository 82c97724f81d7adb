"""What a report says of steering: targets with their year, measures with what they saved, and what was alarmed.

All of it as it stood when the period ended, so that the same books give the same report on any later day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ui.format import iso
from ui.plan.curve import measure_rows
from ui.plan.status import plan_of
from ui.plan.steps import milestone_rows
from ui.plan.verify import verify_rows

if TYPE_CHECKING:
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
TARGET: Final = ("id", "metric", "unit", "target_year", "goal", "year", "allowed", "so_far", "expected", "low_80")
TARGET_MORE: Final = (
    *("years", "high_80", "probability", "probability_with_measures", "status", "reason", "source", "left", "runs_out"),
    *("target_year_probability", "target_year_reason"),
)
MEASURE: Final = ("measure", "title", "basis", "state", "saves_kwh", "saves_tco2e", "npv", "currency", "reason")
SAVING: Final = ("measure", "days", "saved_kwh", "low_kwh", "high_kwh", "promised_low_kwh", "promised_high_kwh")
EVENTS: Final = ("non_routine", "days_left_out")
MILESTONE: Final = ("id", "title", "step", "due", "owner", "state", "standing", "note")
TOLD: Final = "firing"


def steering(service: Service, site: Site, start: int, end: int) -> Row:
    """Return a site's targets, measures, savings, milestones and incidents by name, as they stood at `end` [UTC s]."""
    then = min(end, int(service.now()))
    past = service.at(then)
    return {
        "targets": [_of(row, *TARGET, *TARGET_MORE) for row in plan_of(past, only=site.id).rows],
        "measures": [_of(row, *MEASURE) for row in measure_rows(past, site=site.id)],
        "savings": [_of(row, *SAVING, *EVENTS, "reason") for row in verify_rows(past, site=site.id)],
        "milestones": [_of(row, *MILESTONE) for row in milestone_rows(past, site=site.id)],
        "incidents": incidents(service, site, start, end),
    }


def incidents(service: Service, site: Site, start: int, end: int) -> list[Row]:
    """Return each alert of a site that began in [start, end) UTC seconds, with its end where that was told."""
    events = service.stores.state.alerts.events()
    ends = {one.incident: one.at for one in events if one.word == "resolved"}
    return [
        {
            "at": iso(one.at),
            "ended": iso(ends[one.incident]) if one.incident in ends else None,
            "rule": one.rule,
            "severity": one.severity,
            "title": one.title,
        }
        for one in events
        if one.word == TOLD and start <= one.at < end and any(_of_site(subject, site.id) for subject in one.subjects)
    ]


def _of_site(subject: str, site: str) -> bool:
    return subject == site or subject.startswith(f"{site}/")


def _of(row: Row, *names: str) -> Row:
    return {name: row.get(name) for name in names}
