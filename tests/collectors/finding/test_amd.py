"""AMD GPUs are found by the files of their driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.finding import Machine, amd
from collectors.plugins.amd import Amd

if TYPE_CHECKING:
    from pathlib import Path


def card(folder: Path, address: str, files: dict[str, str]) -> None:
    hwmon = folder / address / "hwmon" / "hwmon1"
    hwmon.mkdir(parents=True)
    for name, text in files.items():
        (hwmon / name if name[0] in "pt" else folder / address / name).write_text(text)


def test_cards_become_points_and_a_source_that_reads_them(tmp_path: Path) -> None:
    whole = {"power1_average": "45000000", "power1_cap": "300000000", "temp1_input": "41000", "gpu_busy_percent": "3"}
    card(tmp_path, "0000:c1:00.0", whole)
    card(tmp_path, "0000:41:00.0", {"power1_input": "12000000", "power1_cap": "x", "gpu_busy_percent": "0"})
    card(tmp_path, "0000:01:00.0", {"power1_input": "7000000"})  # a network card has a power too
    found = amd.find(Machine("srv-1", pci=tmp_path))
    assert found is not None
    assert found.title == "2 AMD GPUs"
    assert [(point.id, point.max_w, sorted(point.interval_s)) for point in found.points] == [
        ("srv-1-amd-0", None, ["power", "utilisation"]),
        ("srv-1-amd-1", 450, ["power", "temperature", "utilisation"]),
    ]
    assert found.source is not None
    table = {"id": "g", "point": "lab/srv-1", **found.source.options}
    assert b"45000000" in Amd.model_validate(table).fetch()


def test_a_machine_without_one_has_none(tmp_path: Path) -> None:
    assert amd.find(Machine("srv-1", pci=tmp_path / "absent")) is None
