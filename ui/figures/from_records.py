"""Figures that come from approved records of a site and period: scope 1, and facts that no meter gives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, cast
from zoneinfo import ZoneInfo

from analytics.eed_facts import Fact, Told, told
from analytics.embodied import Hardware, emissions_embodied_kgco2e
from analytics.kpi import FactorUse, without
from analytics.leaks import STOCK_DAYS, Move, leaks
from analytics.ratios import pue_mixed_of
from analytics.recorded import REMEMBERED_DAYS, WHOLE_DAYS, Burnt, Days, scope_1_of, shared_days
from analytics.relatives import GREEN_GRID_WEIGHTS, PLAIN_WEIGHTS
from analytics.scope1 import gwp100
from config.factors.fuels import refrigerants
from config.records.kinds import kg_per_litre, litre_fuels
from config.reports.eed import indicators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.kpi import Kpi
    from collectors.store.records import Record
    from config.factors.fuels import FuelFactor
    from config.records.rows import Entry
    from ui.figures.site import Question

GWP_SET: Final = "AR6"  # ESRS E1 AR 39(d): the latest
AR6_YEAR: Final = 2021  # of its first volume, which has them
REFRIGERANT = "refrigerant_"
BURNT: Final = {  # carriers that are burnt on site, and the fuels of factors that speak of them
    "natural_gas": frozenset({"natural_gas"}),
    "fuel_oil": frozenset({"diesel", "diesel_stationary_commercial", "diesel_avg_biofuel_blend"}),
}
ALL_ELECTRIC = "the site file names no carriers besides electricity: its PUE is pue"


def scope_1(question: Question) -> Kpi:
    """Scope 1 of the site from its approved records."""
    days = days_of(question)
    records, site = question.service.stores.state.records, question.site.id
    first, after = days.first - timedelta(days=STOCK_DAYS), days.end + timedelta(days=1)
    found = [one for one in records.standing(site=site, start=first, end=after) if _speaks(one, days)]
    waiting = records.waiting(site=site, start=days.first, end=after)
    return scope_1_of(
        burnt=[_burnt(one, question, days) for one in found if one.entry.kind == "fuel"],
        leaked=list(
            leaks(
                (_move(one) for one in found if one.entry.kind.startswith(REFRIGERANT)),
                days=days,
                factor=_gwp,
            )
        ),
        days=days,
        site=site,
        waiting=sum(_speaks(one, days) for one in waiting),
        lacking=_lacking(question, found, days),
        config_hash=question.service.config_hash,
    )


def burnt_of(question: Question, days: Days) -> list[tuple[Record, Burnt]]:
    """Return the approved records of fuel that touch the days of a question, each with what it says was burnt."""
    standing = question.service.stores.state.records.standing
    found = standing(kind="fuel", site=question.site.id, start=days.first, end=days.end + timedelta(days=1))
    return [(one, _burnt(one, question, days)) for one in found if _speaks(one, days)]


def _speaks(record: Record, days: Days) -> bool:
    """Whether a record is of scope 1 in the period: fuel of its days, refrigerant, and stocks up to its very end."""
    one = record.entry
    if one.kind == "fuel":
        return shared_days(start=one.start, end=one.end, days=days) > 0
    return one.kind == f"{REFRIGERANT}stock" or (
        one.kind.startswith(REFRIGERANT) and days.first <= one.start < days.end
    )


def _lacking(question: Question, found: list[Record], days: Days) -> list[str]:
    """Carriers and fuels that the site burns and of which no record speaks on all days of the period.

    The site file names carriers; a fuel of which a record spoke in the year before, or in the period, is burnt too from
    then on. Kinds of diesel are one.
    """
    named = [carrier for carrier in question.site.carriers if not _told_of(carrier, found, days)]
    standing = question.service.stores.state.records.standing
    since = days.first - timedelta(days=REMEMBERED_DAYS)
    told: dict[str, set[int]] = {}
    for record in standing(kind="fuel", site=question.site.id, start=since, end=days.end):
        one = record.entry
        fuel = litre_fuels()[one.subject].fuel
        burnt = next((carrier for carrier, fuels in BURNT.items() if fuel in fuels), fuel)
        told.setdefault(burnt, set()).update(range(one.start.toordinal(), one.end.toordinal()))
    whole = range(days.first.toordinal(), days.end.toordinal())
    return named + [
        fuel
        for fuel, of in sorted(told.items())
        if fuel not in question.site.carriers and not of.issuperset(range(max(min(of), whole.start), whole.stop))
    ]


def _told_of(carrier: str, found: list[Record], days: Days) -> bool:
    """Whether records of fuel speak of a carrier on all days of the period, where it is one that is burnt.

    What the records of kind other_energy say of it is for the PUE: it has no factor.
    """
    if carrier not in BURNT:
        return True
    fuels = litre_fuels()
    own = [one.entry for one in found if one.entry.kind == "fuel" and fuels[one.entry.subject].fuel in BURNT[carrier]]
    return {day for one in own for day in range(one.start.toordinal(), one.end.toordinal())} >= set(
        range(days.first.toordinal(), days.end.toordinal())
    )


def emissions_embodied(question: Question) -> Kpi:
    """Embodied emissions of hardware in service that fall upon the period."""
    records, site = question.service.stores.state.records, question.site
    zone, days = ZoneInfo(site.time_zone), days_of(question)
    found = records.standing(kind="hardware", site=site.id, end=days.end)
    waiting = records.waiting(site=site.id, end=days.end)
    return emissions_embodied_kgco2e(
        hardware=[
            Hardware(id=one.id, kgco2e=one.entry.amount or 0.0, since_s=_midnight(one.entry.start, zone))
            for one in found
        ],
        lifetime_years=question.service.settings.company.hardware_lifetime_years,
        start=question.start,
        end=question.end,
        site=site.id,
        waiting=sum(one.entry.kind == "hardware" for one in waiting),
        config_hash=question.service.config_hash,
    )


def pue_mixed(question: Question) -> Kpi:
    """PUE with the other carriers that the site names, at the site's weights."""
    weights = GREEN_GRID_WEIGHTS if question.site.carrier_weights == "green_grid" else PLAIN_WEIGHTS
    return pue_weighed(question, weights)


