"""Several processes on one data folder, working side by side and killed; the long versions stand in tests/soak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.store_proof import kill_rounds, proven, work_together

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone

SMALL_CREW = ("accept", "bring", "move", "keep", "look")


def test_nothing_accepted_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    killed = kill_rounds(tmp_path, 5, seed=1, crew_names=SMALL_CREW, longest_s=3.0)
    counted = proven(tmp_path)
    assert counted["unacked"] <= killed
    assert counted["acked"] > 0


def test_processes_work_side_by_side_without_a_complaint(tmp_path: Path) -> None:
    work_together(tmp_path, 4, crew_names=SMALL_CREW)
    assert proven(tmp_path)["unacked"] == 0
