"""Fifty rounds of kill -9 of collector, importer, shipper, ledger job and upkeep; no batch lost or doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.serving.kills import survive, survive_birth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
def test_fifty_rounds_of_kill_9_leave_archive_and_books_as_if_nothing_had_happened(tmp_path: Path) -> None:
    survive(tmp_path, rounds=50)


@pytest.mark.soak
def test_twenty_kills_while_the_stores_come_to_be_leave_a_folder_that_works(tmp_path: Path) -> None:
    survive_birth(tmp_path, rounds=20)
