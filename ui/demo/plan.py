"""What the demo company noted of its plan: one measure done, whose saving is in the simulated readings, and milestones.

Nothing here says what was saved: that is verified on the readings, as of any measure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from collectors.store.progress import milestone_key

if TYPE_CHECKING:
    from ui.service import Service

DONE: Final = {"fra1-fans": (61_500.0, "DEMO: drives of all fans at work")}  # measure: cost, note
MET: Final = {  # milestone: days before it was due, cost, note
    "fra1-baseline": (9, 4_200.0, "DEMO: signed without remarks"),
    "fra1-fans-driven": (12, None, "DEMO: taken over with the supplier"),
}


def note_progress(service: Service, start: int) -> None:
    """Note what is done by now and after `start` [UTC s], where nothing is noted of it yet."""
    settings, progress = service.settings, service.stores.state.progress
    noted, now = progress.newest(), int(service.now())
    found: list[tuple[str, str, str, int, float | None, str]] = [
        (one.id, one.site, one.owner, one.start, *DONE[one.id]) for one in settings.measures if one.id in DONE
    ]
    for mark in settings.plan.milestones:
        if mark.id in MET:
            before, cost, note = MET[mark.id]
            day = mark.due - timedelta(days=before)
            zone = ZoneInfo(settings.site(mark.site).time_zone)
            at = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp())
            found.append((milestone_key(mark.id), mark.site, mark.owner, at, cost, note))
    for name, site, who, at, cost, note in found:
        if start <= at <= now and name not in noted:
            currency = settings.site(site).currency
            progress.add(name, state="done", cost=cost, currency=currency, note=note, who=who, at=at)
