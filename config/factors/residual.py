"""Factors beside the location-based one: residual mixes (market-based scope 2), upstream, losses and water of a kWh.

A residual mix is what is left of a grid once all claims are taken out (GHG Protocol).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.factors.lookup import MissingFactor, YearPolicy, missing_factors, zone_factors
from config.factors.tables import UNITS, canonical_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from config.factors.tables import Basis, Factor, Scope
    from config.site import Settings, Site

RESIDUAL_PUBLISHER = "AIB European Residual Mixes for its members, else the issuing body of the market's certificates"
RESIDUAL_PUBLISHERS = {
    "CHN": "Ministry of Ecology and Environment: average without market-traded non-fossil electricity",
    "CN": "no provincial residual mix is published",
    "USA": "Green-e residual mix by eGRID subregion",
    "US": "Green-e residual mix by eGRID subregion",
}

NAMES: Mapping[Scope, str] = {
    "direct": "direct factor",
    "life_cycle": "life-cycle factor",
    "upstream": "upstream factor",
    "grid_loss": "grid loss share",
    "water": "water factor",
}
NEEDS: Mapping[Scope, str] = {
    "upstream": "scope 3 category 3 (upstream of bought electricity)",
    "grid_loss": "scope 3 category 3 (transmission and distribution)",
    "water": "WUE with source water",
}
WHERE: Mapping[Scope, str] = {
    "upstream": "the authority that publishes well-to-tank factors of electricity, else IEA",
    "grid_loss": "the grid operator, the energy regulator, or IEA and World Bank statistics of losses",
    "water": "WRI's guidance on water embedded in purchased electricity, or the grid's own study",
}


def residual_factor(
    zone: str, year: int, *, policy: YearPolicy, files: Sequence[Path] = ()
) -> tuple[Factor | None, str]:
    """Return the direct residual factor of a zone by the site's year policy, and what that did in words.

    None where no table has one: the location factor then stands for what no contract covers, and that is disclosed.
    A residual mix of `latest_published` is at most that of the year.

    Raises:
        ConfigError: an own table has mistakes.
    """
    return optional_factor(zone, year, basis="residual", scope="direct", policy=policy, files=files)


def optional_factor(
    zone: str, year: int, *, basis: Basis, scope: Scope, policy: YearPolicy, files: Sequence[Path] = ()
) -> tuple[Factor | None, str]:
    """Return a factor that no table may have, by the site's year policy, and what that did in words; None without one.

    Raises:
        ConfigError: an own table has mistakes.
    """
    rows = zone_factors(zone, files=files)
    found = {factor.year: factor for factor in rows if factor.basis == basis and factor.scope == scope}
    fitting = [each for each in found if each == year or (policy != "same" and each < year)]
    if not fitting:
        return None, ""
    chosen = found[max(fitting)]
    name = NAMES[scope] if basis == "average" else "residual mix"
    note = "" if chosen.year == year else f"{name} of {chosen.year} for {year}"
    return chosen, f"{note}{', provisional' if note and policy == 'provisional' else ''}"


def absent(zone: str, year: int, scope: Scope) -> str:
    """Return the sentence that says which of `NEEDS` a figure lacks, and where to get it."""
    name = canonical_zone(zone)
    return (
        f"no {NAMES[scope]} of {name} for {year}: enter that of {WHERE[scope]} in a table under [factors], "
        f"scope {scope}, unit {next(iter(UNITS[scope]))}"
    )


def all_missing(settings: Settings, years: Iterable[int]) -> list[MissingFactor]:
    """Return every factor that a figure of a site needs and no table has.

    Location-based scope 2 first, then residual mixes, upstream and loss factors of scope 3, water of the mix. Without a
    residual mix there is still a market-based figure, with the location factor and a note that says so.
    """
    years = list(years)
    found = missing_factors(settings, years)
    for year in years:
        for site in settings.sites:
            residual, _ = residual_factor(site.zone, year, policy=site.factor_year, files=settings.factors.files)
            if residual is None:
                zone = canonical_zone(site.zone)
                found.append(
                    MissingFactor(
                        site=site.id,
                        zone=zone,
                        year=year,
                        needed_for="market-based scope 2 (residual mix)",
                        reason="no table has one: the location factor stands in, and the figure says so",
                        where_to_get=RESIDUAL_PUBLISHERS.get(zone.partition("-")[0], RESIDUAL_PUBLISHER),
                    )
                )
            found += _beside(settings, site, year)
    return found


def _beside(settings: Settings, site: Site, year: int) -> Iterator[MissingFactor]:
    for scope, needed_for in NEEDS.items():
        files, policy = settings.factors.files, site.factor_year
        factor, _ = optional_factor(site.zone, year, basis="average", scope=scope, policy=policy, files=files)
        if factor is None:
            yield MissingFactor(
                site=site.id,
                zone=canonical_zone(site.zone),
                year=year,
                needed_for=needed_for,
                reason=absent(site.zone, year, scope),
                where_to_get=WHERE[scope],
            )
