"""Fuels and refrigerants: direct factors for scope 1, published (`fuels.csv`, `refrigerants.csv`) and a company's own.

Units are those of the publication; `gas` says which gases a factor holds. A CH4 or N2O row is kg of that gas.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from config.errors import UnitError
from config.factors.heating import Basis  # noqa: TC001 - a field's type, read when the class is made
from config.factors.tables import FOLDER, YEARS, Scope
from config.reading.fields import Name, Number, Table, Whole
from config.units import AMBIGUOUS, convert, linear_factor

PLAIN: Final = {"L": "L", "gal": "L", "ft^3": "L", "kWh": "kWh", "GJ": "kWh", "TJ": "kWh", "kg": "kg"}  # without pint
UNSAID: Final = frozenset({"low", "high", "year", "heating"})  # columns whose empty cell says nothing

Amount = Annotated[Number, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class Combustion(Table):
    """What burning an amount of a fuel emits, in `unit`; `year` and `zone` are those that its publication names.

    An amount of energy is of the lower or the higher heating value (`heating`). `biogenic` is CO2 of biogenic origin
    [kgCO2] per the same amount: it stands beside scope 1 and is never in `value`. None says that nobody stated it.
    """

    id: str
    fuel: str
    value: float
    unit: str
    gas: Literal["CO2", "CH4", "N2O", "CO2e"]
    heating: Basis | None = None
    biogenic: float | None = None
    year: int | None
    zone: str
    source: str
    licence: str
    note: str = ""

    @property
    def over(self) -> str | None:
        """The unit of its amounts in records, L, kWh or kg; None where it is per none of them."""
        return record_unit(self.unit)

    def per_unit(self) -> float:
        """Return kgCO2e per L, kWh or kg (`over`)."""
        return convert(self.value, self.unit, f"kgCO2e/{self.over}")

    def biogenic_per_unit(self) -> float | None:
        """Return kgCO2 of biogenic origin per L, kWh or kg; None where it is not stated."""
        return None if self.biogenic is None else convert(self.biogenic, self.unit, f"kgCO2e/{self.over}")


class FuelFactor(Combustion):
    """A published row: emissions of burning a fuel, or of a technology's electricity; `low` to `high` where told."""

    use: str
    low: float | None
    high: float | None
    scope: Scope


class OwnFuel(Combustion):
    """A company's own factor, `[[factors.fuels]]` of the site file: of its supplier, its country, a fuel of its own."""

    id: Name = Field(examples=["gas-de-2025"])
    fuel: Name = Field(examples=["natural_gas"])
    value: Amount = Field(examples=[0.20088])
    unit: Text = Field(examples=["kgCO2e/kWh"])
    gas: Literal["CO2", "CO2e"]
    biogenic: Amount | None = None
    year: Annotated[Whole, Field(ge=YEARS.start, lt=YEARS.stop)] = Field(examples=[2025])
    zone: Text = Field(examples=["DE"])
    source: Text = Field(examples=["UBA, CO2 factors of fuels 2025"])
    licence: Text = Field(examples=["published figures"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        mistake = self._unit_mistake() or self._heating_mistake()
        if self.id in {factor.id for factor in fuel_factors()}:
            mistake = "stands in our own table already: give yours another id"
        if mistake:
            msg = f'"{self.id}": {mistake}'
            raise ValueError(msg)
        return self

    def _unit_mistake(self) -> str:
        over = self.unit.rpartition("/")[2]
        if over in AMBIGUOUS:
            return f'unit "{over}" is not the same to everybody: write {AMBIGUOUS[over]}'
        try:
            linear_factor(self.unit, f"kgCO2e/{self.over or 'L'}")
        except UnitError:
            return (
                f'unit "{self.unit}" is no emission of an amount of fuel: write one such as kgCO2e/L, kgCO2e/m^3, '
                "kgCO2e/kWh or kgCO2e/kg"
            )
        return ""

    def _heating_mistake(self) -> str:
        if self.over == "kWh" and self.heating is None:
            return 'heating is missing: its unit is per energy, so write heating = "LHV" (net) or "HHV" (gross)'
        if self.over != "kWh" and self.heating is not None:
            return f"heating is of amounts of energy, and its unit is {self.unit}: leave it out"
        return ""


class Refrigerant(Table):
    """Warming of a gas over 100 years relative to CO2, kgCO2e per kg, after three IPCC assessment reports."""

    id: str
    kind: Literal["pure", "blend"]
    composition_mass: str
    gwp100_ar4: float
    gwp100_ar5: float
    gwp100_ar6: float
    source: str
    licence: str


@lru_cache(maxsize=1)
def fuel_factors() -> tuple[FuelFactor, ...]:
    """Return all fuel rows; all of them are verified."""
    return tuple(
        FuelFactor.model_validate({key: None if key in UNSAID and not text else text for key, text in row.items()})
        for row in _rows("fuels.csv")
    )


@lru_cache(maxsize=1)
def refrigerants() -> tuple[Refrigerant, ...]:
    """Return all refrigerants; all of them are verified."""
    return tuple(Refrigerant.model_validate(row) for row in _rows("refrigerants.csv"))


@lru_cache(maxsize=256)
def record_unit(unit: str) -> str | None:
    """Return the unit of records that a factor's unit is per: L, kWh or kg; None where it is per none of them.

    >>> record_unit("kgCO2e/m^3"), record_unit("tCO2e/TJ"), record_unit("kgCO2e/h")
    ('L', 'kWh', None)
    """
    over = unit.rpartition("/")[2]
    return PLAIN.get(over) or next((per for per in sorted({*PLAIN.values()}) if _becomes(over, per)), None)


def _becomes(unit: str, other: str) -> bool:
    try:
        linear_factor(unit, other)
    except UnitError:
        return False
    return True


def _rows(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as table:
        return [{key: value for key, value in row.items() if key != "verified"} for row in csv.DictReader(table)]
