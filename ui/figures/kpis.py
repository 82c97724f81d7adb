"""Figures by name: of a site over a period, or of a zone within it; approved estimates are told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.errors import InputError
from config.reading.wording import remedy
from ui.estimates.deciding import with_estimates
from ui.figures.named import BY_NAME_ALONE, FIGURES
from ui.figures.opening import since
from ui.figures.site import YEAR_S, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.kpi import Kpi
    from config.site import Site
    from ui.service import Service


def kpis(
    service: Service,
    site: Site,
    start: int,
    end: int,
    *,
    names: Iterable[str] | None = None,
    category: int | None = None,
) -> list[Kpi]:
    """Figures of one site, in the order of `FIGURES`; figures that depend on a category are in `category`.

    Without `names` all but those of `BY_NAME_ALONE`; a name that stands twice gives one figure.

    Raises:
        InputError: no figure has one of these names.
    """
    wanted = [name for name in FIGURES if name not in BY_NAME_ALONE] if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if name not in FIGURES:
            msg = f'"{name}" is no figure; {remedy(name, FIGURES)}'
            raise InputError(msg)
    question = Question(service, site, start, end, category or site.pue_category)
    found = [since(FIGURES[name](question), question) for name in wanted]
    looks_back = replace(question, start=question.end - YEAR_S) if "pue_12_months" in wanted else question
    estimates = looks_back.estimates
    if not estimates:
        return found
    bare = replace(question, read_alone=True)
    return [with_estimates(one, FIGURES[name](bare), estimates) for name, one in zip(wanted, found, strict=True)]


def zone_kpis(
    service: Service, site: Site, start: int, end: int, zone: Iterable[str], category: int | None
) -> list[Kpi]:
    """Partial PUE of a zone that some points alone feed, with the energies that enter it and that its IT takes.

    ISO/IEC 30134-2, derivatives: pPUE_z = E_z / E_z,IT.

    Raises:
        InputError: a point is not of the site.
    """
    points = tuple(service.settings.point(point).id for point in zone)
    foreign = [point for point in points if service.settings.point(point).site != site.id]
    if foreign:
        msg = f"{foreign[0]} is no point of site {site.id}: a zone lies within one site; name it with --site"
        raise InputError(msg)
    question = Question(service, site, start, end, category or site.pue_category, zone=points)
    what = f"zone fed by {', '.join(points)}"
    found = (replace(question.pue, name="ppue"), question.facility, question.it)
    return [replace(one, method=f"{what}; {one.method}") for one in found]
