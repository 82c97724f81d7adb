"""kill -9 of acceptors, importer, shippers, ledger job and readers at random moments, 50 rounds; and all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.store_proof import kill_rounds, proven, work_together

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
def test_nothing_accepted_is_lost_or_doubled_in_fifty_rounds(tmp_path: Path) -> None:
    killed = kill_rounds(tmp_path, 50, seed=7)
    counted = proven(tmp_path)
    print(f"\n{killed} processes killed: {dict(counted)}")
    assert counted["unacked"] <= killed
    assert counted["imports"] > 0


@pytest.mark.soak
def test_five_minutes_together(tmp_path: Path) -> None:
    work_together(tmp_path, 300)
    print(f"\n{dict(proven(tmp_path))}")
