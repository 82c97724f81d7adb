"""Scope 2 of a site, location- and market-based: which factor stands for which part of the period (design 4.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from analytics.carbon import NAME, UNIT, emissions_location_hourly_kgco2e, emissions_location_kgco2e
from analytics.energy import summed
from analytics.market import NAME as NAME_MARKET
from analytics.market import emissions_market_kgco2e
from config.errors import FactorMissing
from config.factors import grid_factor
from config.residual import residual_factor
from ui.overheads import disclosed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from ui.figures import Question

INTENSITY = "grid_intensity"


def emissions(question: Question) -> Kpi:
    """Emissions of bought electricity: hour by hour where the site names an intensity, else by the factor of each year.

    Without a factor there is no figure; the reason says which one is missing and where to get it.
    """
    return _summed([_of_one_year(part, year) for part, year in question.years], question)


def emissions_market(question: Question) -> Kpi:
    """Market-based emissions of bought electricity: contracts first, then the residual mix or the location factor.

    Contracts are matched over each calendar year of the period apart; surplus of one is not carried into another.
    """
    return _summed([_market_of_one_year(part, year) for part, year in question.years], question)


def _summed(parts: list[Kpi], question: Question) -> Kpi:
    return parts[0] if len(parts) == 1 else summed(parts, site=question.site.id)


def _market_of_one_year(question: Question, year: int) -> Kpi:
    site, files = question.site, question.service.settings.factors.files
    residual, note = residual_factor(site.zone, year, policy=site.factor_year, files=files)
    try:
        location, about = grid_factor(site.zone, year, policy=site.factor_year, files=files)
    except FactorMissing as error:
        if residual is None:
            return _without(question, NAME_MARKET, str(error))
        location, about = None, ""
    told = note if residual else about
    return emissions_market_kgco2e(
        energy=question.bought, claims=question.claims, residual=residual, location=location, note=told
    )


def _of_one_year(question: Question, year: int) -> Kpi:
    try:
        return _hourly(question, year) if question.site.hourly_intensity else _yearly(question, year)
    except FactorMissing as error:
        return _without(question, NAME, str(error))


def _without(question: Question, name: str, reason: str) -> Kpi:
    return replace(
        question.bought,
        name=name,
        unit=UNIT,
        value_reported=None,
        value_measured=None,
        low=None,
        high=None,
        reason=reason,
    )


def _yearly(question: Question, year: int) -> Kpi:
    files = question.service.settings.factors.files
    factor, note = grid_factor(question.site.zone, year, policy=question.site.factor_year, files=files)
    return emissions_location_kgco2e(energy=question.bought, factor=factor, note=note)


def _hourly(question: Question, year: int) -> Kpi:
    named = question.site.hourly_intensity
    assert named is not None  # noqa: S101 - the caller asked
    intensity = question.service.ledger(
        start=question.start, end=question.end, points=[named.point], metrics=[INTENSITY]
    )
    found = emissions_location_hourly_kgco2e(
        question.entered_tables,
        question.eras,
        pick=_bought,
        intensity=intensity,
        zone=question.site.zone,
        site=question.site.id,
        basis=f"{named.basis}, {named.scope}",
        yearly_gco2e_per_kwh=_of_the_year(question, year),
        config_hash=question.service.config_hash,
    )
    return disclosed(found, question.eras)


def _of_the_year(question: Question, year: int) -> float | None:
    """The zone's yearly factor, which bounds hours without an intensity from below; None where no table has one."""
    files = question.service.settings.factors.files
    try:
        return grid_factor(question.site.zone, year, policy=question.site.factor_year, files=files)[0].value
    except FactorMissing:
        return None


def _bought(tree: Tree) -> tuple[str, ...]:
    return tree.purchased


def years(start: int, end: int, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """The period cut at a site's own new years: start, end and year of each part."""
    first = datetime.fromtimestamp(start, UTC).astimezone(zone).year
    last = datetime.fromtimestamp(end - 1, UTC).astimezone(zone).year
    edges = [int(datetime(year, 1, 1, tzinfo=zone).timestamp()) for year in range(first + 1, last + 1)]
    cuts = pairwise([start, *edges, end])
    return [(a, b, year) for (a, b), year in zip(cuts, range(first, last + 1), strict=True)]
