"""Collector, two pages, `kpi` and `import` at once for five minutes: no error, no lock message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.serving.side_by_side import live_together

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
def test_five_minutes_of_everything_at_once_without_error_or_lock_message(tmp_path: Path) -> None:
    live_together(tmp_path, seconds=300)
