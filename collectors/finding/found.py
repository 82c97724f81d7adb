"""What a search returns, and where it looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors.plugins.amd.collector import DEVICES as PCI
from collectors.plugins.rapl.zones import POWERCAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.points import Role

NUT_PORT = 3493
# port -> what usually answers there; a guess that its answer must confirm
EXPORTERS: Mapping[int, str] = {
    9100: "node_exporter",
    9400: "dcgm-exporter",
    9290: "ipmi_exporter",
    28282: "Kepler",
    9102: "Kepler",
    9010: "CEEMS",
    8080: "Scaphandre",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look, all of it on this machine; `server` is the name that its point shall have."""

    server: str
    nvml: bool = True
    powercap: Path = Path(POWERCAP)
    devices: Path = Path("/dev")
    pci: Path = Path(PCI)
    nut_port: int | None = NUT_PORT
    exporters: Mapping[int, str] = field(default_factory=lambda: EXPORTERS)


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A point for the site file; `register_max` is a quantity, such as "262143.3 J"."""

    id: str
    name: str
    parent: str
    interval_s: Mapping[str, int]
    max_w: int | None = None
    register_max: str | None = None
    meter: str = ""
    role: Role = "component"


@dataclass(frozen=True, slots=True)
class FoundSource:
    """A source table for the site file."""

    id: str
    kind: str
    interval_s: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """A first reading of something for which Wattlas has no kind of source yet, in its own words."""

    of: str
    metric: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that this machine offers; `advice` are lines for a person, as comments in the file."""

    title: str
    points: tuple[FoundPoint, ...] = ()
    source: FoundSource | None = None
    advice: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
