"""Estimates in the store: who approves is another person than who proposed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.estimates import Estimate, Estimated
from collectors.store.state import State
from config.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

GAP = Estimated(
    site="t",
    point="t/a",
    start=900,
    end=1800,
    method="profile",
    inputs={"share": 0.5},
    cells=((900, 900.0, 1.5, 1.0, 2.0),),
    config_hash="c",
)


def propose(state: State, who: str, at: int, *found: Estimated) -> Estimate:
    state.estimates.propose(found or [GAP], points=["t/a"], start=0, end=3600, who=who, at=at)
    return next(one for one in state.estimates.all() if one.id == GAP.id)


def approve(state: State, who: str) -> Estimate:
    (one,) = state.estimates.approve([GAP.id], who=who, at=9, solo=False)
    return one


def test_who_proposes_again_is_the_author(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    assert propose(state, "ana", 1).proposed_by == "ana"
    assert propose(state, "ben", 2).proposed_by == "ana", "it waits already"
    state.estimates.withdraw([GAP.id], who="ana", at=3, reason="nonsense")
    found = propose(state, "ben", 4)
    assert (found.proposed_by, found.proposed_at) == ("ben", 4)
    with pytest.raises(InputError, match="ben proposed it, so another person must approve it"):
        approve(state, "ben")
    approved = approve(state, "ana")
    assert (approved.decided_by, approved.proposed_by, approved.solo) == ("ana", "ben", False)
    assert state.log_fault() is None


def test_who_revives_a_superseded_one_is_the_author(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    propose(state, "ana", 1)
    other = Estimated(**{name: getattr(GAP, name) for name in Estimated.__slots__} | {"method": "balance"})
    propose(state, "ana", 2, other)
    assert propose(state, "cyd", 3).proposed_by == "cyd"
    with pytest.raises(InputError, match="cyd proposed it"):
        approve(state, "cyd")
