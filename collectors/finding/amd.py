"""AMD GPUs of this machine, by the files that the driver amdgpu shows of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collectors.finding.found import Found, FoundPoint, FoundSource
from collectors.plugins.amd.collector import DEVICES, HWMON

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from collectors.finding.found import Machine

INTERVAL_S = 10
HEADROOM = 1.5  # what a GPU draws for a moment may exceed its power limit
METRIC_OF: Mapping[str, str] = {
    "power1_average": "power",
    "power1_input": "power",
    "gpu_busy_percent": "utilisation",
    "temp1_input": "temperature",
}
UW_PER_W = 1e6


def find(machine: Machine) -> Found | None:
    """Look for PCI devices with the files of amdgpu that tell a power."""
    shown = {file.parents[2] for name in HWMON[:2] for file in machine.pci.glob(f"*/hwmon/hwmon*/{name}")}
    cards = sorted(folder for folder in shown if (folder / "gpu_busy_percent").exists())
    if not cards:
        return None
    points = tuple(_point(machine, folder, number) for number, folder in enumerate(cards))
    gpus = {point.id: folder.name for point, folder in zip(points, cards, strict=True)}
    options = {"gpus": gpus, **({} if str(machine.pci) == DEVICES else {"folder": str(machine.pci)})}
    source = FoundSource(f"{machine.server}-amd", "amd", INTERVAL_S, options)
    return Found(f"{len(cards)} AMD GPU{'s' if len(cards) > 1 else ''}", points, source)


def _point(machine: Machine, folder: Path, number: int) -> FoundPoint:
    files = [name for name in METRIC_OF if _file(folder, name) is not None]
    metrics = dict.fromkeys(METRIC_OF[name] for name in files)
    name = f"AMD GPU {folder.name}"
    return FoundPoint(
        f"{machine.server}-amd-{number}", name, machine.server, dict.fromkeys(metrics, INTERVAL_S), _max_w(folder)
    )


def _max_w(folder: Path) -> int | None:
    cap = _file(folder, "power1_cap")
    try:
        return math.ceil(int(cap.read_text()) / UW_PER_W * HEADROOM / 10) * 10 if cap else None
    except (OSError, ValueError):
        return None


def _file(folder: Path, name: str) -> Path | None:
    if (folder / name).exists():
        return folder / name
    return next(iter(sorted(folder.glob(f"hwmon/hwmon*/{name}"))), None)
