"""Fifty kills -9 between evaluation and delivery of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.alerts.alert_kills import survive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
@pytest.mark.peer
def test_fifty_kills_lose_no_message(tmp_path: Path) -> None:
    survive(tmp_path, kills=50)
