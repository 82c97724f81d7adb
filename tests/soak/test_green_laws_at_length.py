"""The laws of green energy with 10,000 cases each (design section 8)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAWS = Path(__file__).parents[1] / "analytics" / "test_green_laws.py"


@pytest.mark.soak
def test_laws_of_green_energy_hold_in_ten_thousand_cases() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(LAWS)],
        env={**os.environ, "WATTLAS_LAW_CASES": "10000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
