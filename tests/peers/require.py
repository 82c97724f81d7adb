"""Real peers or a visible reason: a missing program skips the test, or fails it where every peer is required."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def require_binary(name: str) -> str:
    """Path of a program; without it the test is skipped, or fails if WATTLAS_REQUIRE_PEERS=1."""
    found = shutil.which(name)
    if found is None:
        _absent(f"program {name}")
    return str(found)


def require_file(path: str) -> Path:
    """A file that a package brings, such as a header; without it as `require_binary`."""
    if not Path(path).exists():
        _absent(f"file {path}")
    return Path(path)


def _absent(what: str) -> None:
    reason = f"{what} is not installed: run `make peers`"
    if os.environ.get("WATTLAS_REQUIRE_PEERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
