"""Figures that come from approved records of a site and period: scope 1, and facts that no meter gives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, cast
from zoneinfo import ZoneInfo

from analytics.biogenic import biogenic_of
from analytics.eed_facts import Fact, Told, told
from analytics.embodied import Hardware, emissions_embodied_kgco2e
from analytics.kpi import FactorUse, without
from analytics.leaks import STOCK_DAYS, Move, leaks
from analytics.ratios import pue_mixed_of
from analytics.recorded import WHOLE_DAYS, Days, scope_1_of, shared_days
from analytics.relatives import GREEN_GRID_WEIGHTS, PLAIN_WEIGHTS
from analytics.scope1 import gwp100
from config.factors.fuels import refrigerants
from config.reports.eed import indicators
from ui.figures.burnt import burns, burnt_of, lacking
from ui.figures.record_days import days_of, midnight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.kpi import Kpi
    from collectors.store.records import Record
    from ui.figures.site import Question

GWP_SET: Final = "AR6"  # ESRS E1 AR 39(d): the latest
AR6_YEAR: Final = 2021  # of its first volume, which has them
REFRIGERANT = "refrigerant_"
ALL_ELECTRIC = "the site file names no carriers besides electricity: its PUE is pue"


def scope_1(question: Question) -> Kpi:
    """Scope 1 of the site from its approved records."""
    days, records, site = days_of(question), question.service.stores.state.records, question.site.id
    first, after = days.first - timedelta(days=STOCK_DAYS), days.end + timedelta(days=1)
    moves = [one for one in records.standing(site=site, start=first, end=after) if _moves(one, days)]
    waiting = records.waiting(site=site, start=days.first, end=after)
    return scope_1_of(
        burnt=[one for _, one in burnt_of(question, days)],
        leaked=list(leaks((_move(one) for one in moves), days=days, factor=_gwp)),
        days=days,
        site=site,
        waiting=sum(burns(one, days) or _moves(one, days) for one in waiting),
        lacking=lacking(question, days),
        config_hash=question.service.config_hash,
    )


def emissions_biogenic(question: Question) -> Kpi:
    """CO2 of biogenic origin of the site, beside scope 1, from its approved records of fuel."""
    days, site = days_of(question), question.site.id
    waiting = question.service.stores.state.records.waiting(site=site, start=days.first, end=days.end)
    return biogenic_of(
        burnt=[one for _, one in burnt_of(question, days)],
        days=days,
        site=site,
        waiting=sum(burns(one, days) for one in waiting),
        lacking=lacking(question, days),
        config_hash=question.service.config_hash,
    )


def _moves(record: Record, days: Days) -> bool:
    """Whether a record is of refrigerant in the period; of stocks up to its very end."""
    one = record.entry
    return one.kind == f"{REFRIGERANT}stock" or (
        one.kind.startswith(REFRIGERANT) and days.first <= one.start < days.end
    )


def emissions_embodied(question: Question) -> Kpi:
    """Embodied emissions of hardware in service that fall upon the period."""
    records, site = question.service.stores.state.records, question.site
    zone, days = ZoneInfo(site.time_zone), days_of(question)
    found = records.standing(kind="hardware", site=site.id, end=days.end)
    waiting = records.waiting(site=site.id, end=days.end)
    return emissions_embodied_kgco2e(
        hardware=[
            Hardware(id=one.id, kgco2e=one.entry.amount or 0.0, since_s=midnight(one.entry.start, zone))
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
