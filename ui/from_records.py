"""Figures that come from approved records of a site and period: scope 1, and facts that no meter gives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from analytics.embodied import Hardware, emissions_embodied_kgco2e
from analytics.kpi import FactorUse, without
from analytics.ratios import pue_mixed_of
from analytics.recorded import WHOLE_DAYS, Burnt, Days, Leaked, scope_1_of, shared_days
from analytics.relatives import GREEN_GRID_WEIGHTS, PLAIN_WEIGHTS
from analytics.scope1 import gwp100, leaked_kg
from config.fuels import refrigerants
from config.record_kinds import kg_per_litre, litre_fuels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.kpi import Kpi
    from collectors.store.records import Record
    from config.record_rows import Entry
    from ui.figures import Question

GWP_SET: Final = "AR6"  # ESRS E1 AR 39(d): the latest
REFRIGERANT = "refrigerant_"
ALL_ELECTRIC = "the site file names no carriers besides electricity: its PUE is pue"


def scope_1(question: Question) -> Kpi:
    """Scope 1 of the site from its approved records."""
    days = _days(question)
    state = question.service.stores.state
    found = state.records.standing(site=question.site.id, start=days.first, end=days.end + timedelta(days=1))
    waiting = state.records.waiting(site=question.site.id, start=days.first, end=days.end)
    return scope_1_of(
        burnt=[_burnt(one, question, days) for one in found if one.entry.kind == "fuel"],
        leaked=list(_leaks(found, days)),
        days=days,
        site=question.site.id,
        waiting=sum(one.entry.kind == "fuel" or one.entry.kind.startswith(REFRIGERANT) for one in waiting),
        config_hash=question.service.config_hash,
    )


def emissions_embodied(question: Question) -> Kpi:
    """Embodied emissions of hardware in service that fall upon the period."""
    records, site = question.service.stores.state.records, question.site
    zone, days = ZoneInfo(site.time_zone), _days(question)
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
    site, days = question.site, _days(question)
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


def eed_facts(question: Question) -> dict[str, tuple[float | str, str]]:
    """Indicators of the EU scheme that approved records give, by code: value, and the record behind it."""
    days = _days(question)
    records = question.service.stores.state.records
    found = records.standing(kind="eed_fact", site=question.site.id, start=days.first, end=days.end)
    return {
        one.entry.subject: (one.entry.text if one.entry.value is None else one.entry.value, f"record {one.id}")
        for one in found
    }


def _days(question: Question) -> Days:
    zone = ZoneInfo(question.site.time_zone)
    first, last = (datetime.fromtimestamp(at, UTC).astimezone(zone).date() for at in (question.start, question.end - 1))
    end = last + timedelta(days=1)
    edges = [_midnight(day, zone) for day in (first, end)]
    whole = edges == [question.start, question.end]
    return Days(first=first, end=end, start_s=question.start, end_s=question.end, whole=whole)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _profile(one: Entry, question: Question, days: Days) -> float | None:
    """Share of a bill's metered energy within the period, by the site's generators; None where these tell nothing."""
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
    if inside.value is None or not whole.value:
        return None
    return min(1.0, inside.value / whole.value)


def _burnt(record: Record, question: Question, days: Days) -> Burnt:
    factor, one = litre_fuels()[record.entry.subject], record.entry
    use = FactorUse(
        id=factor.id,
        value=kg_per_litre(factor),
        unit="kgCO2e/L",
        year=one.start.year,
        zone="",
        basis=f"direct, {factor.gas}",
        source=factor.source,
        note="" if factor.gas == "CO2e" else "CO2 alone: CH4 and N2O are not in",
    )
    profile = _profile(one, question, days)
    return Burnt(id=record.id, start=one.start, end=one.end, litres=one.amount or 0.0, factor=use, profile=profile)


def _leaks(found: list[Record], days: Days) -> Iterator[Leaked]:
    """By mass balance where a stock is recorded at both ends of the period, else by what was topped up."""
    of_gas: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for one in found:
        if one.entry.kind.startswith(REFRIGERANT):
            of_gas[one.entry.subject][one.entry.kind.removeprefix(REFRIGERANT)].append(one)
    for gas, moves in of_gas.items():
        chosen = _mass_balance(moves, days) or _topped_up(moves, days)
        if chosen is not None:
            used, kg = chosen
            yield Leaked(ids=tuple(one.id for one in used), kg=kg, factor=_gwp(gas, days.first))


def _mass_balance(moves: dict[str, list[Record]], days: Days) -> tuple[list[Record], float] | None:
    stock = {one.entry.start: one for one in moves["stock"]}
    if days.first not in stock or days.end not in stock:
        return None
    bought, recovered = (_within(moves[move], days) for move in ("bought", "recovered"))
    kg = leaked_kg(
        stock_start_kg=_kg([stock[days.first]]),
        bought_kg=_kg(bought),
        recovered_kg=_kg(recovered),
        stock_end_kg=_kg([stock[days.end]]),
    )
    return [stock[days.first], stock[days.end], *bought, *recovered], kg


def _topped_up(moves: dict[str, list[Record]], days: Days) -> tuple[list[Record], float] | None:
    used = _within(moves["topped_up"], days)
    return (used, _kg(used)) if used else None


def _kg(records: list[Record]) -> float:
    return sum(one.entry.amount or 0.0 for one in records)


def _within(records: list[Record], days: Days) -> list[Record]:
    return [one for one in records if days.first <= one.entry.start < days.end]


def _gwp(gas: str, day: date) -> FactorUse:
    table = {row.id: row for row in refrigerants()}
    return FactorUse(
        id=f"gwp100:{gas}",
        value=gwp100(refrigerant=gas, gwp_set=GWP_SET, table=refrigerants()),
        unit="kgCO2e/kg",
        year=day.year,
        zone="",
        basis=f"GWP100, {GWP_SET}",
        source=table[gas].source,
    )
