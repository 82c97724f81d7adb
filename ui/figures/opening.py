"""When a site opened: a period begins for it where its points begin, and nothing earlier is missing of a ratio.

A site is open from the first `valid_from` of its points on. Where one point is without a beginning it was always there,
and what was not read is missing: silence opens nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ui.books.windows import ceil_cell

if TYPE_CHECKING:
    from analytics.boundary import Era
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.figures.site import Question
    from ui.service import Service


def opened(service: Service, site: str) -> int:
    """The instant [UTC s] at which the first point of a site began; 0 where one was always there, or none is."""
    return min((point.valid_from or 0 for point in service.settings.points if point.site == site), default=0)


def opening_day(service: Service, site: Site) -> int:
    """The midnight [UTC s] of the local day on which a site opened; 0 where it was always there."""
    first = opened(service, site.id)
    local = datetime.fromtimestamp(first, ZoneInfo(site.time_zone))
    return int(local.replace(hour=0, minute=0, second=0).timestamp()) if first else 0


def operated(question: Question) -> tuple[Era, ...]:
    """The trees of the part of a period in which the site was open, from the ledger's first whole cell on.

    All of the period where the site did not open within it: one that never opened in it has only missing time.
    """
    first = ceil_cell(opened(question.service, question.site.id))
    if not question.start < first < question.end:
        return question.eras
    return tuple(replace(era, start=max(era.start, first)) for era in question.eras if era.end > first)


def since(figure: Kpi, question: Question) -> Kpi:
    """The figure of a question, saying so where it is of a later part alone: that since the site opened."""
    if figure.start <= question.start:
        return figure
    local = datetime.fromtimestamp(figure.start, ZoneInfo(question.site.time_zone))
    return replace(figure, method=f"{figure.method}; since {local:%Y-%m-%d %H:%M}, when the site opened")
