"""Fuels and refrigerants: published direct factors for scope 1 (`factors/fuels.csv`, `factors/refrigerants.csv`).

Units are those of the publication; `gas` says which gases a factor holds. A CH4 or N2O row is kg of that gas.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import Literal

from config.factors.tables import FOLDER, Scope
from config.reading.fields import Table


class FuelFactor(Table):
    """Emissions of burning a fuel, or of a technology's electricity, in `unit`; `low` to `high` where published.

    `year` and `zone` are those that the publication speaks of, where it says so.
    """

    id: str
    fuel: str
    use: str
    value: float
    low: float | None
    high: float | None
    unit: str
    gas: Literal["CO2", "CH4", "N2O", "CO2e"]
    scope: Scope
    year: int | None
    zone: str
    source: str
    licence: str
    note: str


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
        FuelFactor.model_validate({k: None if k in {"low", "high", "year"} and not v else v for k, v in row.items()})
        for row in _rows("fuels.csv")
    )


@lru_cache(maxsize=1)
def refrigerants() -> tuple[Refrigerant, ...]:
    """Return all refrigerants; all of them are verified."""
    return tuple(Refrigerant.model_validate(row) for row in _rows("refrigerants.csv"))


def _rows(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as table:
        return [{key: value for key, value in row.items() if key != "verified"} for row in csv.DictReader(table)]
