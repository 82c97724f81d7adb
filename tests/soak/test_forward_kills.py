"""`--forward` under many kills of both ends: `make soak`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ui.api.forward_kills import survive

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.soak, pytest.mark.peer]
ROUNDS = int(os.environ.get("WATTLAS_FORWARD_ROUNDS", "60"))


def test_many_kills_leave_the_central_exact(tmp_path: Path) -> None:
    kills, rows = survive(tmp_path, rounds=ROUNDS)
    print(f"{kills} kills of both ends in {ROUNDS} rounds, {rows:,} readings: the central has each exactly once")


def test_a_link_that_was_away_for_a_day_catches_up_under_kills(tmp_path: Path) -> None:
    kills, rows = survive(tmp_path, rounds=16, away=8, readings=8_640, per_request=2_000)
    print(f"{kills} kills, half of them before the central was there; {rows:,} readings, each exactly once")
