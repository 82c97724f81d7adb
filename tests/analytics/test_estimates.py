"""Estimates of gaps: worked guesses, bounds from trials, what balances allow, and how they are laid over the books."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundary import Tree
from analytics.cells import Grid
from analytics.guesses import balance_kw, profile_kw, student, trial
from analytics.overlay import Estimates, overlaid
from analytics.proposals import NO_METHOD, Invoice, Known, Proposal, proposals
from analytics.sheets import one_sheet
from tests.analytics.build import MIDNIGHT, ledger, ledger_row, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

CELLS = 96 * 4  # four days
nan = np.nan


TREE = Tree(
    (
        state("grid", "utility", accuracy_pct=1.0, max_w=40_000.0),
        state("a", "pdu", "grid"),
        state("b", "pdu", "grid"),
        state("colo", "overhead", provider_pue=1.4),
        state("water", "water", interval_s={"water": 900}),
    )
)


def table(kwh: Mapping[str, Sequence[float]], covered: Mapping[str, Sequence[float]]) -> pa.Table:
    return ledger(
        (name, cell, amount, covered.get(name, [1.0] * CELLS)[cell])
        for name, amounts in kwh.items()
        for cell, amount in enumerate(amounts)
    )


def known(kwh: Mapping[str, Sequence[float]], covered: Mapping[str, Sequence[float]], **more: Any) -> Known:  # noqa: ANN401
    grid = Grid(MIDNIGHT, MIDNIGHT + CELLS * 900, 900)
    sheet = one_sheet([table(kwh, covered)], [one.id for one in TREE.points], grid)
    return Known(more.pop("tree", TREE), sheet, sheet, more.pop("invoices", {}))


def hidden(gap: range, share: float = 0.0) -> list[float]:
    return [share if cell in gap else 1.0 for cell in range(CELLS)]


def proposed(of: Known, *ranked: str, points: Sequence[str] | None = None) -> list[Proposal]:
    return list(proposals(of, start=MIDNIGHT, end=MIDNIGHT + CELLS * 900, ranked=lambda _: ranked, points=points))


def test_a_profile_is_the_same_time_of_other_days_at_the_level_of_now() -> None:
    day = np.arange(1.0, 65.0)
    kw = np.concatenate([day, 1.1 * day, day, day])  # the gap's day lies 10 % higher
    kw[96:98] = nan
    assert profile_kw(kw, 96, 98, per_day=64) == pytest.approx([1.1 * 33, 1.1 * 34])
    alone = np.array([nan, 5.0, nan])
    assert np.isnan(profile_kw(alone, 0, 1, per_day=1)).all(), "one other day says nothing"


def test_a_balance_says_what_a_child_took_and_what_a_parent_gave() -> None:
    own = np.array([4.0, nan, nan])
    supplied, drawn = np.array([10.0, 20.0, nan]), np.array([5.0, 6.0, 6.0])
    kw, share = balance_kw(supplied=supplied, drawn=drawn, own=own, child=True)
    assert share == pytest.approx(0.9)
    assert kw[1] == pytest.approx(20 * 0.9 - 6)
    assert np.isnan(kw[2])
    # one of two parents gave 4 of 10 kW, of which 9 arrived: 8 drawn / 0.9 - 5 from the other
    kw, share = balance_kw(
        supplied=np.array([6.0, 5.0]), drawn=np.array([9.0, 8.0]), own=np.array([4.0, nan]), child=False
    )
    assert share == pytest.approx(0.9)
    assert kw[1] == pytest.approx(8 / 0.9 - 5)
    kw, share = balance_kw(supplied=np.array([nan]), drawn=np.array([1.0]), own=np.array([1.0]), child=True)
    assert share is None
    assert np.isnan(kw).all()


def test_trials_bound_a_guess_by_how_such_guesses_came_out() -> None:
    random = np.random.default_rng(1)
    kw = 10 * (1 + 0.02 * random.standard_normal(400))
    found = trial(kw, 4, lambda _, first, stop: np.full(stop - first, 10.0))
    assert found is not None
    assert found.low < 1 - 1.3 * 0.02 / 2
    assert found.high > 1 + 1.3 * 0.02 / 2
    assert found.high - found.low < 0.1
    assert trial(kw, 80, lambda _, first, stop: np.full(stop - first, 10.0)) is None, "five windows side by side"
    assert trial(np.array([1.0, nan] * 20), 2, lambda _, first, stop: np.zeros(stop - first)) is None
    assert trial(kw, 4, lambda _, first, stop: np.zeros(stop - first)) is None, "nothing to divide by"
    # tables of Student's distribution: 2.365, 2.228, 2.042
    assert [student(freedom) for freedom in (7, 10, 30)] == pytest.approx([2.365, 2.228, 2.042], rel=0.005)


def test_each_method_in_its_rank_and_none_where_nothing_can_be_said() -> None:
    kwh = {"s/grid": [10.0] * CELLS, "s/a": [4.0] * CELLS, "s/b": [5.0] * CELLS}
    gap = range(100, 104)
    kwh["s/a"] = [0.0 if cell in gap else 4.0 for cell in range(CELLS)]
    silent = known(kwh, {"s/a": hidden(gap)})
    (found,) = proposed(silent, "balance", "profile")
    assert (found.point, found.method, found.inputs["parents"]) == ("s/a", "balance", "s/grid")
    assert found.energy_kwh == pytest.approx([4.0] * 4)
    assert (found.low_kwh <= found.energy_kwh).all()
    assert (found.energy_kwh <= found.high_kwh).all()
    (found,) = proposed(silent, "profile")
    assert found.method == "profile"
    assert found.energy_kwh == pytest.approx([4.0] * 4)
    (found,) = proposed(silent, "invoice")
    assert (found.method, found.reason) == ("", NO_METHOD)
    assert proposed(silent, "balance", points=["s/b"]) == []
    (found,) = proposed(known(kwh, {"s/a": hidden(range(CELLS))}), "balance", "profile")
    assert found.reason, "a meter that was never read teaches nothing"


def test_a_meter_is_told_by_its_own_balance() -> None:
    gap = range(100, 104)
    tree = Tree((*TREE.points[:3], state("c", "server", "b")))
    kwh = {"s/grid": [10.0] * CELLS, "s/a": [4.0] * CELLS, "s/b": [5.0] * CELLS, "s/c": hidden(gap)}
    kwh["s/c"] = [4.5 * share for share in kwh["s/c"]]
    grid = Grid(MIDNIGHT, MIDNIGHT + CELLS * 900, 900)
    sheet = one_sheet([table(kwh, {"s/c": hidden(gap)})], [one.id for one in tree.points], grid)
    (found,) = proposed(Known(tree, sheet, sheet, {}), "balance")
    assert (found.inputs["parents"], found.inputs["share"]) == ("s/b", pytest.approx(0.9))
    assert found.energy_kwh == pytest.approx([4.5] * 4)


def test_a_silent_parent_is_told_by_its_children_and_a_bill_by_its_rest() -> None:
    gap = range(50, 60)
    kwh = {
        "s/grid": [0.0 if cell in gap else 10.0 for cell in range(CELLS)],
        "s/a": [4.0] * CELLS,
        "s/b": [5.0] * CELLS,
    }
    silent = known(kwh, {"s/grid": hidden(gap)})
    (found,) = proposed(silent, "balance")
    assert found.energy_kwh == pytest.approx([10.0] * 10)
    read = 10.0 * (96 - 10)
    bills = [
        Invoice("early", MIDNIGHT - 900, MIDNIGHT + 96 * 900, 1e6),
        Invoice("short", MIDNIGHT, MIDNIGHT + 55 * 900, 1e6),
        Invoice("less", MIDNIGHT, MIDNIGHT + 96 * 900, read - 1),
        Invoice("bill", MIDNIGHT, MIDNIGHT + 96 * 900, read + 95.0),
    ]
    billed = replace(silent, invoices={"s/grid": bills})
    (found,) = proposed(billed, "invoice")
    assert found.inputs["record"] == "bill"
    assert found.energy_kwh.sum() == pytest.approx(95.0)
    assert found.energy_kwh.sum() - found.low_kwh.sum() == pytest.approx(5.0), "its children took 90 kWh at least"
    assert (
        found.high_kwh.sum() - found.energy_kwh.sum() == pytest.approx(0.01 * (read + 95.0))
        or found.high_kwh.sum() == 100
    )
    nothing = replace(silent, invoices={"s/grid": [Invoice("same", MIDNIGHT, MIDNIGHT + 96 * 900, read)]})
    (found,) = proposed(nothing, "invoice")
    assert found.energy_kwh.sum() == pytest.approx(90.0), "the bill says nothing is left, the children say 90 kWh"
    assert found.inputs["cut_to_balance_kwh"] == pytest.approx(90.0)


@given(
    a=st.floats(0.5, 6.0),
    b=st.floats(0.5, 6.0),
    jump=st.floats(0.2, 4.0),
    first=st.integers(100, 300),
    length=st.integers(1, 12),
    share=st.sampled_from([0.0, 0.4]),
    silent=st.sampled_from([1, 2]),
)
def test_no_estimate_takes_more_than_its_parents_have_left(
    a: float, b: float, jump: float, first: int, length: int, share: float, silent: int
) -> None:
    gap = range(first, first + length)
    shape = np.where(np.isin(np.arange(CELLS), list(gap)), jump, 1.0)
    wave = 1 + 0.1 * np.sin(np.arange(CELLS) / 15)
    grid = 1.05 * (a + b) * wave * shape

    covered = dict.fromkeys(("s/a", "s/b")[:silent], hidden(gap, share))
    kwh = {"s/grid": grid.tolist()}
    for name, amount in (("s/a", a), ("s/b", b)):
        kwh[name] = (amount * wave * shape * np.array(covered.get(name, 1.0))).tolist()
    of = known(kwh, covered)
    found = [one for one in proposed(of, "balance", "profile") if not one.reason]
    cells = slice(first, first + length)
    read = of.read.energy[1:3, cells].sum(axis=0)
    added = sum((one.energy_kwh for one in found), np.zeros(length))
    assert (read + added <= grid[cells] * (1 + 1e-9)).all()
    for one in found:
        assert (one.low_kwh >= 0).all()
        assert (one.low_kwh <= one.energy_kwh).all()
        assert (one.energy_kwh <= one.high_kwh).all()


def estimates(*cells: tuple[str, int, float, float]) -> Estimates:
    """Estimates from (point, cell after midnight, missing s, kWh); bounds are half and double."""
    points = sorted({cell[0] for cell in cells})
    number = np.array([points.index(cell[0]) for cell in cells], dtype=np.int64)
    start = np.array([MIDNIGHT + cell[1] * 900 for cell in cells], dtype=np.int64)
    missing, energy = (np.array([cell[at] for cell in cells], dtype=np.float64) for at in (2, 3))
    return Estimates(points, number, start, missing, energy, energy / 2, energy * 2)


def laid(tables: Sequence[pa.Table], found: Estimates, start: int = 0, end: int = 8) -> list[list[dict[str, Any]]]:
    window = {"start": MIDNIGHT + start * 900, "end": MIDNIGHT + end * 900}
    return [one.to_pylist() for one in overlaid(tables, found, **window)]


def test_an_estimate_fills_what_is_missing_and_no_more() -> None:
    booked = ledger([("s/a", 0, 1.0, 1.0), ("s/a", 1, 0.5, 0.5), ("s/b", 1, 2.0, 1.0), ("s/a", 2, 0.75, 0.75)])
    # cell 1 misses 450 s as it did; of cell 2 late readings left 225 s of 450 s: half the estimate
    ((one, two, other, three),) = laid([booked], estimates(("s/a", 1, 450.0, 0.4), ("s/a", 2, 450.0, 0.4)))
    assert (one["energy_kwh"], one["missing"]) == (1.0, 0.0)
    assert (two["energy_kwh"], two["missing"], two["measured"]) == (pytest.approx(0.9), 0.0, 0.5)
    assert (two["low_kwh"], two["high_kwh"]) == (pytest.approx(0.45 + 0.2), pytest.approx(0.55 + 0.8))
    assert (other["point"], other["energy_kwh"]) == ("s/b", 2.0)
    assert (three["energy_kwh"], three["missing"]) == (pytest.approx(0.95), 0.0)
    untouched = ledger([("s/a", 4, 1.0, 1.0)])
    _, last = laid([booked, untouched], estimates(("s/a", 1, 450.0, 0.4)))
    assert last == untouched.to_pylist()
    # more went missing since: that stays missing
    ((row,),) = laid([ledger([("s/a", 0, 0.25, 0.25)])], estimates(("s/a", 0, 450.0, 0.4)))
    assert (row["energy_kwh"], row["missing"]) == (pytest.approx(0.65), pytest.approx(0.25))


def test_months_with_and_without_estimates_are_of_one_form() -> None:
    columns = ["start", "end", "point", "metric", "energy_kwh", "measured", "missing", "low_kwh", "high_kwh"]
    months = [ledger([("s/a", cell, 0.5, 0.5)]).select(columns) for cell in (0, 2)]
    window = {"start": MIDNIGHT, "end": MIDNIGHT + 8 * 900}
    for cell in (0, 1):
        laid_over = list(overlaid(months, estimates(("s/a", cell, 450.0, 0.4)), **window))
        assert {one.schema for one in laid_over} == {months[0].schema}


def test_time_that_no_row_speaks_of_gets_rows_cut_at_the_window() -> None:
    found = estimates(("s/a", 1, 900.0, 0.6), ("s/a", 5, 900.0, 0.6), ("s/a", 20, 900.0, 0.6))
    first, second = ledger([("s/a", 0, 1.0, 1.0)]), ledger([("s/a", 4, 1.0, 1.0)])
    empty = ledger([])
    early, late = laid([first, empty, second], found)
    assert [row["start"] - MIDNIGHT for row in early] == [0, 900]
    assert [row["start"] - MIDNIGHT for row in late] == [4 * 900, 5 * 900]
    assert (early[1]["energy_kwh"], early[1]["measured"], early[1]["missing"]) == (0.6, 0.0, 0.0)
    window = {"start": MIDNIGHT + 1200, "end": MIDNIGHT + 1500}
    (alone,) = (one.to_pylist() for one in overlaid([], found, **window))
    assert [(row["start"] - MIDNIGHT, row["end"] - MIDNIGHT) for row in alone] == [(1200, 1500)]
    assert alone[0]["energy_kwh"] == pytest.approx(0.2)
    assert laid([], found, start=30, end=40) == []
    other = ledger([]).from_pylist([ledger_row("s/a", 0, 1.0, metric="power", energy_kwh=None)], schema=first.schema)
    ((kept, new),) = laid([other], estimates(("s/a", 0, 900.0, 0.6)))
    assert (kept["metric"], new["metric"], new["energy_kwh"]) == ("power", "energy", 0.6)
