"""The laws of figures with 10,000 cases each (design 8): what is printed, estimates, boundaries, green energy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ANALYTICS = Path(__file__).parents[1] / "analytics"
LAWS = (
    "green_laws",
    "green_shares",
    "effectiveness",
    "period_figures",
    "more_figures",
    "entered",
    "overhead",
    "estimates",
    "consolidation",
    "report",
    "recorded",
)


@pytest.mark.soak
@pytest.mark.parametrize("laws", LAWS)
def test_laws_of_figures_hold_in_ten_thousand_cases(laws: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ANALYTICS / f"test_{laws}.py")],
        env={**os.environ, "WATTLAS_LAW_CASES": "10000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
