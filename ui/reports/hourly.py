"""Mean power of a site in each hour of a month, and what each of its figures is made of: sheets for an auditor."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from ui.figures.series import power_series
from ui.figures.site import Question
from ui.format import iso
from ui.tracing.figure import bearing
from ui.tracing.tables import FORMULAS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analytics.kpi import Kpi
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
HOUR_S: Final = 3600
USES: Final = ("it", "cooling", "losses", "lighting", "overhead", "other", "unsplit")


def hourly(service: Service, site: Site, start: int, end: int) -> Iterator[Row]:
    """Yield each booked hour of [start, end) [UTC s] with mean power [W] of facility and uses; a gap is None.

    The last one is shorter where a month is no whole number of hours: Lord Howe's clock goes back half an hour.
    """
    last = min(end, service.booked_until())
    if last <= start:
        return
    found = service.power_series(site.id, start, last, max_points=-(-(last - start) // HOUR_S))
    series = power_series(found, step_s=HOUR_S)
    facility = series.facility or [None] * len(series.times)
    for at, time in enumerate(series.times):
        uses = {f"{use}_w": found[use][1][at] for use in USES if use in series.uses}
        yield {"start": iso(time), "end": iso(min(time + HOUR_S, last)), "facility_w": facility[at], **uses}


def lineage(service: Service, site: Site, figures: Sequence[Kpi]) -> Iterator[Row]:
    """Yield for each figure its formula, its factors and the points that it reads, each with its role and time."""
    for figure in figures:
        for formula in FORMULAS[figure.name]:
            text = (inspect.getdoc(formula) or "").split("\n\n")[0]
            yield _row(figure, "formula", f"{formula.__module__}.{formula.__qualname__}", text)
        for use in figure.factors:
            yield _row(figure, "factor", use.id, f"{use.value:g} {use.unit}: {use.source}")
        question = Question(service, site, figure.start, figure.end, site.pue_category)
        for one in bearing(question, figure.name):
            spans = ", ".join(f"{iso(first)} to {iso(last)}" for first, last in one.spans)
            yield _row(figure, "point", one.point, f"{one.role}: {', '.join(one.metrics)}; {spans}")


def _row(figure: Kpi, kind: str, name: str, text: str) -> Row:
    return {"figure": figure.name, "kind": kind, "name": name, "text": text}
