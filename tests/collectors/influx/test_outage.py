"""The server is away for a million readings, then drained beside live ones; the full day is in tests/soak."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.collectors.influx.outage import LIVE_PER_S, outage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone


@pytest.mark.peer
def test_a_server_away_for_a_million_readings_costs_nothing_but_time(tmp_path: Path) -> None:
    found = outage(tmp_path, seconds=1000)
    sys.stdout.write(f"{found}\n")
    assert found.rows >= 1_000_000
    assert found.drained_per_s >= 5 * LIVE_PER_S
    assert found.grown_mb < 400
    assert found.behind == 0
    assert found.latest_s < 2.0
