"""Energy of the fuel that a site burnt, by its approved records and published heating values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from analytics.kpi import FactorUse
from analytics.recorded import fuel_energy_of
from config.factors.heating import heating_value
from config.units import convert
from ui.figures.burnt import burnt_of, fuel_of, lacking
from ui.figures.record_days import days_of

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from analytics.recorded import Burnt
    from collectors.store.records import Record
    from config.factors.fuels import Combustion
    from config.factors.heating import Basis, HeatingValue
    from ui.figures.site import Question


def _fuel_energy(question: Question, *, basis: Basis) -> Kpi:
    days = days_of(question)
    burnt = burnt_of(question, days)
    return fuel_energy_of(
        name=f"fuel_energy_{basis.lower()}_kwh",
        burnt=[_energy(record, one, fuel_of(record.entry, question), basis) for record, one in burnt],
        days=days,
        site=question.site.id,
        lacking=lacking(question, days),
        config_hash=question.service.config_hash,
    )


def _energy(record: Record, burnt: Burnt, fuel: Combustion | None, basis: Basis) -> Burnt:
    """The same record with its heating value as its factor; an amount of energy needs none of its own basis."""
    if fuel is None:
        return burnt
    if fuel.heating == basis:
        return replace(burnt, factor=_told(fuel, basis))
    value = heating_value(fuel.fuel, basis) if fuel.over == "L" else None
    if value is None:
        dark = f"no {basis} heating value of {fuel.fuel} is known (record {record.id})"
        return replace(burnt, factor=None, unknown=dark)
    return replace(burnt, factor=_use(value))


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


def _told(fuel: Combustion, basis: Basis) -> FactorUse:
    """Of an amount that is energy by this basis already."""
    source = f"the bill, as the factor {fuel.id} takes it"
    return FactorUse(id=f"energy:{basis}", value=1.0, unit="kWh/kWh", year=None, zone="", basis=basis, source=source)
