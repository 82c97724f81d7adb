"""Factor tables: CSV files of rows with value, unit, year, zone, basis, scope, source and licence (design 4.8).

Shipped tables stand in `config/factors`; a company's own have the same columns. Each scope has its unit: what a kWh
emits where it is made (`direct`), over its life (`life_cycle`), before that (`upstream`), the share of generation that
is lost on the way (`grid_loss`), and the water that making it takes (`water`).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from config.errors import ConfigError
from config.reading.wording import remedy, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent
GRID_FILES = ("china.csv", "us_egrid.csv", "world_life_cycle.csv")

Basis = Literal["average", "residual", "marginal"]
Scope = Literal["direct", "life_cycle", "upstream", "grid_loss", "water"]

_GRAMS_PER_KWH = {"gCO2e/kWh": 1.0, "kgCO2e/MWh": 1.0, "kgCO2e/kWh": 1000.0, "tCO2e/MWh": 1000.0}
UNITS: Mapping[str, Mapping[str, float]] = {  # of each scope; the first is what values are kept in
    "direct": _GRAMS_PER_KWH,
    "life_cycle": _GRAMS_PER_KWH,
    "upstream": _GRAMS_PER_KWH,
    "grid_loss": {"1": 1.0, "percent": 0.01},
    "water": {"L/kWh": 1.0, "m3/MWh": 1.0},
}
REQUIRED = ("id", "zone", "year", "value", "unit", "basis", "scope", "source", "licence")
OPTIONAL = ("verified", "note")
YEARS = range(1990, 2101)
MOST_G_PER_KWH = 3000.0  # as the metric grid_intensity is bounded
LEAST_G_PER_KWH = 1.0  # a direct factor below is rather kg written as g: no mistake, but told beside each figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One grid factor, in the unit of its scope (`UNITS`). `verified` is True for rows checked against their source."""

    id: str
    zone: str
    year: int
    value: float
    unit: str
    basis: Basis
    scope: Scope
    source: str
    licence: str
    verified: bool
    note: str = ""


@lru_cache(maxsize=1)
def zones() -> dict[str, str]:
    """Return the zone that each code means: `DEU` and `DE` both mean `DEU`."""
    found = {}
    for row in _shipped("zones.csv"):
        found[row["zone"]] = row["zone"]
        if row["alias"]:
            found[row["alias"]] = row["zone"]
    return found


def canonical_zone(zone: str) -> str:
    """Return the name of a zone in the tables; a zone that only the company's own table has stays as it is."""
    return zones().get(zone, zone)


@lru_cache(maxsize=1)
def publishers() -> dict[str, str]:
    """Return by zone who publishes its official factor, and in what."""
    return {row["zone"]: f"{row['publisher']} ({row['publication']})" for row in _shipped("publishers.csv")}


@lru_cache(maxsize=1)
def shipped_factors() -> tuple[Factor, ...]:
    """Return the rows of all shipped grid tables."""
    return tuple(_factor(row) for file in GRID_FILES for row in _shipped(file))


def own_factors(path: Path) -> tuple[Factor, ...]:
    """Return the rows of a company's own table; read again only when the file has changed.

    Raises:
        ConfigError: the file or a row has mistakes; one sentence a line, all mistakes found.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        msg = f"{path}: the factor table cannot be read ({error.strerror}); correct files in [factors]."
        raise ConfigError(msg) from None
    return _own_factors(path, changed)


@lru_cache(maxsize=32)
def _own_factors(path: Path, changed: int) -> tuple[Factor, ...]:  # noqa: ARG001 - the time of change is part of the key
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: the factor table cannot be read ({error}); save it as a UTF-8 CSV file."
        raise ConfigError(msg) from None
    reader = csv.DictReader(StringIO(text, newline=""))
    sentences = [sentence(f"{path.name} line 1", text) for text in _header_mistakes(list(reader.fieldnames or ()))]
    found: dict[tuple[str, int, str, str], Factor] = {}
    for row in () if sentences else reader:
        try:
            factor = _factor(row)
            key = (factor.zone, factor.year, factor.basis, factor.scope)
            if key in found:
                msg = f"{factor.zone} {factor.year} {factor.basis} {factor.scope} stands twice: remove one row"
                raise ValueError(msg)  # noqa: TRY301 - a row's mistakes end in one place
            found[key] = factor
        except ValueError as error:
            sentences.append(sentence(f"{path.name} line {reader.line_num}", str(error)))
    if sentences:
        raise ConfigError("\n".join(sentences))
    return tuple(found.values())


def _header_mistakes(header: list[str]) -> list[str]:
    absent = [f"column {name} is missing; add it" for name in REQUIRED if name not in header]
    known = REQUIRED + OPTIONAL
    return absent + [f'column "{name}" is not known; {remedy(name, known)}' for name in header if name not in known]


def _factor(row: dict[str, str]) -> Factor:
    """Make a factor of a CSV row.

    Raises:
        ValueError: a cell is wrong; the text is a sentence without full stop.
    """
    cells = {key: (row.get(key) or "").strip() for key in REQUIRED + OPTIONAL}
    empty = [key for key in REQUIRED if not cells[key]]
    if empty:
        msg = f"{empty[0]} is empty: fill it, for a factor without it cannot be audited"
        raise ValueError(msg)
    units = UNITS.get(cells["scope"], {})
    for key, choices in (("basis", get_args(Basis)), ("scope", get_args(Scope)), ("unit", tuple(units))):
        if cells[key] not in choices:
            msg = f'{key} cannot be "{cells[key]}"; {remedy(cells[key], choices)}'
            raise ValueError(msg)
    value = _value(cells["value"]) * units[cells["unit"]]
    if units is _GRAMS_PER_KWH and value > MOST_G_PER_KWH:
        msg = (
            f"value {cells['value']} {cells['unit']} is {value:g} g/kWh, beyond any grid: correct the value or its unit"
        )
        raise ValueError(msg)
    if cells["scope"] == "grid_loss" and value >= 1:
        msg = f"value {cells['value']} {cells['unit']} says that nothing arrives: a share of losses is below 1"
        raise ValueError(msg)
    return Factor(
        id=cells["id"],
        zone=canonical_zone(cells["zone"]),
        year=_year(cells["year"]),
        value=value,
        unit=next(iter(units)),
        basis=cast("Basis", cells["basis"]),
        scope=cast("Scope", cells["scope"]),
        source=cells["source"],
        licence=cells["licence"],
        verified=cells["verified"] == "yes",
        note=cells["note"],
    )


def _year(text: str) -> int:
    if not text.isdecimal() or int(text) not in YEARS:
        msg = f'year must be a year such as 2024, not "{text}"'
        raise ValueError(msg)
    return int(text)


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        msg = f'value must be a number of 0 or more with a point as decimal mark, not "{text}"'
        raise ValueError(msg)
    return value


def _shipped(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))