def pue_weighed(question: Question, weights: Mapping[str, float]) -> Kpi:
    """PUE with the other carriers that the site names, by approved records: all days of each, or there is no value."""
    carriers = carriers_kwh(question)
    if isinstance(carriers, str):
        return without(question.pue, name="pue_mixed", unit="1", reason=carriers)
    return pue_mixed_of(pue=question.pue, facility=question.facility, carriers=carriers, weights=weights)


def carriers_kwh(question: Question) -> dict[str, float] | str:
    """Energy of each other carrier that the site names [kWh], or why it is not known."""
    site, days = question.site, days_of(question)
    if not site.carriers:
        return ALL_ELECTRIC
    found = question.service.stores.state.records.standing(
        kind="other_energy", site=site.id, start=days.first, end=days.end
    )
    kwh: dict[str, float] = dict.fromkeys(site.carriers, 0.0)
    told: dict[str, int] = dict.fromkeys(site.carriers, 0)
    for one in (record.entry for record in found if record.entry.subject in kwh):
        shared = shared_days(start=one.start, end=one.end, days=days)
        kwh[one.subject] += (one.amount or 0.0) * shared / (one.end - one.start).days
        told[one.subject] += shared
    short = [carrier for carrier, count in told.items() if count < days.count]
    if short or not days.whole:
        return f"no approved record of {short[0]} speaks of all days: enter them, or 0 kWh" if short else WHOLE_DAYS
    return kwh


def eed_facts(question: Question) -> dict[str, Told]:
    """Indicators of the EU scheme that approved records give, by code; a day that is not over yet counts no more."""
    days = days_of(question)
    if not days.whole and days.count > 1:
        days = replace(days, end=days.end - timedelta(days=1))
    records = question.service.stores.state.records
    facts: dict[str, list[Fact]] = defaultdict(list)
    for record in records.standing(kind="eed_fact", site=question.site.id, start=days.first, end=days.end):
        one = record.entry
        facts[one.subject].append(Fact(id=record.id, start=one.start, end=one.end, amount=one.amount, text=one.text))
    listed = {one.code: one for one in indicators()}
    return {
        code: told(found, over=listed[code].over, unit=listed[code].unit, days=days) for code, found in facts.items()
    }


def days_of(question: Question) -> Days:
    """The local days that a question touches."""
    zone = ZoneInfo(question.site.time_zone)
    first, last = (datetime.fromtimestamp(at, UTC).astimezone(zone).date() for at in (question.start, question.end - 1))
    end = last + timedelta(days=1)
    edges = [_midnight(day, zone) for day in (first, end)]
    whole = edges == [question.start, question.end]
    return Days(first=first, end=end, start_s=question.start, end_s=question.end, whole=whole)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


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
        replace(question, start=_midnight(first, zone), end=_midnight(end, zone), whole=None).energy(
            "energy", "generators", lambda tree: tree.topmost("genset")
        )
        for first, end in span
    )
    if inside.value is None or not whole.value or whole.missing > 0:
        return None
    return min(1.0, inside.value / whole.value)


def _burnt(record: Record, question: Question, days: Days) -> Burnt:
    factor, one = litre_fuels()[record.entry.subject], record.entry
    use = FactorUse(
        id=factor.id,
        value=kg_per_litre(factor),
        unit="kgCO2e/L",
        year=factor.year,
        zone=factor.zone,
        basis=f"direct, {factor.gas}",
        source=factor.source,
        note="; ".join(_notes(factor, one)),
    )
    profile = _profile(one, question, days)
    return Burnt(id=record.id, start=one.start, end=one.end, litres=one.amount or 0.0, factor=use, profile=profile)


def _notes(factor: FuelFactor, one: Entry) -> Iterator[str]:
    if factor.gas != "CO2e":
        yield "CO2 alone: CH4 and N2O are not in"
    if factor.year not in {None, one.start.year}:
        yield f"a factor of {factor.year} for fuel of {one.start.year}"


def _move(record: Record) -> Move:
    one = record.entry
    what = cast("Literal['stock', 'bought', 'recovered', 'topped_up']", one.kind.removeprefix(REFRIGERANT))
    return Move(id=record.id, gas=one.subject, what=what, day=one.start, kg=one.amount or 0.0)


def _gwp(gas: str) -> FactorUse:
    table = {row.id: row for row in refrigerants()}
    return FactorUse(
        id=f"gwp100:{gas}",
        value=gwp100(refrigerant=gas, gwp_set=GWP_SET, table=refrigerants()),
        unit="kgCO2e/kg",
        year=AR6_YEAR,
        zone="",
        basis=f"GWP100, {GWP_SET}",
        source=table[gas].source,
    )
