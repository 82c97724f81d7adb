"""Three forms in which an AMD GPU's values come: sysfs as we gathered it, amd-smi's JSON, rocm-smi's JSON; pure."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from config.errors import PayloadUnreadable, UnitError
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Values = dict[str, float]
POWER_NAMES = ("Average Graphics Package Power (W)", "Current Socket Graphics Package Power (W)")
WARMTH_NAMES = ("Temperature (Sensor edge) (C)", "Temperature (Sensor junction) (C)")
UNITS = {"power": "W", "energy_counter": "kWh", "utilisation": "ratio", "temperature": "degC"}


def gpus_of(payload: bytes, tool: str) -> dict[str, Values]:
    """Return the values of each GPU in the catalogue's units, by every name that it has in this form.

    Raises:
        PayloadUnreadable: the payload is not of this form.
    """
    try:
        told = json.loads(payload)
        return FORMS[tool](told)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, UnitError) as error:
        msg = f"An answer of {tool} cannot be read: {payload[:80].decode(errors='replace')!r}"
        raise PayloadUnreadable(msg) from error


def _sysfs(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Values]:
    return {
        address: _known(
            power=(_number(gpu.get("power1_average", gpu.get("power1_input"))), "uW"),
            utilisation=(_number(gpu.get("gpu_busy_percent")), "percent"),
            temperature=(_thousandth(gpu.get("temp1_input")), "degC"),
        )
        for address, gpu in told["gpus"].items()
    }


def _amd_smi(told: Any) -> dict[str, Values]:  # noqa: ANN401 - a list, or an object around it since ROCm 7
    rows = told["gpu_data"] if isinstance(told, dict) else told
    return {str(row["gpu"]): _amd_gpu(row) for row in rows}


def _amd_gpu(row: Mapping[str, Any]) -> Values:
    def leaf(group: str, *names: str) -> tuple[float | None, str]:
        below: Any = row.get(group)
        for name in names if isinstance(below, dict) else ():
            found = below[name] if isinstance(below.get(name), dict) else {}
            number, unit = _number(found.get("value")), str(found.get("unit"))
            if number is not None:
                return number, {"C": "degC", "%": "percent"}.get(unit, unit)
        return None, ""

    return _known(
        power=leaf("power", "socket_power"),
        energy_counter=leaf("energy", "total_energy_consumption"),
        utilisation=leaf("usage", "gfx_activity"),
        temperature=leaf("temperature", "edge", "hotspot"),
    )


def _rocm_smi(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for card, row in told.items():
        if card.startswith("card"):
            values = _known(
                power=(_first(row, POWER_NAMES), "W"),
                utilisation=(_first(row, ("GPU use (%)",)), "percent"),
                temperature=(_first(row, WARMTH_NAMES), "degC"),
            )
            found |= dict.fromkeys((card, str(row.get("PCI Bus", card)).lower()), values)
    return found


FORMS: Mapping[str, Callable[[Any], dict[str, Values]]] = {
    "sysfs": _sysfs,
    "amd-smi": _amd_smi,
    "rocm-smi": _rocm_smi,
}


def _known(**told: tuple[float | None, str]) -> Values:
    return {name: convert(value, unit, UNITS[name]) for name, (value, unit) in told.items() if value is not None}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    return next((number for name in names if (number := _number(row.get(name))) is not None), None)


def _thousandth(told: object) -> float | None:
    number = _number(told)
    return None if number is None else number / 1000


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, (int, float, str)):
        return None
    try:
        number = float(told)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
