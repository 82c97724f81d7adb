"""Killed at random moments, the program loses nothing, doubles nothing, and its books are those of a clean start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.serving.kills import survive

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone


def test_ten_kills_leave_archive_and_books_as_if_nothing_had_happened(tmp_path: Path) -> None:
    survive(tmp_path, rounds=2)
