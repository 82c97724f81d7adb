"""Renewables and a battery for a site: its own hours of load from the books, when plants run, and prices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.planning.ranges import DRAWS, Range, Spread, draws
from analytics.planning.supply import Battery
from analytics.planning.supply_cost import Part, Terms, searched
from ui.advice.supply_hours import YEAR_H, hours_of, period_of, rates_of
from ui.advice.supply_words import advice
from ui.compare.filled import price_in
from ui.compare.ranking import stale
from ui.format import iso

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from analytics.planning.supply import Covered
    from analytics.planning.supply_cost import Figures
    from config.compare.strategies import Price
    from config.compare.supply import Plant, Sourced, Supply
    from ui.advice.supply_hours import Period
    from ui.service import Service

    Floats = NDArray[np.float64]

Row = dict[str, Any]
TRUE_BATTERY: Final = Battery(kw_per_kwh=1.0, charge_efficiency=1.0, discharge_efficiency=1.0)  # of none


def supplied(supply: Supply, *, folder: Path, service: Service, start: int | None, end: int | None) -> Row:
    """Return what renewables and a battery can do for a site, as plain values.

    Args:
        supply: what could be built.
        folder: of the supply file: profiles stand there.
        service: whose books tell the load.
        start: of the period [UTC s]; left out, 365 days before its end.
        end: of the period [UTC s]; left out, the last booked hour.

    Raises:
        InputError: the period, a profile, the load, a price or an intensity cannot be known.
    """
    period = period_of(supply, service, start, end)
    supply = _in_currency(supply, period)
    hours = hours_of(supply, folder, period)
    terms = _terms(supply, period)
    most = _most(supply)
    found, said = searched(hours, list(most.values()), _battery(supply), terms)
    per_year = YEAR_H / hours.load_kwh.size
    rows = [_size(found, said, at, per_year) for at in range(len(found.sizes))]
    whole: Row = {
        "title": supply.title,
        "site": supply.site,
        "currency": supply.currency,
        "start": iso(period.start),
        "end": iso(period.end),
        "most": most,
        "load_kwh_per_year": found.load_kwh * per_year,
        "without": rows[0],
        "front": rows,
        "told": [*period.told, *_dated(supply, period)],
        "sources": _sources(supply),
    }
    return {**whole, "advice": advice(whole)}


def _battery(supply: Supply) -> Battery:
    store = supply.battery
    if store is None:
        return TRUE_BATTERY
    return Battery(
        kw_per_kwh=store.kw_per_kwh,
        charge_efficiency=store.charge_efficiency,
        discharge_efficiency=store.discharge_efficiency,
    )


def _most(supply: Supply) -> dict[str, float]:
    """The largest sizes, in the order of `Covered.sizes`."""
    return {
        "pv_kw": supply.pv.most_kw if supply.pv else 0.0,
        "wind_kw": supply.wind.most_kw if supply.wind else 0.0,
        "battery_kwh": supply.battery.most_kwh if supply.battery else 0.0,
    }


def _size(found: Covered, said: Figures, at: int, per_year: float) -> Row:
    """One of the sizes with what it covers, costs and emits, each year."""
    pv_kw, wind_kw, battery_kwh = found.sizes[at].tolist()
    return {
        "pv_kw": pv_kw,
        "wind_kw": wind_kw,
        "battery_kwh": battery_kwh,
        "hourly_share": float(found.hourly_share[at]),
        "annual_share": float(found.annual_share[at]),
        "cost_per_year": _spread(said.cost[at]),
        "carbon_kgco2e_per_year": _spread(said.carbon_kgco2e[at]),
        "embodied_kgco2e_per_year": _spread(said.embodied_kgco2e[at]),
        "location_kgco2e_per_year": _spread(said.location_kgco2e[at]),
        "grid_kwh_per_year": float(found.grid_kwh[at]) * per_year,
        "surplus_kwh_per_year": float(found.surplus_kwh[at]) * per_year,
        "made_kwh_per_year": float(found.made_kwh[at]) * per_year,
    }


def _in_currency(supply: Supply, period: Period) -> Supply:
    """Turn every price into the file's currency, by a rate of today; each that was turned is told.

    Raises:
        InputError: no rate into the file's currency holds.
    """

    def turned(key: str, price: Price) -> Price:
        if price.currency not in {None, supply.currency}:
            period.told.append(f"{key} is in {price.currency}: turned into {supply.currency} by today's rate")
        at, rates = int(period.service.now()), rates_of(supply, period)
        return price_in(price, of=supply.currency, to=supply.currency, at=at, rates=rates)

    return supply.priced(turned)


def _spread(values: Floats) -> dict[str, float]:
    spread = Spread.of(values)
    return {"p10": spread.p10, "p50": spread.p50, "p90": spread.p90}


def _terms(supply: Supply, period: Period) -> Terms:
    nothing = np.zeros(DRAWS)
    none = Part(capex=nothing, yearly=nothing, life_years=1.0, kgco2e=nothing, made_kgco2e=nothing)
    parts = [
        none if plant is None else _plant(name, plant) for name, plant in (("pv", supply.pv), ("wind", supply.wind))
    ]
    store = none
    if supply.battery is not None:
        of = supply.battery
        store = Part(
            capex=_drawn("battery.capex", of.capex_per_kwh),
            yearly=_drawn("battery.yearly", of.yearly_per_kwh),
            life_years=of.life_years,
            kgco2e=_drawn("battery.embodied", of.embodied_kgco2e_per_kwh),
            made_kgco2e=nothing,
        )
    sold = supply.export_price_per_kwh
    if sold is None:
        period.told.append("surplus is not paid: no export_price_per_kwh is given")
    return Terms(
        parts=(parts[0], parts[1], store),
        rate=supply.real_rate,
        export_price=nothing if sold is None else _drawn("export", sold),
        price_factor=_factor("grid.price", supply.price_per_kwh),
        intensity_factor=_factor("grid.intensity", supply.gco2e_per_kwh),
        behind_the_meter=supply.behind_the_meter,
    )


def _plant(name: str, plant: Plant) -> Part:
    nothing = np.zeros(DRAWS)
    of_kw, of_kwh = plant.embodied_kgco2e_per_kw, plant.embodied_gco2e_per_kwh
    return Part(
        capex=_drawn(f"{name}.capex", plant.capex_per_kw),
        yearly=_drawn(f"{name}.yearly", plant.yearly_per_kw),
        life_years=plant.life_years,
        kgco2e=nothing if of_kw is None else _drawn(f"{name}.embodied", of_kw),
        made_kgco2e=nothing if of_kwh is None else _drawn(f"{name}.embodied", of_kwh) / 1000,
    )


def _drawn(key: str, of: Price | Sourced) -> Floats:
    return draws(Range(*of.value), key)


def _factor(key: str, of: Price | Sourced | None) -> Floats:
    """Draws over their middle, of what the hours hold by its middle; what the books say is not drawn."""
    return np.ones(DRAWS) if of is None or not of.value[1] else _drawn(key, of) / of.value[1]


def _dated(supply: Supply, period: Period) -> list[str]:
    return stale(supply.prices(), datetime.fromtimestamp(period.service.now(), UTC).date())


def _sources(supply: Supply) -> dict[str, str]:
    found = {key: f"{price.source}, {price.date}" for key, price in supply.prices().items()}
    for name, table in (("pv", supply.pv), ("wind", supply.wind), ("battery", supply.battery)):
        for key in () if table is None else type(table).model_fields:
            if key.startswith("embodied") and (value := getattr(table, key)) is not None:
                found[f"{name}.{key}"] = value.source
    return found
