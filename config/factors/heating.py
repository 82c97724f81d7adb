"""Heating values of fuels by volume, as published (`factors/heating_values.csv`): lower (net) and higher (gross)."""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import Literal

from config.factors.tables import FOLDER
from config.reading.fields import Table

Basis = Literal["LHV", "HHV"]


class HeatingValue(Table):
    """Energy of a litre of fuel in `unit`; `zone` and `year` are those of the publication."""

    fuel: str
    basis: Basis
    value: float
    unit: str
    zone: str
    year: int | None
    source: str
    note: str


@lru_cache(maxsize=1)
def heating_values() -> tuple[HeatingValue, ...]:
    """Return all heating values."""
    return tuple(HeatingValue.model_validate({**row, "year": row["year"] or None}) for row in _rows())


def _rows() -> list[dict[str, str]]:
    with (FOLDER / "heating_values.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def heating_value(fuel: str, basis: Basis) -> HeatingValue | None:
    """Return the heating value of a fuel; None where no table holds one, for none is guessed."""
    return next((row for row in heating_values() if (row.fuel, row.basis) == (fuel, basis)), None)
