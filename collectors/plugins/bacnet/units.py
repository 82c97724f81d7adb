"""Engineering units of BACnet (ASHRAE 135, BACnetEngineeringUnits) that a metric may have, by our spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Mapping[str, str] = {
    "watts": "W",
    "milliwatts": "mW",
    "kilowatts": "kW",
    "megawatts": "MW",
    "horsepower": "hp",
    "volt-amperes": "VA",
    "kilovolt-amperes": "kVA",
    "megavolt-amperes": "MVA",
    "joules": "J",
    "kilojoules": "kJ",
    "megajoules": "MJ",
    "watt-hours": "Wh",
    "kilowatt-hours": "kWh",
    "megawatt-hours": "MWh",
    "degrees-celsius": "degC",
    "degrees-fahrenheit": "degF",
    "degrees-kelvin": "K",
    "percent-relative-humidity": "percent",
    "percent": "percent",
    "liters": "L",
    "milliliters": "mL",
    "cubic-meters": "m^3",
    "cubic-feet": "ft^3",
    "us-gallons": "gallon",
}
