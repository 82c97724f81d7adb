"""Zones of RAPL in sysfs: which there are, what they are called, and which may be read side by side.

`/sys/class/powercap` is flat: `intel-rapl:0` is a package, `intel-rapl:0:1` a zone inside it, and the file `name` says
which. A zone inside another is called `package-0/dram` here, for every package has a `dram`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

POWERCAP = "/sys/class/powercap"
CONTROL = re.compile(r"intel-rapl(?P<twin>-[a-z]+)?(?P<numbers>(:\d+)+)")
COUNTED = re.compile(r"package-\d+(-die-\d+)?(/dram)?|psys")
PSYS = "psys"


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: its name and its folder."""

    name: str
    folder: Path

    @property
    def energy_uj(self) -> int:
        """The register now."""
        return _number(self.folder / "energy_uj")

    @property
    def max_energy_range_uj(self) -> int:
        """Where the register ends and begins again."""
        return _number(self.folder / "max_energy_range_uj")

    @property
    def limit_w(self) -> float | None:
        """The highest power limit that the zone knows [W], None where it has none."""
        limits = [_limit(file) for file in self.folder.glob("constraint_*_power_limit_uw")]
        return max(limits, default=0) / 1e6 or None


def zones_of(root: Path) -> dict[str, Zone]:
    """Return the zones that may be counted, by name; of twins the one of the standard driver. Empty without RAPL."""
    found: dict[str, Zone] = {}
    for folder in sorted(root.glob("intel-rapl*:*"), key=_order):
        match = CONTROL.fullmatch(folder.name)
        name = _name(root, folder.name) if match else None
        if name is not None and COUNTED.fullmatch(name):
            found.setdefault(name, Zone(name, folder))
    return found


def clash(names: Iterable[str]) -> str | None:
    """Say why zones cannot be read side by side, or None; the text ends without full stop."""
    wanted = set(names)
    for name in sorted(wanted):
        if not COUNTED.fullmatch(name):
            return f'cannot count "{name}": name package-0, package-0/dram or psys; the others lie within a package'
    if PSYS in wanted and len(wanted) > 1:
        return "names psys beside what it contains: name either psys alone or packages and dram"
    return None


def _order(folder: Path) -> tuple[bool, list[int]]:
    """Standard driver first, then by number."""
    return not folder.name.startswith("intel-rapl:"), [int(number) for number in folder.name.split(":")[1:] if number]


def _name(root: Path, folder: str) -> str | None:
    """The name of a zone with that of the zone around it; None where the kernel gives none."""
    around, _, _ = folder.rpartition(":")
    try:
        own = (root / folder / "name").read_text(encoding="ascii").strip()
    except OSError:
        return None
    outer = _name(root, around) if ":" in around else ""
    return f"{outer}/{own}" if outer else own


def _number(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))


def _limit(file: Path) -> int:
    try:
        return _number(file)
    except (OSError, ValueError):
        return 0
