"""kill -9 of either end, the link away meanwhile: the central is exact, and no reading is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.api.forward_kills import survive

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer


def test_kills_of_both_ends_leave_the_central_exact(tmp_path: Path) -> None:
    kills, _ = survive(tmp_path, rounds=3)
    assert kills >= 4
