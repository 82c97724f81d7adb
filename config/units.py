"""Units: pint at the border, floats inside. This module owns the only registry.

`gCO2e` is a dimension of its own, so emissions never add up with kilograms of refrigerant, and so is `gCO2` of
biogenic origin, which stands beside them; volt-amperes become no
watts, though pint would let them, for apparent power is another thing. Offset units (degC, degF) go through `convert`;
`linear_factor` refuses them, for a multiplier of theirs would be silently wrong. Nothing here imports pint until two
different units meet.

Source: notes/style.md section 4.3.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import isclose
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, overload

from config.errors import UnitError
from config.reading.wording import nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pint import UnitRegistry

DEFINITIONS = (
    "gram_CO2e = [co2e_mass] = gCO2e",
    "tonne_CO2e = 1e6 * gram_CO2e = tCO2e",
    "gram_CO2 = [co2_mass] = gCO2",
    "tonne_CO2 = 1e6 * gram_CO2 = tCO2",
    "ratio = []",
)
SYNONYMS = {
    "°C": "degC",
    "℃": "degC",
    "°F": "degF",
    "℉": "degF",
    "%": "percent",
    "l": "L",
    "m³": "m^3",
    "m3": "m^3",
    "m²": "m^2",
    "m2": "m^2",
    "ft2": "ft^2",
}
COMMON = (
    "W",
    "kW",
    "MW",
    "VA",
    "kVA",
    "Wh",
    "kWh",
    "MWh",
    "GWh",
    "J",
    "kJ",
    "MJ",
    "GJ",
    "degC",
    "degF",
    "percent",
    "L",
)

AMBIGUOUS = {  # not the same to everybody -> what to write instead
    "bbl": "oil_barrel (158.99 L), or litres",
    "barrel": "oil_barrel (158.99 L), or litres",
    "gal": "US_liquid_gallon or imperial_gallon, or litres",
    "gallon": "US_liquid_gallon or imperial_gallon, or litres",
    "ton": "t (1,000 kg), short_ton or long_ton",
    "mWh": "MWh; these would be thousandths of a watt hour",
}

QUANTITY = re.compile(r"\s*([-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*")

LONGEST = 40  # characters of a unit
POWERS = re.compile(r"\*\*|\^")
POWER = re.compile(r"[^\W\d]\s*(?:\*\*|\^)\s*-?\d(?![\d.]|\s*[*^]{2}|\s*\^)")
ODD = (
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    TokenError,
    LookupError,
)  # what pint's parser stumbles over


@lru_cache(maxsize=1)
def registry() -> UnitRegistry[Any]:
    """Return the one registry of this program; making it costs half a second, so it is made when first needed."""
    from pint import UnitRegistry

    units: UnitRegistry[Any] = UnitRegistry(on_redefinition="ignore", cache_folder=None)
    for definition in DEFINITIONS:
        units.define(definition)
    return units


def canonical(unit: str) -> str:
    """Return the spelling of a unit that the registry knows: `℃` is `degC`, `%` is `percent`."""
    trimmed = unit.strip()
    return SYNONYMS.get(trimmed, trimmed)


@overload
def convert(value: float, source_unit: str, target_unit: str) -> float: ...
@overload
def convert(value: NDArray[np.float64], source_unit: str, target_unit: str) -> NDArray[np.float64]: ...
def convert(value: float | NDArray[np.float64], source_unit: str, target_unit: str) -> float | NDArray[np.float64]:
    """Convert a number or an array between two units; offset units (degF to degC) are converted as temperatures.

    Args:
        value: float or array of floats in `source_unit`; NaN stays NaN.
        source_unit: unit as text, for example `kW` or `kgCO2e/kWh`.
        target_unit: unit as text.

    Returns:
        The value in `target_unit`, of the same shape; the argument itself where the two units are the same.

    Raises:
        UnitError: a unit is unknown, or the two measure different things.
    """
    source, target = canonical(source_unit), canonical(target_unit)
    if source == target:
        return value
    multiplier, offset = _line(source, target)
    return value * multiplier + offset


def linear_factor(source_unit: str, target_unit: str) -> float:
    """Return what a value in `source_unit` is multiplied by to give `target_unit`.

    Raises:
        UnitError: a unit is unknown, the two measure different things, or zero of one is not zero of the other
            (degC, degF), for which `convert` must be used.
    """
    source, target = canonical(source_unit), canonical(target_unit)
    if source == target:
        return 1.0
    multiplier, offset = _line(source, target)
    if offset:
        msg = f'"{source_unit}" has another zero than "{target_unit}", so no factor leads there: convert the value.'
        raise UnitError(msg)
    return multiplier


@lru_cache(maxsize=1024)
def _line(source: str, target: str) -> tuple[float, float]:
    """Return multiplier and offset of the straight line from one unit to the other."""
    from pint.errors import DimensionalityError

    start = _parsed(source)
    goal = _parsed(target)
    units = registry()
    if _volt_amperes(start) != _volt_amperes(goal):
        raise UnitError(_unlike(source, target))
    try:
        zero, one, two = (float(units.Quantity(number, start).to(goal).magnitude) for number in (0.0, 1.0, 2.0))
    except DimensionalityError:
        raise UnitError(_unlike(source, target)) from None
    if not isclose(two - one, one - zero, rel_tol=1e-9):
        msg = f'"{source}" is no linear unit of "{target}": convert the values before they come here.'
        raise UnitError(msg)
    return one - zero, zero


def _unlike(source: str, target: str) -> str:
    return f'"{source}" cannot become "{target}", for they measure different things: correct the unit.'


def _volt_amperes(unit: Any) -> list[object]:  # noqa: ANN401 - pint's unit type depends on its registry
    """Return the powers in which a unit holds volt-amperes, prefixes aside."""
    items = registry().Quantity(1.0, unit).unit_items()
    return [exponent for name, exponent in items if name.endswith("volt_ampere")]


def _plain(unit: str) -> bool:
    """Whether a text is short, printable, and each power in it a digit behind a name: pint would compute `9**9**9`."""
    return len(unit) <= LONGEST and unit.isprintable() and len(POWER.findall(unit)) == len(POWERS.findall(unit))


def _parsed(unit: str) -> Any:  # noqa: ANN401 - pint's unit type depends on its registry
    from pint.errors import DefinitionSyntaxError, OffsetUnitCalculusError, UndefinedUnitError

    if not unit:
        msg = "a unit is missing: write one, for example W or kWh."
        raise UnitError(msg)
    try:
        if not _plain(unit):
            raise ValueError(unit)
        return registry().parse_units(unit)
    except (UndefinedUnitError, DefinitionSyntaxError, OffsetUnitCalculusError, *ODD):
        close = nearest(unit, COMMON)
        hint = f'did you mean "{close}"?' if close else f"write one like {', '.join(COMMON[:8])}."
        msg = f'"{unit}" is no known unit; {hint}'
        raise UnitError(msg) from None


def split_quantity(text: str) -> tuple[float, str]:
    """Split a quantity such as `262143.328 J` into its number and its unit, without pint.

    Raises:
        UnitError: the text is no number followed by a unit.
    """
    found = QUANTITY.fullmatch(text)
    if found is None:
        msg = f'"{text}" is no quantity: write a number and a unit, for example "262143.328 J".'
        raise UnitError(msg)
    return float(found[1]), found[2]
