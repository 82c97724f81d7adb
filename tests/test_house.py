"""The house itself: names resolve here, the lock names no host, files stay small."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("package", ["config", "collectors", "analytics", "ui"])
def test_package_is_ours(package: str) -> None:
    found = Path(str(importlib.import_module(package).__file__))
    assert found.is_relative_to(ROOT), f"{package} comes from {found}: a foreign package shadows ours"


def test_lock_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?://|--index-url|--find-links", lock)
    pins = [line for line in lock.splitlines() if "==" in line]
    assert len(pins) > 50
    assert all(line.rstrip().endswith("\\") for line in pins), "every pin is followed by its hashes"


def test_no_file_in_ui_shadows_a_module() -> None:
    import sys

    names = {path.stem for path in (ROOT / "ui").iterdir() if path.suffix == ".py"} - {"__init__"}
    assert not names & (set(sys.stdlib_module_names) | {"config", "collectors", "analytics", "streamlit", "pandas"})


def test_rooms_stay_small() -> None:
    large = {
        str(path.relative_to(ROOT)): lines
        for folder in ("config", "collectors", "analytics", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert not large, "a file over 300 lines holds more than one idea"
