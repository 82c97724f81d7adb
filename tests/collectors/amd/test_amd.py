"""The AMD source on a machine without a card: the kernel's files by hand, and tools that are scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.amd import Amd
from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "0000:c1:00.0"


def source(**keys: object) -> Amd:
    return Amd.model_validate({"id": "g", "point": "lab/srv", "gpus": {"gpu-0": ADDRESS}, **keys})


def tool(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_the_files_of_the_kernel_are_read(tmp_path: Path) -> None:
    hwmon = tmp_path / ADDRESS / "hwmon" / "hwmon3"
    hwmon.mkdir(parents=True)
    (hwmon / "power1_average").write_text("45000000\n")
    (hwmon / "temp1_input").write_text("41000\n")
    (hwmon.parents[1] / "gpu_busy_percent").write_text("25\n")
    one = source(folder=tmp_path)
    found = {reading.metric: reading.value for reading in one.parse(one.fetch(), AT)}
    assert found == {"power": 45.0, "utilisation": 0.25, "temperature": 41.0}
    with pytest.raises(SourceRefused, match=f"has no GPU 0000:ff:00.0 of the driver amdgpu; it has {ADDRESS}."):
        source(folder=tmp_path, gpus={"x": "0000:ff:00.0"}).fetch()
    gone = source(folder=tmp_path, gpus={"x": "0000:ff:00.0", "gpu-0": ADDRESS})
    assert {reading.point for reading in gone.parse(gone.fetch(), AT)} == {"lab/gpu-0"}
    for file in (hwmon / "power1_average", hwmon / "temp1_input", hwmon.parents[1] / "gpu_busy_percent"):
        file.unlink()
    with pytest.raises(SourceUnreachable, match="gives a value"):
        one.fetch()


def test_a_tool_is_started_and_what_it_says_instead_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = source(tool="amd-smi", gpus={"gpu-0": "0"}, deadline_s=5)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceRefused, match="amd-smi is not on this machine"):
        one.fetch()
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    answer = json.dumps([{"gpu": 0, "power": {"socket_power": {"value": 20, "unit": "W"}}}])
    tool(tmp_path, monkeypatch, "amd-smi", f'[ "$*" = "metric --json" ] && echo \'{answer}\'')
    assert [reading.value for reading in one.parse(one.fetch(), AT)] == [20.0]
    tool(tmp_path, monkeypatch, "amd-smi", "echo first >&2; echo no driver >&2; exit 3")
    with pytest.raises(SourceUnreachable, match="failed and said: no driver"):
        one.fetch()
    tool(tmp_path, monkeypatch, "amd-smi", "exec sleep 5")
    with pytest.raises(SourceUnreachable, match=r"gave no answer within 0\.1 s"):
        source(tool="amd-smi", gpus={"gpu-0": "0"}, deadline_s=0.1).fetch()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"gpus": {"a": "0", "b": "0"}}, "at several points"),
        ({"register": True}, "register needs tool"),
        ({"tool": "nvidia-smi"}, "tool"),
        ({"gpus": {}}, "gpus"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(**keys)
