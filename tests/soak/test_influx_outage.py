"""A whole day without the server at 1,000 readings/s: nothing lost, memory flat, live tiles never behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.collectors.influx.outage import LIVE_PER_S, outage

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400


@pytest.mark.soak
@pytest.mark.peer
def test_a_server_away_for_a_day(tmp_path: Path) -> None:
    found = outage(tmp_path, seconds=DAY_S)
    sys.stdout.write(f"\n{found}\n")
    assert found.rows >= DAY_S * LIVE_PER_S
    assert found.drained_per_s >= 5 * LIVE_PER_S
    assert found.grown_mb < 400
    assert found.behind == 0
