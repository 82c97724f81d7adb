"""Residual mixes: what is left of a grid once all claims are taken out; scope 2, market-based (GHG Protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.factor_tables import canonical_zone
from config.factors import MissingFactor, YearPolicy, missing_factors, zone_factors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from config.factor_tables import Factor
    from config.site import Settings

RESIDUAL_PUBLISHER = "AIB European Residual Mixes for its members, else the issuing body of the market's certificates"
RESIDUAL_PUBLISHERS = {
    "CHN": "Ministry of Ecology and Environment: average without market-traded non-fossil electricity",
    "CN": "no provincial residual mix is published",
    "USA": "Green-e residual mix by eGRID subregion",
    "US": "Green-e residual mix by eGRID subregion",
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
    rows = zone_factors(zone, files=files)
    found = {factor.year: factor for factor in rows if factor.basis == "residual" and factor.scope == "direct"}
    fitting = [each for each in found if each == year or (policy != "same" and each < year)]
    if not fitting:
        return None, ""
    chosen = found[max(fitting)]
    note = "" if chosen.year == year else f"residual mix of {chosen.year} for {year}"
    return chosen, f"{note}{', provisional' if note and policy == 'provisional' else ''}"


def all_missing(settings: Settings, years: Iterable[int]) -> list[MissingFactor]:
    """Return every factor that a figure of a site needs and no table has: location-based, then residual mixes.

    Without a residual mix there is still a market-based figure, with the location factor and a note that says so.
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
    return found
