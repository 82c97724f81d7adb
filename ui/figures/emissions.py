"""Emissions of bought electricity, of scope 2 and 3: which factor stands for which part of the period (design 4.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from analytics.carbon import NAME, UNIT, emissions_location_hourly_kgco2e, emissions_location_kgco2e
from analytics.kpi import summed, without
from analytics.market import NAME as NAME_MARKET
from analytics.market import emissions_market_kgco2e
from analytics.upstream import NAME as NAME_UPSTREAM
from analytics.upstream import emissions_upstream_kgco2e
from config.errors import FactorMissing
from config.factors.lookup import grid_factor
from config.factors.residual import absent, optional_factor, residual_factor
from ui.books.overheads import disclosed
from ui.figures.burnt import BURNT

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from config.factors.tables import Factor, Scope
    from ui.figures.site import Question

INTENSITY = "grid_intensity"


def emissions(question: Question) -> Kpi:
    """Emissions of bought electricity: hour by hour where the site names an intensity, else by the factor of each year.

    Without a factor there is no figure; the reason says which one is missing and where to get it.
    """
    return _alone(_summed([_of_one_year(part, year) for part, year in question.years], question), question)


def emissions_market(question: Question) -> Kpi:
    """Market-based emissions of bought electricity: contracts first, then the residual mix or the location factor.

    Contracts are matched over each calendar year of the period apart; surplus of one is not carried into another.
    """
    return _alone(_summed([_market_of_one_year(part, year) for part, year in question.years], question), question)


def emissions_upstream(question: Question) -> Kpi:
    """Scope 3 category 3 of bought electricity, by the upstream factor and the grid losses of each year."""
    return _summed([_upstream_of_one_year(part, year) for part, year in question.years], question)


def _upstream_of_one_year(question: Question, year: int) -> Kpi:
    site, files = question.site, question.service.settings.factors.files
    scopes: tuple[Scope, ...] = ("upstream", "grid_loss")
    found = {scope: side_factor(question, year, scope) for scope in scopes}
    lacking = [absent(site.zone, year, scope) for scope, (factor, _) in found.items() if factor is None]
    try:
        location, told = grid_factor(site.zone, year, policy=site.factor_year, files=files)
    except FactorMissing as error:
        lacking.append(str(error).rstrip("."))
    (upstream, about), (loss, lost) = found["upstream"], found["grid_loss"]
    if lacking or upstream is None or loss is None:
        return without(question.bought, name=NAME_UPSTREAM, unit=UNIT, reason="; ".join(lacking))
    return emissions_upstream_kgco2e(
        energy=question.bought, upstream=upstream, loss=loss, location=location, notes=(about, lost, told)
    )


def side_factor(question: Question, year: int, scope: Scope) -> tuple[Factor | None, str]:
    """An average factor of the site's zone that stands beside the direct one, by the site's year policy."""
    site, files = question.site, question.service.settings.factors.files
    return optional_factor(site.zone, year, basis="average", scope=scope, policy=site.factor_year, files=files)


def _summed(parts: list[Kpi], question: Question) -> Kpi:
    return parts[0] if len(parts) == 1 else summed(parts, site=question.site.id)


def _alone(figure: Kpi, question: Question) -> Kpi:
    """Say that bought heat and cooling are not in the figure, where the site names any: they have no factor."""
    others = ", ".join(carrier for carrier in question.site.carriers if carrier not in BURNT)
    told = f"{figure.method}; of electricity alone, {others} is in no figure of emissions"
    return replace(figure, method=told) if others else figure


def _market_of_one_year(question: Question, year: int) -> Kpi:
    site, files = question.site, question.service.settings.factors.files
    residual, note = residual_factor(site.zone, year, policy=site.factor_year, files=files)
    try:
        location, about = grid_factor(site.zone, year, policy=site.factor_year, files=files)
    except FactorMissing as error:
        if residual is None:
            return without(question.bought, name=NAME_MARKET, unit=UNIT, reason=str(error))
        location, about = None, ""
    told = note if residual else about
    return emissions_market_kgco2e(
        energy=question.bought, claims=question.claims, residual=residual, location=location, note=told
    )


def _of_one_year(question: Question, year: int) -> Kpi:
    try:
        return _hourly(question, year) if question.site.hourly_intensity else _yearly(question, year)
    except FactorMissing as error:
        return without(question.bought, name=NAME, unit=UNIT, reason=str(error))


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
        yearly_gco2e_per_kwh=of_the_year(question, year),
        config_hash=question.service.config_hash,
    )
    return disclosed(found, question.eras)


def of_the_year(question: Question, year: int) -> float | None:
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
