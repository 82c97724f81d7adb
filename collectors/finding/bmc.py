"""The BMC of this machine, seen by its device file; it is read over its network port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.finding.found import Found

if TYPE_CHECKING:
    from collectors.finding.found import Machine

DEVICES = ("ipmi0", "ipmi/0", "ipmidev/0")
ADVICE = (
    "It measures the whole server, and is read over its network port: `ipmitool lan print` shows its address.",
    "Make a user with the privilege USER there, put its password into the environment, and remove the # here:",
    "[[sources]]",
    'id = "{server}-bmc"',
    'kind = "ipmi"',
    'point = "{server}"',
    'host = "10.0.0.1"',
    'user = "monitor"',
    'password = {{ env = "BMC_PASSWORD" }}',
)


def find(machine: Machine) -> Found | None:
    """Look for the device file of a BMC."""
    device = next((name for name in DEVICES if (machine.devices / name).exists()), None)
    if device is None:
        return None
    advice = tuple(line.format(server=machine.server) for line in ADVICE)
    return Found(f"A BMC ({machine.devices / device})", advice=advice)
