"""Time, money, energy, carbon and water in one number: only with weights whose units make it a sum of money.

The product owner's founding document writes `T + gamma E` and `C + beta E`. A sum of hours and kilowatt-hours has no
meaning, so pint refuses it; with weights in money per hour and money per kWh it is a cost.
"""

from __future__ import annotations

import re
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any, Final

import pint

from config.errors import UnitError

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER: Final = r"-?\d+\.?\d*(?:[eE][+-]?\d{1,3})?"
UNIT: Final = r"[A-Za-z]\w*(?:(?:\^|\*\*)[23])?"


@cache
def units() -> Any:  # noqa: ANN401 - pint's registry is generic
    """Return units in which money, computation and carbon are dimensions of their own."""
    registry: Any = pint.UnitRegistry()
    for line in (
        "money = [currency]",
        "FLOP = [computation]",
        "kgCO2e = [carbon]",
        "tCO2e = 1000 * kgCO2e",
        "exaFLOP = 1e18 * FLOP",
    ):
        registry.define(line)
    return registry


def objective(parts: Mapping[str, str], weights: Mapping[str, str]) -> float:
    """Return the sum of parts times their weights, in money.

    Args:
        parts: quantities by name with their units, for example {"cost": "0.5 money", "energy": "0.11 kWh"}.
        weights: what one unit of each is worth, for example {"energy": "0.1 money/kWh"}; money needs none.

    The founding example: 0.5 an hour for an hour and 0.11 kWh at 1 a kWh are 0.61.

    >>> objective({"cost": "0.5 money", "energy": "0.11 kWh"}, {"energy": "1 money/kWh"})
    0.61

    Raises:
        UnitError: a part times its weight is no money; the sentence says what it is and which weight it needs.
    """
    registry = units()
    total = registry.Quantity(0, "money")
    for name, part in parts.items():
        amount = registry.Quantity(part) * registry.Quantity(weights.get(name, "1"))
        try:
            total = total + amount.to("money")
        except pint.DimensionalityError:
            unit = registry.Quantity(part).units
            msg = (
                f"{name} of {part} is no money and cannot be added to a cost: give it a weight in money/{unit:~}, "
                f"for example {name} = 0.1 money/{unit:~}"
            )
            raise UnitError(msg) from None
    return float(total.magnitude)


def weight_of(text: str, *, per: str, currency: str) -> float:
    """Return a weight in money per unit of what it weighs.

    Args:
        text: with its unit, for example "100 EUR/tCO2e".
        per: the unit of what it weighs, for example "kgCO2e".
        currency: what money is here; another one is refused, for it would need a dated rate.

    >>> weight_of("100 EUR/tCO2e", per="kgCO2e", currency="EUR")
    0.1

    Raises:
        UnitError: it is no money per such a unit; the sentence says what it is.
    """
    registry = units()
    told = (
        f'"{text}" is no money per {per} and would add what cannot be added: write for example "0.1 {currency}/{per}"'
    )
    said = re.fullmatch(rf"\s*({NUMBER})\s*([kM]?){re.escape(currency)}\s*(?:/|per\b)\s*({UNIT})\s*", text, re.ASCII)
    if said is None:  # pint would reckon with it: 9**9**9 never ends
        raise UnitError(told)
    try:
        found = registry.Quantity(float(said[1]), f"{said[2]}money/{said[3]}")
        value = float(found.to(f"money/{per}").magnitude)
    except (pint.DimensionalityError, pint.UndefinedUnitError):
        raise UnitError(told) from None
    if not 0 <= value < inf:
        raise UnitError(told)
    return value
