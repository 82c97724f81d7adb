"""Two minutes of twenty BMCs under two PDUs and a facility meter, over real RMCP+."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.attribution.hall_story import accept_hall

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
@pytest.mark.peer
def test_two_minutes_of_twenty_bmcs_give_the_energy_and_pue_that_ipmitool_implies(tmp_path: Path) -> None:
    accept_hall(tmp_path, window_s=120)
