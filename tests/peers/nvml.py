"""The stub of NVIDIA's driver library: built by gcc, found by LD_LIBRARY_PATH as the real one would be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.peers.require import require_binary

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "nvml_stub" / "nvml.c"
GPUS = [f"GPU-{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "0123"]
MIGS = [f"MIG-{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "45"]


def build_stub(folder: Path, *, old_driver: bool = False) -> Path:
    """Compile the library into a folder of its own and return that folder; needs gcc."""
    folder.mkdir(parents=True, exist_ok=True)
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", *(["-DOLD_DRIVER"] if old_driver else [])]
    library = folder / "libnvidia-ml.so.1"
    subprocess.run([require_binary("gcc"), *flags, "-o", str(library), str(SOURCE)], check=True, timeout=60)
    return folder


def run_beside(library: Path, *command: str, words: str = "", cwd: Path | None = None) -> str:
    """What a Python of its own prints, for which the stub is the NVIDIA driver of this machine."""
    place = {"LD_LIBRARY_PATH": str(library), "NVML_STUB": words, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, *command],
        env=os.environ | place,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout
