"""Everything at once for half a minute; `make soak` has five minutes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.serving.side_by_side import begin_together, live_together

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.alone


def test_collector_pages_kpi_and_import_work_at_once_without_error_or_lock_message(tmp_path: Path) -> None:
    live_together(tmp_path, seconds=25)


def test_commands_that_find_an_empty_folder_at_once_create_its_stores_once(tmp_path: Path) -> None:
    begin_together(tmp_path / "empty")
