"""The `amd` source: which GPUs of this machine are asked, and by what."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from collectors.contract import Collector
from collectors.plugins.amd.forms import gpus_of
from collectors.plugins.local import full_id, repeated
from collectors.reading import Reading
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
DEVICES = "/sys/bus/pci/devices"
ROCM = "/opt/rocm/bin"
ARGUMENTS = {
    "amd-smi": ("metric", "--json"),
    "rocm-smi": ("--showpower", "--showuse", "--showtemp", "--showbus", "--json"),
}
HWMON = ("power1_average", "power1_input", "temp1_input")


class Amd(Collector):
    """The AMD GPUs of this machine that have a point; see the package's manual."""

    blocking: ClassVar[bool] = True

    kind: Literal["amd"] = "amd"
    interval_s: float = Field(default=10.0, ge=1)
    tool: Literal["sysfs", "amd-smi", "rocm-smi"] = "sysfs"
    register_: bool = Field(default=False, alias="register")
    gpus: dict[str, str] = Field(min_length=1)
    folder: Path = Path(DEVICES)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if twice := repeated(self.gpus.values()):
            msg = f"gpus has {twice} at several points: give each GPU one point"
            raise ValueError(msg)
        if self.register_ and self.tool != "amd-smi":
            msg = 'register needs tool = "amd-smi": the others show no energy'
            raise ValueError(msg)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset((full_id(point, beside=self.point), "power") for point in self.gpus)

    def fetch(self) -> bytes:
        """Read the files of every GPU that has a point, or start the tool once; a GPU that is gone costs no other.

        Raises:
            SourceUnreachable: no GPU gives a value, or the tool fails.
            SourceRefused: none of the GPUs is there, or no such tool.
        """
        return self._files() if self.tool == "sysfs" else self._answer(self.tool)

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric that each GPU gives.

        Raises:
            PayloadUnreadable: the payload is not of this tool, or none of the GPUs that have a point is in it.
        """
        found = gpus_of(payload, self.tool)
        if not found.keys() & set(self.gpus.values()):
            wanted = ", ".join(self.gpus.values())
            msg = f"An answer of {self.tool} says nothing of GPU {wanted}: it has {', '.join(found) or 'none'}."
            raise PayloadUnreadable(msg)
        for point, gpu in self.gpus.items():
            for metric, value in found.get(gpu, {}).items():
                if metric != "energy_counter" or (self.register_ and value > 0):
                    yield Reading(full_id(point, beside=self.point), metric, at, value)

    def _files(self) -> bytes:
        asked = {address: _device(self.folder / address) for address in self.gpus.values()}
        gpus = {address: values for address, values in asked.items() if values is not None}
        if not gpus:
            there = sorted(path.parent.name for path in self.folder.glob("*/gpu_busy_percent"))
            has = f"it has {', '.join(there) or 'none'}"
            msg = f"This machine has no GPU {', '.join(asked)} of the driver amdgpu; {has}."
            raise SourceRefused(msg)
        if not any(gpus.values()):
            msg = f"No GPU of source {self.id} gives a value: see what {self.folder}/*/hwmon shows."
            raise SourceUnreachable(msg)
        return json.dumps({"gpus": gpus}).encode()

    def _answer(self, tool: str) -> bytes:
        program = shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", os.defpath), ROCM]))
        if program is None:
            msg = f'{tool} is not on this machine: install ROCm, or read without it (tool = "sysfs").'
            raise SourceRefused(msg)
        try:
            run = subprocess.run(
                [program, *ARGUMENTS[tool]],
                capture_output=True,
                timeout=self.deadline_s * SHARE_OF_DEADLINE,
                check=True,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            msg = f"{tool} gave no answer within {self.deadline_s:g} s: see whether a GPU hangs."
            raise SourceUnreachable(msg) from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
            msg = f"{tool} failed and said: {said[-1][:200]}."
            raise SourceUnreachable(msg) from error
        return run.stdout


def _device(folder: Path) -> dict[str, str] | None:
    """What the files of one GPU say; None where the driver shows no such GPU."""
    if not (folder / "hwmon").is_dir() and not (folder / "gpu_busy_percent").exists():
        return None
    files = {name: path for name in HWMON for path in sorted(folder.glob(f"hwmon/hwmon*/{name}"))}
    files["gpu_busy_percent"] = folder / "gpu_busy_percent"
    return {name: text for name, path in files.items() if (text := _text(path)) is not None}


def _text(path: Path) -> str | None:
    """A file's text; None where it is not there, or the GPU sleeps and its files give errors."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
