"""Energy of the fuel that a site burnt, by its approved records and published heating values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from analytics.kpi import FactorUse
from analytics.recorded import fuel_energy_of
from config.factors.heating import heating_value
from config.records.kinds import litre_fuels
from config.units import convert
from ui.figures.from_records import burnt_of, days_of

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.factors.heating import Basis, HeatingValue
    from ui.figures.site import Question


def _fuel_energy(question: Question, *, basis: Basis) -> Kpi:
    days, found, unknown = days_of(question), [], None
    for record, burnt in burnt_of(question, days):
        fuel = litre_fuels()[record.entry.subject].fuel
        value = heating_value(fuel, basis)
        if value is None and burnt.litres:
            unknown = f"no {basis} heating value of {fuel} is known (record {record.id})"
        found.append(replace(burnt, factor=_nothing(fuel, basis) if value is None else _use(value)))
    return fuel_energy_of(
        name=f"fuel_energy_{basis.lower()}_kwh",
        burnt=found,
        unknown=unknown,
        days=days,
        site=question.site.id,
        config_hash=question.service.config_hash,
    )


fuel_energy_lhv = partial(_fuel_energy, basis="LHV")
fuel_energy_hhv = partial(_fuel_energy, basis="HHV")


def _use(value: HeatingValue) -> FactorUse:
    return FactorUse(
        id=f"heating:{value.fuel}:{value.basis}",
        value=convert(value.value, value.unit, "kWh/L"),
        unit="kWh/L",
        year=value.year,
        zone=value.zone,
        basis=value.basis,
        source=value.source,
        note=value.note,
    )


def _nothing(fuel: str, basis: Basis) -> FactorUse:
    """Of a fuel that was not burnt, or whose heating value is not known: then there is no figure."""
    id_ = f"heating:{fuel}:{basis}"
    return FactorUse(id=id_, value=0.0, unit="kWh/L", year=None, zone="", basis=basis, source="not known")
