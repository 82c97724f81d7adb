"""A finer grid within intervals of the books: it adds up to them, or the interval stays whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.attribution.finer import differing, mixed, parts_of, step_of, with_row
from analytics.sheets import Sheet


def sheet_of(energy: list[list[float]], seconds: float, start: int = 0) -> Sheet:
    """A sheet of cells of one length, wholly measured."""
    kwh = np.array(energy)
    full = np.ones(kwh.shape)
    return Sheet(
        index={f"s/n{row}": row for row in range(len(kwh))},
        starts=start + np.arange(kwh.shape[1]) * int(seconds),
        seconds=np.full(kwh.shape[1], seconds),
        energy=kwh,
        low=kwh * 0.9,
        high=kwh * 1.1,
        measured=full,
        covered=full,
    )


COARSE = sheet_of([[3.0, 6.0], [0.0, 9.0]], 900)
FINE = sheet_of([[1.0, 1.0, 1.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 9.0, 0.0, 0.0]], 300)


def test_cells_that_add_up_are_taken_and_others_stay_whole() -> None:
    assert not differing(COARSE, FINE).any()
    late = replace(FINE, energy=FINE.energy + np.array([[0.0], [1e-6]]) * (FINE.starts == 300))
    assert differing(COARSE, late).tolist() == [[False, False], [True, False]]
    found = mixed(COARSE, late, np.array([True, False]))
    assert found.starts.tolist() == [0, 900, 1200, 1500]
    assert found.seconds.tolist() == [900, 300, 300, 300]
    assert found.energy.tolist() == [[3.0, 1.0, 2.0, 3.0], [0.0, 9.0, 0.0, 0.0]]


def test_time_that_is_seen_otherwise_differs_too() -> None:
    gap = FINE.covered * (FINE.starts != 600)
    assert differing(COARSE, replace(FINE, covered=gap)).tolist() == [[True, False]] * 2
    seen_as_well = replace(COARSE, covered=np.array([[2 / 3, 1.0]] * 2))
    assert not differing(seen_as_well, replace(FINE, covered=gap)).any()
    assert differing(COARSE, replace(FINE, measured=gap)).tolist() == [[True, False]] * 2


def test_what_is_nobodys_is_laid_evenly() -> None:
    found = with_row(mixed(COARSE, FINE, np.array([True, False])), COARSE, "s/n1")
    assert found.energy[2].tolist() == [0.0, 3.0, 3.0, 3.0]
    assert found.high[2].round(9).tolist() == [0.0, 3.3, 3.3, 3.3]
    assert found.covered[2].tolist() == [1.0] * 4


@given(
    st.lists(st.lists(st.floats(0, 1e3), min_size=12, max_size=12), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_energy_of_every_interval_is_kept_whichever_stay_whole(energy: list[list[float]], whole: list[bool]) -> None:
    fine = sheet_of(energy, 225)
    added = fine.energy.reshape(len(energy), 3, 4).sum(axis=2)
    coarse = sheet_of(added.tolist(), 900)
    assert not differing(coarse, fine).any()
    found = mixed(coarse, fine, np.array(whole))
    slot = np.searchsorted(coarse.starts, found.starts, side="right") - 1
    for name in ("energy", "low", "high"):
        rows = getattr(found, name)
        sums = np.stack([np.bincount(slot, row, 3) for row in rows])
        assert np.allclose(sums, getattr(coarse, name), rtol=1e-12)
    assert np.bincount(slot, found.seconds).tolist() == [900.0] * 3
    laid = with_row(found, coarse, "s/n0")
    assert np.allclose(np.bincount(slot, laid.energy[-1], 3), coarse.energy[0])
    parts = parts_of(slot, found.energy.sum(axis=0), found.seconds)
    assert np.allclose(np.bincount(slot, parts), 1.0)


def test_the_step_in_which_a_register_counts() -> None:
    assert step_of(np.array([7.1, 7.1, 7.2, 7.4, 0.0, 0.1])) == 0.1
    assert step_of(np.array([1.0, 1.013, 1.031])) == 0.001
    assert step_of(np.array([3.0, 8.0, 12.0, 18.0])) == 1.0  # several steps a reading
    assert step_of(np.cumsum([1.0, 2**0.5, 3**0.5, 5**0.5])) == 0.0  # as fine as readings are


def test_a_register_that_says_nothing_of_its_step_has_none() -> None:
    assert step_of(np.array([5.0])) == step_of(np.full(9, 5.0)) == step_of(np.arange(9, dtype=np.float64)) == 0.0
