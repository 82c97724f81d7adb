"""A tree of RAPL zones as the kernel shows it in /sys/class/powercap."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE_UJ, DRAM_UJ = 262_143_328_850, 65_712_999_613
NAMES = {
    "intel-rapl:0": "package-0",
    "intel-rapl:0:0": "core",
    "intel-rapl:0:1": "dram",
    "intel-rapl:1": "package-1",
    "intel-rapl:1:0": "dram",
    "intel-rapl:2": "psys",
    "intel-rapl-mmio:0": "package-0",
}


def powercap_tree(root: Path, names: dict[str, str] | None = None) -> Path:
    """Two sockets with memory, a platform zone, and the twin of the first socket; every register at 5 J."""
    for folder, name in (names or NAMES).items():
        zone = root / folder
        zone.mkdir(parents=True)
        (zone / "name").write_text(f"{name}\n")
        (zone / "energy_uj").write_text("5000000\n")
        (zone / "max_energy_range_uj").write_text(f"{DRAM_UJ if name == 'dram' else PACKAGE_UJ}\n")
        if name.startswith("package"):
            (zone / "constraint_0_power_limit_uw").write_text("350000000\n")
            (zone / "constraint_1_power_limit_uw").write_text("420000000\n")
        else:
            (zone / "constraint_0_power_limit_uw").write_text("0\n")
    (root / "intel-rapl").mkdir()  # the control type itself is no zone
    (root / "dtpm").mkdir()
    return root


def set_register(root: Path, zone: str, energy_uj: int) -> None:
    """What a zone's register shows from now on."""
    (root / zone / "energy_uj").write_text(f"{energy_uj}\n")
