"""Location-based emissions of a site: which factor stands for which part of the period (design 4.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.carbon import NAME, UNIT, emissions_location_hourly_kgco2e, emissions_location_kgco2e
from analytics.energy import summed
from analytics.legs import leaves
from config.errors import FactorMissing
from config.factors import grid_factor

if TYPE_CHECKING:
    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from ui.figures import Question

INTENSITY = "grid_intensity"


def emissions(question: Question) -> Kpi:
    """Emissions of bought electricity: hour by hour where the site names an intensity, else by the factor of each year.

    Without a factor there is no figure; the reason says which one is missing and where to get it.
    """
    parts = [_of_one_year(replace(question, start=a, end=b), year) for a, b, year in _years(question)]
    return parts[0] if len(parts) == 1 else summed(parts, site=question.site.id)


def _of_one_year(question: Question, year: int) -> Kpi:
    try:
        return _hourly(question) if question.site.hourly_intensity else _yearly(question, year)
    except FactorMissing as error:
        bought = question.energy("energy", "utility points", _bought)
        return replace(
            bought,
            name=NAME,
            unit=UNIT,
            value_reported=None,
            value_measured=None,
            low=None,
            high=None,
            reason=str(error),
        )


def _yearly(question: Question, year: int) -> Kpi:
    files = question.service.settings.factors.files
    factor, note = grid_factor(question.site.zone, year, policy=question.site.factor_year, files=files)
    return emissions_location_kgco2e(
        energy=question.energy("energy", "utility points", _bought), factor=factor, note=note
    )


def _hourly(question: Question) -> Kpi:
    named = question.site.hourly_intensity
    assert named is not None  # noqa: S101 - the caller asked
    intensity = question.service.ledger(
        start=question.start, end=question.end, points=[named.point], metrics=[INTENSITY]
    )
    return emissions_location_hourly_kgco2e(
        question.tables(lambda tree: leaves(tree.units(_bought(tree)))),
        question.eras,
        pick=_bought,
        intensity=intensity,
        zone=question.site.zone,
        site=question.site.id,
        basis=f"{named.basis}, {named.scope}",
        config_hash=question.service.config_hash,
    )


def _bought(tree: Tree) -> tuple[str, ...]:
    return tree.purchased


def _years(question: Question) -> list[tuple[int, int, int]]:
    """The period cut at the site's own new years: start, end and year of each part."""
    zone = ZoneInfo(question.site.time_zone)
    first = datetime.fromtimestamp(question.start, UTC).astimezone(zone).year
    last = datetime.fromtimestamp(question.end - 1, UTC).astimezone(zone).year
    edges = [int(datetime(year, 1, 1, tzinfo=zone).timestamp()) for year in range(first + 1, last + 1)]
    cuts = pairwise([question.start, *edges, question.end])
    return [(a, b, year) for (a, b), year in zip(cuts, range(first, last + 1), strict=True)]
