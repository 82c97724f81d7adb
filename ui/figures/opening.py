"""When a site opened and closed: a period is for it what lies between, and nothing beyond is missing of a ratio.

A site is open from the first `valid_from` of its points on, until the last `valid_to`. Where one point is without a
beginning it was always there, where one is without an end it still is, and what was not read is missing: silence opens
and closes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ui.books.windows import ceil_cell, floor_cell

if TYPE_CHECKING:
    from analytics.boundary import Era
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.figures.site import Question
    from ui.service import Service


FOREVER: Final = 1 << 62
OF_TIME: Final = ("emissions_location_kgco2e", "emissions_market_kgco2e")  # beside energies: amounts of what meters see


def opened(service: Service, site: str) -> int:
    """The instant [UTC s] at which the first point of a site began; 0 where one was always there, or none is."""
    return min((point.valid_from or 0 for point in service.settings.points if point.site == site), default=0)


def closed(service: Service, site: str) -> int:
    """The instant [UTC s] at which the last point of a site ended; `FOREVER` where one goes on, or none is."""
    ends = (point.valid_to for point in service.settings.points if point.site == site)
    return max((FOREVER if end is None else end for end in ends), default=FOREVER)


def open_days(service: Service, site: Site) -> tuple[int, int]:
    """The midnights [UTC s] that begin a site's first local day and end its last; 0 and `FOREVER` where it has none."""
    zone, first, last = ZoneInfo(site.time_zone), opened(service, site.id), closed(service, site.id)
    begin = datetime.fromtimestamp(first, zone).replace(hour=0, minute=0, second=0)
    if last == FOREVER:
        return int(begin.timestamp()) if first else 0, FOREVER
    final = datetime.fromtimestamp(last - 1, zone).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return int(begin.timestamp()) if first else 0, int(final.timestamp())


def operated(question: Question) -> tuple[Era, ...]:
    """The trees of the part of a period in which the site was open, by whole cells of the ledger.

    All of the period where the site neither opened nor closed within it: one that was never open in it has only missing
    time.
    """
    first = ceil_cell(opened(question.service, question.site.id))
    last = floor_cell(closed(question.service, question.site.id))
    start = first if question.start < first < question.end else question.start
    end = last if start < last < question.end else question.end
    if (start, end) == (question.start, question.end):
        return question.eras
    ours = (era for era in question.eras if era.end > start and era.start < end)
    return tuple(replace(era, start=max(era.start, start), end=min(era.end, end)) for era in ours)


def since(figure: Kpi, question: Question) -> Kpi:
    """The figure of a question, saying so where it is of a part alone: that between the site's opening and closing."""
    amount = figure.name.endswith("energy_kwh") or figure.name in OF_TIME
    part = (question.operated[0].start, question.operated[-1].end) if amount else (figure.start, figure.end)
    zone = ZoneInfo(question.site.time_zone)
    first, last = (f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}" for at in part)
    words = [f"since {first}, when the site opened"] if part[0] > question.start else []
    words += [f"until {last}, when the site closed"] if part[1] < question.end else []
    return replace(figure, method="; ".join([figure.method, *words])) if words else figure
