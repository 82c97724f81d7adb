"""Debian's Slurm with its accounting on one node that counts energy: see node.sh."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS: Final = ("mariadbd", "munged", "slurmdbd", "slurmctld", "slurmd", "srun", "sacct", "ip", "nsenter")
OWN: Final = ("unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child")
NODE: Final = Path(__file__).with_name("node.sh")
READY_S: Final = 60.0


@dataclass(frozen=True)
class SlurmNode:
    """A running cluster `alpha` of the node `gpu1`; `sacct` is a program as a user of the cluster has it."""

    folder: Path
    pid: int

    @property
    def sacct(self) -> str:
        """Path of sacct, as it is on a machine of the cluster."""
        path = self.folder / "sacct"
        path.write_text(f'#!/bin/sh\nexec {" ".join(self._within("sacct"))} "$@"\n')
        path.chmod(0o755)
        return str(path)

    def run(self, *argv: str) -> str:
        """Run one of Slurm's commands to its end and return what it printed."""
        done = subprocess.run(self._within(*argv), check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def _within(self, *argv: str) -> list[str]:
        conf = f"SLURM_CONF={self.folder}/slurm.conf"
        return ["nsenter", f"--target={self.pid}", "--mount", "--net", "--uts", "env", conf, *argv]


@contextmanager
def running_slurm(folder: Path) -> Iterator[SlurmNode]:
    """A cluster of one node; skipped with a reason where the machine gives us no namespaces."""
    for name in PROGRAMS:
        require_binary(name)
    if os.geteuid() or subprocess.run([*OWN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("Slurm's daemons want root and namespaces of their own, which this machine does not give")
    with (folder / "node.log").open("wb") as log:
        node = subprocess.Popen([*OWN, "bash", NODE, folder], stdout=log, stderr=log)
    try:
        _wait(folder, node)
        yield SlurmNode(folder, node.pid)
    finally:
        node.kill()
        node.wait()


def _wait(folder: Path, node: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and node.poll() is None:
        if "ready\n" in (folder / "node.log").read_text():
            return
        time.sleep(0.1)
    msg = f"Slurm did not come up: {(folder / 'node.log').read_text()}"
    raise RuntimeError(msg)
