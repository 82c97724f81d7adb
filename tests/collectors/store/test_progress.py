"""Steps of measures: kept, logged, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.state import State
from collectors.store.state_engine import transaction
from collectors.store.state_tables import PROGRESS
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path


def test_each_step_is_kept_and_logged_and_a_cost_stands_on(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    first = state.progress.add("m", state="approved", cost=10.0, currency="EUR", note="offer", who="ann", at=1)
    second = state.progress.add("m", state="started", cost=None, currency="EUR", note="", who="bob", at=2)
    assert (first.version, second.version, second.cost) == (1, 2, 10.0)
    assert state.progress.newest() == {"m": second}
    assert [entry.what for entry in state.audit.entries()] == ["measure m v1", "measure m v2"]
    assert state.audit.verify() is None


def test_a_step_cannot_be_changed(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    state.progress.add("m", state="planned", cost=None, currency="EUR", note="", who="ann", at=1)
    with pytest.raises(StoreUnavailable, match="append-only"), transaction(state.engine, write=True) as connection:
        connection.execute(PROGRESS.update().values(note="other"))
