"""Which factor fits: look-up by zone, year and basis, with a year policy printed beside the figure (design 4.8).

There is no silent fallback: a province never takes its country's factor, a life-cycle row never fills scope 2, and
another year is taken only where the site's policy says so, with a note. No factor, no figure: `FactorMissing` says
which, for what, and where to get it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from config.errors import ConfigError, FactorMissing
from config.factors.tables import (
    LEAST_G_PER_KWH,
    Basis,
    Factor,
    Scope,
    canonical_zone,
    own_factors,
    publishers,
    shipped_factors,
)
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from config.site import Settings

__all__ = ["Factor", "MissingFactor", "grid_factor", "intensity_factor", "missing_factors", "zone_factors"]

YearPolicy = Literal["same", "latest_published", "provisional"]

TINY = f"below {LEAST_G_PER_KWH:g} gCO2e/kWh: check that its unit is not kg"
SCOPE_2 = "location-based scope 2"
ALIASED_LENGTH = 3  # ISO 3166 alpha-3


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFactor:
    """A factor that a figure of a site needs and no table has."""

    site: str
    zone: str
    year: int
    needed_for: str
    reason: str
    where_to_get: str


def grid_factor(zone: str, year: int, *, policy: YearPolicy, files: Sequence[Path] = ()) -> tuple[Factor, str]:
    """Return the direct average factor of a zone for location-based scope 2.

    Args:
        zone: zone as in the site file (`DE`, `DEU`, `CN-GD`, `US-ERCT`).
        year: the calendar year of the activity, in the site's local time.
        policy: `same` takes that year only; `latest_published` takes that year or else the latest one before it;
            `provisional` does the same and says that the figure will be restated.
        files: the company's own tables (`settings.factors.files`); their rows stand before the shipped ones.

    Returns:
        The factor, and what the policy did in words: empty where the year matched.

    Raises:
        FactorMissing: no row fits; the sentence says which, for what, and where to get it.
        ConfigError: an own table has mistakes.
    """
    found = _by_year(zone_factors(zone, files=files), basis="average", scope="direct")
    factor = found.get(year) if policy == "same" else _latest(found, year)
    if factor is None:
        raise FactorMissing(_missing_sentence(zone, year, policy=policy, files=files))
    return factor, _note(factor, year, policy)


def intensity_factor(zone: str, year: int, *, files: Sequence[Path] = ()) -> tuple[Factor, str]:
    """Return the life-cycle average factor of a zone: for intensities only, never for scope 2.

    The year is that of the activity or else the latest one before it, which the note then says.

    Raises:
        FactorMissing: no life-cycle row of the zone is that old.
        ConfigError: an own table has mistakes.
    """
    factor = _latest(_by_year(zone_factors(zone, files=files), basis="average", scope="life_cycle"), year)
    if factor is None:
        name = canonical_zone(zone)
        msg = f"No life-cycle factor of {name} for {year} or before: add a row to a table under [factors]."
        raise FactorMissing(msg)
    note = "" if factor.year == year else f"factor of {factor.year} for {year}"
    return factor, f"intensity only (life-cycle){'; ' if note else ''}{note}"


def zone_factors(zone: str, *, files: Sequence[Path] = ()) -> tuple[Factor, ...]:
    """Return all rows of a zone, the company's own before the shipped ones they replace, by id.

    Raises:
        ConfigError: an own table has mistakes, or two of them speak of the same: none is chosen in silence.
    """
    name = canonical_zone(zone)
    told = [(file, factor) for file in files for factor in own_factors(file) if factor.zone == name]
    _refuse_rivals(told)
    own = [factor for _, factor in told]
    replaced = {(factor.year, factor.basis, factor.scope) for factor in own}
    shipped = [factor for factor in shipped_factors() if factor.zone == name]
    kept = [factor for factor in shipped if (factor.year, factor.basis, factor.scope) not in replaced]
    return tuple(sorted([*own, *kept], key=lambda factor: factor.id))


def _refuse_rivals(told: Sequence[tuple[Path, Factor]]) -> None:
    first: dict[tuple[int, str, str], tuple[Path, Factor]] = {}
    for file, factor in told:
        of = (factor.year, factor.basis, factor.scope)
        other, held = first.setdefault(of, (file, factor))
        if held is not factor:
            msg = (
                f'{file.name}: "{factor.id}" is of the same zone, year, basis and scope as "{held.id}" '
                f"of {other.name}: remove one row"
            )
            raise ConfigError(msg)


def missing_factors(settings: Settings, years: Iterable[int]) -> list[MissingFactor]:
    """Return what `wattlas factors missing` lists: every site and year without a factor for location-based scope 2."""
    found = []
    for year in years:
        for site in settings.sites:
            try:
                grid_factor(site.zone, year, policy=site.factor_year, files=settings.factors.files)
            except FactorMissing as error:
                zone = canonical_zone(site.zone)
                found.append(
                    MissingFactor(
                        site=site.id,
                        zone=zone,
                        year=year,
                        needed_for=SCOPE_2,
                        reason=str(error),
                        where_to_get=_publisher(zone),
                    )
                )
    return found


def _by_year(factors: Iterable[Factor], *, basis: Basis, scope: Scope) -> dict[int, Factor]:
    return {factor.year: factor for factor in factors if factor.basis == basis and factor.scope == scope}


def _latest(found: dict[int, Factor], year: int) -> Factor | None:
    return found.get(max((each for each in found if each <= year), default=0))


def _note(factor: Factor, year: int, policy: YearPolicy) -> str:
    words = [_of_year(factor, year, policy)]
    words += [TINY] if factor.value < LEAST_G_PER_KWH else []
    return "; ".join(word for word in words if word)


def _of_year(factor: Factor, year: int, policy: YearPolicy) -> str:
    if factor.year == year:
        return ""
    if policy == "provisional":
        return f"provisional: factor of {factor.year} until that of {year} is published, then restated"
    return f"factor of {factor.year}, the latest published for {year}"


def _missing_sentence(zone: str, year: int, *, policy: YearPolicy, files: Sequence[Path]) -> str:
    name = canonical_zone(zone)
    factors = zone_factors(zone, files=files)
    direct = sorted(_by_year(factors, basis="average", scope="direct"))
    life_cycle = sorted(_by_year(factors, basis="average", scope="life_cycle"))
    held = "the tables have no row of it"
    if direct:
        held = f"the tables have {listed(map(str, direct))}"
    elif life_cycle:
        held = f"the tables have life-cycle rows only ({listed(map(str, life_cycle))}), which are for intensities"
    older = [each for each in direct if each <= year]
    choice = ' or set factor_year = "latest_published"' if policy == "same" and older else ""
    return (
        f"No direct average factor of {name} for {year} ({SCOPE_2}): {held}; "
        f"enter the one of {_publisher(name)} in a table under [factors]{choice}."
    )


def _publisher(zone: str) -> str:
    country = zone if len(zone) == ALIASED_LENGTH else canonical_zone(zone[:2])
    return publishers().get(country, "the national authority or grid operator")
