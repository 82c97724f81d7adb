"""What Redfish resources say in numbers, whatever their firmware makes of a number; pure.

A body is a resource as JSON. Each reader returns a `Sample`; None means that the resource gives no such value, which
is not zero. Names of readers are the `way` of a payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Body = dict[str, Any]

NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([a-zA-Z.]*)\s*")
LONGEST_NUMBER = 40
LARGEST = 1e30  # whole numbers of JSON may be longer than any float
TO_W = {"W": 1.0, "Watts": 1.0, "kW": 1e3, "mW": 1e-3, "MW": 1e6}
TO_KWH = {"kW.h": 1.0, "kWh": 1.0, "W.h": 1e-3, "Wh": 1e-3, "MW.h": 1e3, "MWh": 1e3, "J": 1 / 3.6e6, "kJ": 1 / 3.6e3}
READING_TYPES = {"Power": (TO_W, "W"), "EnergykWh": (TO_KWH, "kW.h"), "EnergyJoules": (TO_KWH, "J")}
COMPONENTS = frozenset(
    {"ASIC", "Accelerator", "Backplane", "CPU", "CPUSubsystem", "Fan", "FPGA", "GPU", "GPUSubsystem", "Memory"}
    | {"MemorySubsystem", "NetworkingDevice", "PowerOutlet", "PowerSupply", "PowerSupplyBay", "Pump", "Rectifier"}
    | {"StorageDevice", "StorageSubsystem", "VoltageRegulator"}
)
"""Contexts of a part: it draws its power inside the whole, so it is never the whole and never added to it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Watts and register of one chassis, outlet or meter; `doubt` says why the two cannot be believed."""

    watts: float | None = None
    kwh: float | None = None
    doubt: str | None = None

    @property
    def answers(self) -> bool:
        """Whether there is any value."""
        return self.watts is not None or self.kwh is not None


def number(value: object, factors: Mapping[str, float], usual: str) -> float | None:
    """Return a number, or one of a text such as "412" or "0.412 kW", by the factor of its unit.

    Args:
        value: what the resource says.
        factors: units that it may have, with what leads from each to ours.
        usual: the unit of a number that says none; in any unit that `factors` does not know it is no value.
    """
    unit = usual
    if isinstance(value, str):
        match = NUMBER.fullmatch(value[:LONGEST_NUMBER])
        unit, value = (match[2] or usual, float(match[1])) if match else (usual, None)
    factor = factors.get(unit)
    if factor is None or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value * factor if -LARGEST < value < LARGEST else None


def excerpt(body: Body, name: str, factors: Mapping[str, float], usual: str) -> float | None:
    """Return the `Reading` of a sensor excerpt such as `PowerWatts`, or the plain number in its place."""
    found = body.get(name)
    if isinstance(found, dict):
        return number(found.get("Reading"), factors, str(found.get("ReadingUnits") or usual))
    return number(found, factors, usual)


def from_excerpts(bodies: Sequence[Body]) -> Sample:
    """Read EnvironmentMetrics, metrics of a PDU, or an outlet, circuit or main: excerpts of sensors."""
    (body,) = bodies
    kwh = excerpt(body, "EnergykWh", TO_KWH, "kWh")
    kwh = excerpt(body, "EnergyJoules", TO_KWH, "J") if kwh is None else kwh
    return Sample(excerpt(body, "PowerWatts", TO_W, "W"), kwh)


def sensor_value(body: Body) -> tuple[str, float | None]:
    """Return the metric of a sensor, "power", "energy_counter" or "", and its value in W or kWh."""
    kind = str(body.get("ReadingType"))
    if kind not in READING_TYPES:
        return "", None
    factors, usual = READING_TYPES[kind]
    value = number(body.get("Reading"), factors, str(body.get("ReadingUnits") or usual))
    return ("power" if kind == "Power" else "energy_counter"), value


def from_sensors(bodies: Sequence[Body]) -> Sample:
    """Read the sensors that were chosen when the chassis was first asked: at most one of power and one of energy."""
    values = dict(sensor_value(body) for body in bodies)
    return Sample(values.get("power"), values.get("energy_counter"))


def from_power(bodies: Sequence[Body]) -> Sample:
    """Read the deprecated Power resource: the chassis total, or what its supplies draw where there is no total."""
    (body,) = bodies
    controls = objects(body.get("PowerControl"))
    whole = next((each for each in controls if str(each.get("PhysicalContext")) not in COMPONENTS), {})
    watts = number(whole.get("PowerConsumedWatts"), TO_W, "W")
    if watts is not None:
        return Sample(watts)
    supplies = [each for each in objects(body.get("PowerSupplies")) if present(each)]
    return summed([Sample(number(each.get("PowerInputWatts"), TO_W, "W")) for each in supplies])


def from_supplies(bodies: Sequence[Body]) -> Sample:
    """Read the metrics of all power supplies: their inputs are the chassis."""
    watts = [excerpt(body, "InputPowerWatts", TO_W, "W") for body in bodies]
    registers = [excerpt(body, "EnergykWh", TO_KWH, "kWh") for body in bodies]
    return summed([Sample(*both) for both in zip(watts, registers, strict=True)])


def summed(parts: Sequence[Sample]) -> Sample:
    """Add supplies up; one that is silent leaves no sum, and equal ones leave a doubt."""
    watts, kwh = _sum(part.watts for part in parts), _sum(part.kwh for part in parts)
    if len(parts) > 1 and watts and len({part.watts for part in parts}) == 1:
        each = f"{parts[0].watts:g} W"
        return Sample(watts, None, f"each of {len(parts)} power supplies says {each}: shares or one total, repeated?")
    return Sample(watts, kwh)


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if known and len(known) == len(found) else None


def objects(value: object) -> list[Body]:
    """Return the objects of what should be a list of them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def present(body: Body) -> bool:
    """Whether a part is there at all, by its Status."""
    status = body.get("Status")
    return not (isinstance(status, dict) and status.get("State") == "Absent")


WAYS: Mapping[str, Callable[[Sequence[Body]], Sample]] = {
    "EnvironmentMetrics": from_excerpts,
    "Sensors": from_sensors,
    "Power": from_power,
    "PowerSubsystem": from_supplies,
    "Metrics": from_excerpts,
    "resource": from_excerpts,
}
