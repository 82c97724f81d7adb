"""Milestones of the plan and its five steps: what is to be done by when, by whom, and what is late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from collectors.store.progress import milestone_key
from config.errors import InputError
from config.plan.steps import STEPS
from config.reading.wording import remedy
from ui.format import iso
from ui.plan.curve import measures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.progress import MeasureState, Step
    from config.plan.outlook import Milestone
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
AT_WORK: Final = frozenset({"started", "done"})


def milestone_rows(service: Service, *, site: str | None = None) -> list[Row]:
    """Return each milestone, soonest first: its state, and whether it was met in time, met late, is late or open."""
    newest = service.stores.state.progress.newest(until=service.now())
    own = [one for one in service.settings.plan.milestones if site in {None, one.site}]
    return [_row(service, one, newest.get(milestone_key(one.id))) for one in sorted(own, key=lambda one: one.due)]


def _row(service: Service, one: Milestone, step: Step | None) -> Row:
    state = step.state if step else "planned"
    return {
        "id": one.id,
        "site": one.site,
        "title": one.title,
        "step": one.step,
        "measure": one.measure,
        "due": one.due.isoformat(),
        "owner": one.owner,
        "state": state,
        "since": iso(step.at) if step else None,
        "standing": _standing(service, one, step),
        "actual_cost": step.cost if step else None,
        "note": step.note if step else "",
    }


def _standing(service: Service, one: Milestone, step: Step | None) -> str:
    """Say how a milestone stands; its day is over when that of the site's calendar is."""
    zone = ZoneInfo(service.settings.site(one.site).time_zone)
    if step is not None and step.state == "stopped":
        return "stopped"
    done = step is not None and step.state == "done"
    at = step.at if step is not None and done else service.now()
    after = datetime.fromtimestamp(at, zone).date() > one.due
    if done:
        return "met late" if after else "met"
    return "late" if after else "open"


def note_milestone(
    service: Service, name: str, *, state: MeasureState, cost: float | None, note: str, who: str
) -> Step:
    """Note how a milestone stands; the step is kept, with a line of the audit log.

    Raises:
        InputError: the site file has no such milestone, or `who` may not.
    """
    known = {one.id: one for one in service.settings.plan.milestones}
    service.allow("progress", who, sites=[one.site for one in known.values() if one.id == name])
    if name not in known:
        hint = remedy(name, known, otherwise=None if known else "add it under [[milestones]]")
        msg = f'"{name}" is no milestone of {service.settings.path.name}; {hint}'
        raise InputError(msg)
    currency = service.settings.site(known[name].site).currency
    return service.stores.state.progress.add(
        milestone_key(name), state=state, cost=cost, currency=currency, note=note, who=who, at=int(service.now())
    )


def step_rows(service: Service, *, site: str | None = None) -> list[Row]:
    """Return the five steps of each site's plan: what stands for each, how much of it is done, and what is late.

    A site without targets, measures and milestones has no plan and no rows.
    """
    rows = milestone_rows(service)
    states = {name: step.state for name, step in service.stores.state.progress.newest(until=service.now()).items()}
    sites = service.settings.sites if site is None else [service.settings.site(site)]
    return [row for one in sites for row in _of_site(service, one, rows, states)]


def _of_site(service: Service, site: Site, milestones: Sequence[Row], states: dict[str, MeasureState]) -> list[Row]:
    own = [row for row in milestones if row["site"] == site.id and row["standing"] != "stopped"]
    targets = [one for one in service.settings.targets if one.site == site.id and one.holds(int(service.now()))]
    measures = measures_of(service, site.id)
    if not own and not targets and not measures:
        return []
    contracts = [one for one in service.settings.contracts if site.id in one.sites]
    found = []
    for step in STEPS:
        of_step = [states.get(one.id, "planned") for one in measures if one.of_step == step]
        marks = [row for row in own if row["step"] == step]
        open_marks = [row for row in marks if row["standing"] in {"open", "late"}]
        found.append(
            {
                "site": site.id,
                "step": step,
                "targets": len(targets) if step == "assess" else None,
                "contracts": len(contracts) if step == "green energy" else None,
                "measures": len(of_step),
                "measures_at_work": sum(state in AT_WORK for state in of_step),
                "milestones": len(marks),
                "met": len(marks) - len(open_marks),
                "late": sum(row["standing"] == "late" for row in open_marks),
                "next_due": min((row["due"] for row in open_marks), default=None),
                "owners": ", ".join(dict.fromkeys(row["owner"] for row in open_marks)),
            }
        )
    return found
