"""Steps that registers showed: kept by point and time, the coarsest of a time or the newest before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.store.state import State

if TYPE_CHECKING:
    from pathlib import Path

KEPT = {
    ("a/x", 100): (50, False),
    ("a/x", 200): (20, False),
    ("a/x", 300): (0, True),
    ("a/y", 200): (1, False),
    ("b/x", 200): (70, False),
}


def test_what_is_kept_again_takes_the_place_of_what_was(tmp_path: Path) -> None:
    own = State(tmp_path / "state.db").register_steps
    own.keep(KEPT)
    own.keep({("a/x", 200): (10, False)})
    assert own.of(start=0, end=1000) == KEPT | {("a/x", 200): (10, False)}
    assert own.of(start=200, end=300).keys() == {("a/x", 200), ("a/y", 200), ("b/x", 200)}


def test_a_time_has_the_coarsest_step_and_one_without_the_newest_before(tmp_path: Path) -> None:
    own = State(tmp_path / "state.db").register_steps
    own.keep(KEPT)
    assert own.coarsest("a", start=100, end=400) == {"a/x": 50, "a/y": 1}
    assert own.coarsest("a", start=300, end=400) == {}
    assert own.newest("a", before=300) == {"a/x": 20, "a/y": 1}
    assert own.newest("a", before=100) == {}
    assert own.sums("a", before=300) == [(100, 1, 50, 0), (200, 2, 21, 0)]
