"""Measures of a site on its measured year: what they do to a metric, what they save, what a tonne costs."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.planning.measures import Loads, abatement_curve
from config.errors import InputError
from config.reading.wording import remedy
from ui.format import iso

if TYPE_CHECKING:
    from analytics.planning.measures import Abatement
    from collectors.store.progress import MeasureState, Step
    from config.plan.measures import Measure
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
AT_WORK = "at work already: it is not to be had again, and the others find what it leaves"
OVER = "its life is over"
OTHER = ("lighting", "overhead", "other")
NAMES = ("facility_energy_kwh", "energy_cost", "emissions_location_kgco2e", "emissions_market_kgco2e")


def measures_of(service: Service, site: str | None) -> list[Measure]:
    """Return the measures of a site that were not stopped."""
    stopped = {
        name
        for name, step in service.stores.state.progress.newest(until=service.now()).items()
        if step.state == "stopped"
    }
    return [one for one in service.settings.measures if one.site == site and one.id not in stopped]


def measure_named(service: Service, name: str) -> Measure:
    """Return one measure.

    Raises:
        InputError: the site file has no such measure.
    """
    known = {one.id: one for one in service.settings.measures}
    if name not in known:
        otherwise = None if known else "add it under [[measures]]"
        msg = f'"{name}" is no measure of {service.settings.path.name}; {remedy(name, known, otherwise=otherwise)}'
        raise InputError(msg)
    return known[name]


def note_progress(service: Service, name: str, *, state: MeasureState, cost: float | None, note: str, who: str) -> Step:
    """Note how a measure stands; the step is kept, with a line of the audit log.

    Raises:
        InputError: the site file has no such measure.
    """
    service.allow("progress", who, sites=[one.site for one in service.settings.measures if one.id == name])
    one = measure_named(service, name)
    return service.stores.state.progress.add(
        one.id, state=state, cost=cost, currency=one.currency, note=note, who=who, at=int(service.now())
    )


def loads_of(service: Service, site: Site) -> Loads | str:
    """Return the last twelve whole months of a site by sub-load, or why they are not known."""
    zone = ZoneInfo(site.time_zone)
    now = datetime.fromtimestamp(service.now(), zone)
    start, end = (int(datetime(year, now.month, 1, tzinfo=zone).timestamp()) for year in (now.year - 1, now.year))
    uses = {use.name: use.energy_kwh for use in service.energy_by_use(site.id, start, end)}
    if uses["losses"] is None:
        return f"energy by use is not known at {site.id} over the last twelve months"
    known = {name: energy or 0.0 for name, energy in uses.items()}
    facility, cost, emitted, by_market = service.kpis(site=site.id, start=start, end=end, names=NAMES)
    whole = facility.value or 0.0
    return Loads(
        start=start,
        end=end,
        energy_kwh={
            "it": known["it"],
            "cooling": known["cooling"],
            "losses": known["losses"],
            "other": sum(known[name] for name in OTHER),
        },
        price_per_kwh=cost.value / whole if cost.value is not None and whole else None,
        currency=cost.unit,
        kgco2e_per_kwh=emitted.value / whole if emitted.value is not None and whole else None,
        market_kgco2e=by_market.value,
        unmetered=frozenset(name for name, energy in uses.items() if energy is None),
    )


def measure_rows(service: Service, *, site: str | None = None) -> list[Row]:
    """Return the abatement curve of each site, then its market instruments, each with its progress."""
    progress = service.stores.state.progress.newest(until=service.now())
    rows: list[Row] = []
    for one in service.settings.sites if site is None else [service.settings.site(site)]:
        chosen = measures_of(service, one.id)
        if not chosen:
            continue
        loads = loads_of(service, one)
        if isinstance(loads, str):
            rows += [{**_named(measure, progress.get(measure.id)), "reason": loads} for measure in chosen]
            continue
        unseen = [measure for measure in chosen if measure.sub_load in loads.unmetered]
        chosen = [measure for measure in chosen if measure not in unseen]
        ranks = count(1)
        for found in abatement_curve(chosen, loads, now=service.now()):
            ranked = not found.at_work and found.measure.sub_load != "market"
            rows.append(_row(found, progress.get(found.measure.id), rank=next(ranks) if ranked else None))
        rows += [{**_named(one, progress.get(one.id)), "reason": f"no meter sees {one.sub_load}"} for one in unseen]
        over = [one for one in chosen if one.id not in {row["measure"] for row in rows}]
        rows += [{**_named(measure, progress.get(measure.id)), "reason": OVER} for measure in over]
    return rows


def _named(measure: Measure, step: Step | None) -> Row:
    return {
        "measure": measure.id,
        "site": measure.site,
        "title": measure.title,
        "sub_load": measure.sub_load,
        "basis": "market-based alone" if measure.sub_load == "market" else "location-based",
        "start": iso(measure.start),
        "owner": measure.owner,
        "source": measure.source,
        "state": step.state if step else "planned",
        "actual_cost": step.cost if step else None,
        "note": step.note if step else "",
    }


def _row(found: Abatement, step: Step | None, *, rank: int | None) -> Row:
    measure = found.measure
    told = (found.reason, AT_WORK if found.at_work else "")
    return {
        **_named(measure, step),
        "rank": rank,
        "saves_kwh": found.saves_kwh,
        "saves_tco2e": found.saves_tco2e,
        "saves_tco2e_low": found.saves_tco2e_low,
        "saves_tco2e_high": found.saves_tco2e_high,
        "npv": found.npv,
        "cost_per_tco2e": found.cost_per_tco2e,
        "currency": measure.currency,
        "prices_of": measure.prices_of.isoformat(),
        "reason": "; ".join(text for text in told if text),
    }
