"""One walk gives what a walk for each figure gave, across a change of the tree too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundary import Era, Tree
from analytics.energy import energy_kwh
from analytics.entered import entered
from tests.analytics.build import HOUR, MIDNIGHT, ledger, state

CELLS = 16
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["s/a", "s/b", "s/sun"]),
        st.integers(0, CELLS - 1),
        st.floats(0.001, 100),
        st.sampled_from([0.5, 1.0]),
    ),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def two_eras() -> tuple[Era, ...]:
    """The second feed is there from the second hour, the sun in the first alone."""
    a, b = state("a", "utility", max_w=5e5), state("b", "utility", max_w=5e5)
    sun, edge = state("sun", "pv", max_w=5e5), MIDNIGHT + 2 * HOUR
    return (Era(MIDNIGHT, edge, Tree((a, sun))), Era(edge, MIDNIGHT + 4 * HOUR, Tree((a, b))))


@given(ROWS)
def test_one_walk_gives_the_energy_of_each_choice(rows: list[tuple[str, int, float, float]]) -> None:
    table, eras = ledger(sorted(rows)), two_eras()
    whole = entered(table, eras)
    for pick in (lambda tree: tree.facility, lambda tree: tree.purchased):
        one = whole.energy(pick=pick, name="e", site="s", config_hash="h")
        apart = energy_kwh(table, eras, pick=pick, name="e", site="s", config_hash="h")
        assert ((one.reason is None), one.method) == ((apart.reason is None), apart.method)  # rounding aside
        for name in ("value_reported", "value_measured", "low", "high", "measured", "missing"):
            assert getattr(one, name) == pytest.approx(getattr(apart, name)), name


def test_hours_hold_what_was_bought_and_which_were_not_seen() -> None:
    rows = [("s/a", cell, 10.0, 1.0) for cell in range(8)] + [("s/sun", cell, 5.0, 1.0) for cell in range(8)]
    hours = entered(ledger(rows), two_eras()).hours
    assert hours.load.tolist() == pytest.approx([40.0, 40.0, 1000.0, 1000.0])  # two feeds of 500 kW fill what is silent
    assert hours.dark.tolist() == [False, False, True, True]


def test_an_era_without_a_cell_or_without_anything_bought_adds_nothing() -> None:
    sun, edge = state("sun", "pv", max_w=5e5), MIDNIGHT + HOUR
    short = Era(edge + 60, edge + 120, Tree((sun, state("late", "pv", max_w=5e5))))
    eras = (Era(MIDNIGHT, edge + 60, Tree((sun,))), short)
    whole = entered(ledger([("s/sun", cell, 5.0, 1.0) for cell in range(4)]), eras)
    assert whole.energy(pick=lambda tree: tree.facility, name="e", site="s").value_measured == pytest.approx(20.0)
    assert whole.hours.load.sum() == 0.0
