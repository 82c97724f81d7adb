"""What approved records say was burnt at a site, each with its factor, and what they leave unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from analytics.kpi import FactorUse
from analytics.recorded import REMEMBERED_DAYS, Burnt, Days, shared_days
from config.records.kinds import fuel_kinds, fuels_of, kind
from ui.figures.record_days import midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.records import Record
    from config.factors.fuels import Combustion
    from config.records.rows import Entry
    from ui.figures.site import Question

BURNT: Final = {  # carriers that are burnt on site, and the fuels of factors that speak of them
    "natural_gas": frozenset({"natural_gas"}),
    "fuel_oil": frozenset({"diesel", "diesel_stationary_commercial", "diesel_avg_biofuel_blend"}),
}


def burnt_of(question: Question, days: Days) -> list[tuple[Record, Burnt]]:
    """Return the approved records of fuel that touch the days of a question, each with what it says was burnt."""
    found = question.service.stores.state.records.standing(site=question.site.id, start=days.first, end=days.end)
    return [(one, _burnt(one, question, days)) for one in found if burns(one, days)]


def burns(record: Record, days: Days) -> bool:
    """Whether a record is of fuel, and of a day of the period."""
    one = record.entry
    return one.kind in fuel_kinds() and shared_days(start=one.start, end=one.end, days=days) > 0


def fuel_of(one: Entry, question: Question) -> Combustion | None:
    """Return the fuel that a record names; None where the site file has it no more, or in another unit."""
    return fuels_of(kind(one.kind), question.service.settings.factors.fuels).get(one.subject)


def lacking(question: Question, days: Days) -> list[str]:
    """Carriers and fuels that the site burns and of which no record speaks on all days of the period.

    The site file names carriers; a fuel of which a record spoke in the year before, or in the period, is burnt too from
    then on. Kinds of diesel are one. What the records of kind other_energy say is for the PUE: it has no factor.
    """
    told = _days_told(question, days)
    whole = range(days.first.toordinal(), days.end.toordinal())
    carriers = [one for one in question.site.carriers if one in BURNT and not told.get(one, set()).issuperset(whole)]
    return carriers + [
        fuel
        for fuel, of in sorted(told.items())
        if fuel not in question.site.carriers and not of.issuperset(range(max(min(of), whole.start), whole.stop))
    ]


def _days_told(question: Question, days: Days) -> dict[str, set[int]]:
    """The days, by carrier or fuel, of which a record speaks that stands in the period or in the year before."""
    since = days.first - timedelta(days=REMEMBERED_DAYS)
    told: dict[str, set[int]] = {}
    for record in question.service.stores.state.records.standing(site=question.site.id, start=since, end=days.end):
        one = record.entry
        if one.kind in fuel_kinds():
            factor = fuel_of(one, question)
            fuel = factor.fuel if factor else one.subject
            burnt = next((carrier for carrier, fuels in BURNT.items() if fuel in fuels), fuel)
            told.setdefault(burnt, set()).update(range(one.start.toordinal(), one.end.toordinal()))
    return told


def _profile(one: Entry, question: Question, days: Days) -> float | None:
    """Share of a bill's metered energy within the period, by the site's generators; None where these do not tell all.

    A gap of a meter is filled at its ceiling, which would move the bill to where nobody read.
    """
    whole_inside = days.first <= one.start and one.end <= days.end
    if whole_inside or one.end <= days.first or days.end <= one.start:
        return None
    zone = ZoneInfo(question.site.time_zone)
    span = (max(one.start, days.first), min(one.end, days.end)), (one.start, one.end)
    inside, whole = (
        replace(question, start=midnight(first, zone), end=midnight(end, zone), whole=None).energy(
            "energy", "generators", lambda tree: tree.topmost("genset")
        )
        for first, end in span
    )
    if inside.value is None or not whole.value or whole.missing > 0:
        return None
    return min(1.0, inside.value / whole.value)


def _burnt(record: Record, question: Question, days: Days) -> Burnt:
    one = record.entry
    fuel = fuel_of(one, question)
    burnt = Burnt(
        id=record.id,
        start=one.start,
        end=one.end,
        amount=one.amount or 0.0,
        factor=None,
        profile=_profile(one, question, days),
    )
    if fuel is None:
        unit = kind(one.kind).unit
        text = f"record {record.id} names the fuel {one.subject}, of which the site file has no factor per {unit}"
        return replace(burnt, unknown=f"{text}: put it back into [[factors.fuels]]")
    use = FactorUse(
        id=fuel.id,
        value=fuel.per_unit(),
        unit=f"kgCO2e/{fuel.over}",
        year=fuel.year,
        zone=fuel.zone,
        basis=f"direct, {fuel.gas}",
        source=fuel.source,
        note="; ".join(_notes(fuel, one)),
    )
    biogenic = fuel.biogenic_per_unit()
    if biogenic is None:
        return replace(burnt, factor=use)
    of_year = "; ".join(_of_year(fuel, one))
    beside = replace(use, value=biogenic, unit=f"kgCO2/{fuel.over}", basis="direct, biogenic CO2", note=of_year)
    return replace(burnt, factor=use, biogenic=beside)


def _notes(fuel: Combustion, one: Entry) -> Iterator[str]:
    if fuel.gas != "CO2e":
        yield "CO2 alone: CH4 and N2O are not in"
    if fuel.heating:
        yield f"of energy by {fuel.heating}"
    yield from _of_year(fuel, one)


def _of_year(fuel: Combustion, one: Entry) -> Iterator[str]:
    if fuel.year not in {None, one.start.year}:
        yield f"a factor of {fuel.year} for fuel of {one.start.year}"
