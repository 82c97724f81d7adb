"""Processors and memory of this machine by the energy registers of RAPL."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collectors.finding.found import Found, FoundPoint, FoundSource
from collectors.plugins.rapl.zones import POWERCAP, PSYS, zones_of

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.finding.found import Machine
    from collectors.plugins.rapl.zones import Zone

INTERVAL_S = 30
HEADROOM = 2  # limits hold on average; a package may draw more for a moment


def find(machine: Machine) -> Found | None:
    """Return the zones that can be added: packages and their memory, `psys` left aside."""
    counted = {name: zone for name, zone in zones_of(machine.powercap).items() if name != PSYS}
    named = {name: _point(machine, zone) for name, zone in counted.items()}
    zones = {point.id: name for name, point in named.items() if point}
    points = tuple(point for point in named.values() if point)
    if not points:
        return None
    options = {"zones": zones, **_folder(machine.powercap)}
    source = FoundSource(f"{machine.server}-cpus", "rapl", INTERVAL_S, options)
    title = f"Energy registers of {len(points)} processor zones (RAPL)"
    return Found(title, points, source, advice=_advice(list(counted.values())))


def _point(machine: Machine, zone: Zone) -> FoundPoint | None:
    """The point of a zone, with the end of its register: the ledger needs it wherever the register wrapped."""
    try:
        end_j = zone.max_energy_range_uj / 1e6
    except (OSError, ValueError):
        return None
    max_w = None if zone.limit_w is None else math.ceil(zone.limit_w * HEADROOM / 10) * 10
    id_ = f"{machine.server}-{zone.name.replace('package', 'cpu').replace('/', '-')}"
    name = zone.name.replace("package-", "Processor ").replace("/dram", ", memory")
    intervals = {"energy_counter": INTERVAL_S}
    return FoundPoint(id_, name, machine.server, intervals, max_w, f"{end_j:.6f} J", meter=zone.name.replace("/", "-"))


def _folder(powercap: Path) -> dict[str, str]:
    return {} if str(powercap) == POWERCAP else {"folder": str(powercap)}


def _advice(counted: list[Zone]) -> tuple[str, ...]:
    try:
        for zone in counted:
            _ = zone.energy_uj
    except PermissionError:
        return ("Their registers are root's alone: give the group that Wattlas runs in the right to read energy_uj.",)
    except (OSError, ValueError):
        return ()
    return ()
