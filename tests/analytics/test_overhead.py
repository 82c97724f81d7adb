"""The overhead of somebody else's building: (PUE - 1) times IT, estimated, and no gap of IT makes it smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundary import Tree
from analytics.effectiveness import pue_of_period
from analytics.energy import energy_kwh
from analytics.legs import leaves
from analytics.overhead import overhead_rows
from tests.analytics.build import MIDNIGHT, approx, era, ledger, rows, state

if TYPE_CHECKING:
    from config.points import PointState

CELL = 900
OVERHEAD = state("overhead", "overhead", interval_s={}, provider_pue=1.25, provider_pue_source="its report")
BIG = state("big", "server", max_w=9000.0)
SMALL = state("small", "server", max_w=1000.0)


def of(table: pa.Table, *points: PointState, cells: int = 2) -> pa.Table:
    tree = Tree(points)
    units = tree.units(tree.hosted_it)
    end = MIDNIGHT + cells * CELL
    return overhead_rows(table, units, point="s/overhead", provider_pue=1.25, start=MIDNIGHT, end=end)


def test_a_quarter_of_it_is_overhead_by_a_pue_of_one_and_a_quarter() -> None:
    table = ledger([("s/big", 0, 2.0, 1.0), ("s/small", 0, 0.4, 1.0), ("s/big", 1, 1.0, 1.0), ("s/small", 1, 0.2, 1.0)])
    first, second = rows(of(table, BIG, SMALL, OVERHEAD))
    assert first["energy_kwh"] == approx(0.6)  # 0.25 * (2.0 + 0.4)
    assert (first["low_kwh"], first["high_kwh"]) == approx((0.54, 0.66))  # IT's own bounds are 10 % off
    assert (first["measured"], first["estimated"], first["missing"]) == (0.0, 1.0, 0.0)
    assert (first["method"], first["quality"]) == ("provider PUE", "estimated")
    assert second["energy_kwh"] == approx(0.3)


def test_what_is_missing_of_it_is_missing_of_the_overhead_by_its_ceiling() -> None:
    (row, none) = rows(of(ledger([("s/small", 0, 0.25, 1.0)]), BIG, SMALL, OVERHEAD))
    assert row["energy_kwh"] == approx(0.0625)
    assert row["missing"] == approx(0.9, abs=1e-3)  # 9 of 10 kW
    assert none["missing"] == 1.0
    assert rows(of(ledger([]), OVERHEAD))[0]["missing"] == 1.0
    unbounded = state("big", "server")
    (row, _) = rows(of(ledger([("s/small", 0, 0.25, 1.0)]), unbounded, SMALL, OVERHEAD))
    assert row["missing"] == approx(0.5, abs=1e-3)


def test_the_tree_of_a_hosted_site_is_it_and_overhead_and_a_meter_of_ones_own_stands_before() -> None:
    pdu = state("pdu", "pdu", max_w=10_000.0)
    tree = Tree((pdu, state("big", "server", "pdu"), OVERHEAD))
    assert tree.facility == tree.purchased == ("s/pdu", "s/overhead")
    (unit,) = tree.units(["s/overhead"])
    assert (unit.max_w, unit.metered) == (2500.0, False)
    assert tree.uses(2)["overhead"] == ("s/overhead",)
    assert Tree((pdu, state("grid", "utility"), OVERHEAD)).facility == ("s/grid",)
    assert Tree((state("pdu", "pdu"), OVERHEAD)).units(["s/overhead"])[0].max_w is None


def of_both(pair: tuple[int, int]) -> list[tuple[str, int]]:
    return list(zip(("big", "small"), pair, strict=True))


@given(
    st.lists(st.tuples(st.integers(0, 2250), st.integers(0, 250)), min_size=1, max_size=8),
    st.data(),
)
def test_a_gap_of_it_never_makes_the_company_look_better(drawn: list[tuple[int, int]], data: st.DataObject) -> None:
    points = (BIG, SMALL, OVERHEAD)
    cells = [
        (f"s/{name}", at, watt_hours / 1000, 1.0) for at, pair in enumerate(drawn) for name, watt_hours in of_both(pair)
    ]
    kept = [cell for cell in cells if data.draw(st.booleans())]
    found = []
    for some in (cells, kept):
        it = ledger(some)
        whole = pa.concat_tables([it, of(it, *points, cells=len(drawn))]).unify_dictionaries()
        eras = era(*points, end=len(drawn) * CELL)
        energy = energy_kwh(whole, eras, pick=lambda tree: tree.purchased, name="energy", site="s", limit=1.0)
        assert energy.value is not None
        pue = pue_of_period(whole, eras, category=3, site="s")
        assert pue.value is None or pue.value == approx(1.25)
        found.append((energy.low, energy.value, energy.measured))
    (low, _, measured), (_, value, left) = found
    assert low is not None
    assert value >= low - 1e-9
    assert left <= measured + 1e-9


def test_leaves_of_hosted_it_are_meters_alone() -> None:
    tree = Tree((BIG, SMALL, OVERHEAD))
    assert leaves(tree.units(tree.hosted_it)) == ("s/big", "s/small")
