"""Killed between evaluation and delivery, alerts lose nothing and double nothing by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.alerts.alert_kills import survive

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone


@pytest.mark.peer
def test_five_kills_lose_no_message(tmp_path: Path) -> None:
    survive(tmp_path, kills=5)
