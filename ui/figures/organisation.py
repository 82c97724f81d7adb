"""Figures of the company and its entities, by scope: from the sites' own periods and the organisation's holdings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from analytics.biogenic import BIOGENIC
from analytics.consolidation import COMPANY, consolidated, excluded, parts
from analytics.kpi import without
from config.errors import InputError
from config.reading.wording import remedy
from ui.access.part import refuse_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.consolidation import Part
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.service import Service

Spans = list[tuple["Site", int, int]]

HOSTED: Final = "by its holding this site's electricity is of scope 3: scope_3_hosted of the company has it"
PARTLY: Final = "by its holdings a part of this site's electricity is of scope 3: scope_2 of the company has the rest"

COMPANY_BIOGENIC: Final = "biogenic_kgco2"

# name -> unit, figure of a site, scope of electricity that it speaks of (None: fuel and refrigerant)
FIGURES: Final[Mapping[str, tuple[str, str, int | None]]] = {
    "scope_1_kgco2e": ("kgCO2e", "emissions_scope_1_kgco2e", None),
    COMPANY_BIOGENIC: ("kgCO2", BIOGENIC, None),
    "scope_2_energy_kwh": ("kWh", "bought_energy_kwh", 2),
    "scope_2_location_kgco2e": ("kgCO2e", "emissions_location_kgco2e", 2),
    "scope_2_market_kgco2e": ("kgCO2e", "emissions_market_kgco2e", 2),
    "scope_3_hosted_energy_kwh": ("kWh", "bought_energy_kwh", 3),
    "scope_3_hosted_location_kgco2e": ("kgCO2e", "emissions_location_kgco2e", 3),
    "scope_3_hosted_market_kgco2e": ("kgCO2e", "emissions_market_kgco2e", 3),
}


def company_figures(service: Service, spans: Spans, *, entity: str | None = None) -> list[Kpi]:
    """Return the company's figures, or those of one entity, from each site's own period (design 4.10).

    Raises:
        InputError: the site file has no organisation, or no such entity (NotAllowed: some sites cannot be seen).
    """
    refuse_part(service, "a figure of the company")
    organisation = service.settings.organisation
    if organisation is None:
        msg = "the site file has no [organisation]: write the approach, the entities and what each site is to them"
        raise InputError(msg)
    if entity is not None and organisation.entity(entity) is None:
        ids = [one.id for one in organisation.entities]
        msg = f'"{entity}" is no entity of [organisation]; {remedy(entity, ids)}'
        raise InputError(msg)
    boundary = _boundary(service, spans, entity)
    return [_company_figure(service, boundary, name) for name in FIGURES]


def hosted(service: Service, site: Site, *, start: int, end: int) -> str | None:
    """Say why not all electricity of a site is of scope 2, by its holdings; None where it is, or it has none."""
    organisation = service.settings.organisation
    found = parts(organisation, site=site.id, start=start, end=end)[0] if organisation else []
    scopes = {part.scope for part in found}
    if 3 not in scopes:  # noqa: PLR2004 - a scope
        return None
    return PARTLY if len(scopes) > 1 else HOSTED


def company_parts(service: Service, spans: Spans, name: str) -> list[tuple[Kpi, float]]:
    """Return the sites' figures that one of the company is the sum of, each with the share of it that counts."""
    return _weighed(service, _boundary(service, spans, None).parts, name)


def _boundary(service: Service, spans: Spans, entity: str | None) -> _Boundary:
    organisation = service.settings.organisation
    assert organisation is not None  # noqa: S101 - who asks has one
    found: list[Part] = []
    lacking: list[str] = []
    for site, start, end in spans:
        of_site, reason = parts(organisation, site=site.id, start=start, end=end, entity=entity)
        found += of_site
        lacking += [reason] if reason else []
    return _Boundary(
        of=entity or COMPANY,
        start=min(start for _, start, _ in spans),
        end=max(end for _, _, end in spans),
        parts=tuple(found),
        lacking="; ".join(lacking),
    )


@dataclass(frozen=True)
class _Boundary:
    """Of whom the figures are, over which time, with the pieces of sites in it, and what it lacks."""

    of: str
    start: int
    end: int
    parts: tuple[Part, ...]
    lacking: str


def _company_figure(service: Service, boundary: _Boundary, name: str) -> Kpi:
    unit, _, scope = FIGURES[name]
    organisation = service.settings.organisation
    assert organisation is not None  # noqa: S101 - company_figures asked for it
    told = [organisation.approach, *excluded(organisation, start=boundary.start, end=boundary.end)]
    told += [f"{one.site} is not controlled" for one in boundary.parts if scope is None and not one.control]
    figure = consolidated(
        [] if boundary.lacking else _weighed(service, boundary.parts, name),
        name=name,
        unit=unit,
        of=boundary.of,
        start=boundary.start,
        end=boundary.end,
        told=told,
    )
    figure = replace(figure, config_hash=service.config_hash)
    return without(figure, name=name, unit=unit, reason=boundary.lacking) if boundary.lacking else figure


def _weighed(service: Service, found: Sequence[Part], name: str) -> list[tuple[Kpi, float]]:
    _, of_site, scope = FIGURES[name]
    if scope is None:
        return [(_figure(service, part, of_site), part.control) for part in found if part.control > 0]
    return [(_figure(service, part, of_site), part.weight) for part in found if part.scope == scope]


def _figure(service: Service, part: Part, name: str) -> Kpi:
    (figure,) = service.kpis(site=part.site, start=part.start, end=part.end, names=[name])
    return figure
