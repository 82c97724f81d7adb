"""WUE, ERF and energy cost of a period from ledger rows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.bills import energy_cost_of_period
from analytics.boundary import Era, Tree
from analytics.energy import energy_kwh
from analytics.reuse import erf_of
from analytics.water import wue_of_period
from collectors.ledger_row import LEDGER_SCHEMA
from config.electricity.tariffs import Tariff
from tests.analytics.build import HOUR, MIDNIGHT, era, ledger_row, state

if TYPE_CHECKING:
    from config.site import PointState

GRID = state("grid", "utility", max_w=200_000.0)
UPS = state("ups", "ups", "grid", max_w=200_000.0)
WATER = state("water", "water", interval_s={"water_counter": 900})
HEAT = state("heat", "heat_export", max_w=100_000.0)
TARIFF = Tariff.model_validate(
    {
        "id": "t",
        "site": "s",
        "currency": "EUR",
        "rates": [{"name": "all", "price_per_kwh": 0.2}],
        "fixed_per_month": 31.0,
    }
)


def table(
    cells: dict[str, float], *, hours: int = 1, without: set[tuple[str, int]] | None = None, **water: float
) -> pa.Table:
    gone = without or set()
    rows = [
        ledger_row(point, cell, kwh)
        for point, kwh in cells.items()
        for cell in range(hours * 4)
        if (point, cell) not in gone
    ]
    for metric, litres in water.items():
        rows += [
            ledger_row("s/water", cell, 0.0, metric=metric, energy_kwh=None, value=litres, low_kwh=None, high_kwh=None)
            for cell in range(hours * 4)
            if ("s/water", cell) not in gone
        ]
    return pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA)


ROWS = {"s/grid": 30.0, "s/ups": 25.0}


def wue(rows: pa.Table, *points: PointState, hours: int = 1) -> Any:  # noqa: ANN401
    return wue_of_period([rows], era(*points, end=hours * HOUR), category=1, site="s")


def test_wue_is_water_over_it_of_the_same_cells() -> None:
    found = wue(table(ROWS, water_counter=50.0), GRID, UPS, WATER)
    assert found.value == pytest.approx(2.0)
    assert found.low < found.value < found.high
    assert (found.measured, found.missing, found.reason) == (1.0, 0.0, None)
    assert "interim" in found.method


def test_errors_of_the_water_meter_and_of_it_widen_a_wue() -> None:
    """Class 1 of one meter is 0.95 % of the ratio, of two 2 - sqrt(0.05 * 2 * 2) times 1 %: 1.55 %."""
    rows = table(ROWS, water_counter=50.0)
    plain = wue(rows, GRID, UPS, WATER)
    one = wue(rows, GRID, UPS, WATER._replace(accuracy_pct=1.0))
    two = wue(rows, GRID, UPS._replace(accuracy_pct=1.0), WATER._replace(accuracy_pct=1.0))
    assert one.high == pytest.approx(plain.high + 2.0 * 0.0095)
    assert two.high == pytest.approx(plain.high + 2.0 * 0.01 * (2 - math.sqrt(0.2)), rel=1e-4)
    assert two.low == pytest.approx(plain.low - 2.0 * 0.01 * (2 - math.sqrt(0.2)), rel=1e-4)


def test_the_register_stands_before_amounts_of_the_same_meter() -> None:
    assert wue(table(ROWS, water_counter=50.0, water=99.0), GRID, UPS, WATER).value == pytest.approx(2.0)
    assert wue(table(ROWS, water=25.0), GRID, UPS, WATER).value == pytest.approx(1.0)


def test_cells_without_water_do_not_make_wue_better() -> None:
    holed = table(ROWS, hours=24, without={("s/water", 5)}, water_counter=50.0)
    found = wue(holed, GRID, UPS, WATER, hours=24)
    assert found.value == pytest.approx(2.0)
    assert found.missing == pytest.approx(1 / 96)
    dark = wue(table(ROWS, without={("s/water", 0)}, water_counter=50.0), GRID, UPS, WATER)
    assert dark.value is None
    assert dark.value_measured == pytest.approx(2.0)
    assert "only 75.0% of the time counts" in dark.reason


@given(
    litres=st.lists(st.floats(0, 500), min_size=24, max_size=24),
    loads=st.lists(st.floats(1, 50), min_size=24, max_size=24),
    gone=st.tuples(st.sampled_from(["s/water", "s/ups"]), st.integers(0, 23)),
)
def test_what_a_gap_hides_lies_within_the_interval_of_a_wue(
    litres: list[float], loads: list[float], gone: tuple[str, int]
) -> None:
    rows = [
        *(ledger_row("s/ups", cell, kwh, low_kwh=kwh, high_kwh=kwh) for cell, kwh in enumerate(loads)),
        *(
            ledger_row("s/water", cell, 0.0, metric="water", energy_kwh=None, value=amount, low_kwh=None, high_kwh=None)
            for cell, amount in enumerate(litres)
        ),
    ]
    points = (GRID, UPS._replace(max_w=200_000.0), WATER)
    whole = wue(pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA), *points, hours=6)
    left = [row for row in rows if (row["point"], (row["start"] - MIDNIGHT) // 900) != gone]
    found = wue(pa.Table.from_pylist(left, schema=LEDGER_SCHEMA), *points, hours=6)
    assert found.value is not None
    assert found.low <= whole.value * (1 + 1e-9)
    assert found.high is None or whole.value <= found.high * (1 + 1e-9)
    assert (found.high is None) == (gone[0] == "s/water")


def test_without_water_meter_or_it_there_is_no_wue() -> None:
    assert "role water" in wue(table(ROWS), GRID, UPS).reason
    idle = table({"s/grid": 1.0, "s/ups": 0.0}, water_counter=1.0)
    assert wue(idle, GRID, UPS, WATER).reason == "there is no IT energy in this period"


def test_a_year_is_not_interim() -> None:
    whole = (Era(MIDNIGHT, MIDNIGHT + 366 * 86_400, Tree((GRID, UPS, WATER))),)
    assert "interim" not in wue_of_period([table(ROWS)], whole, category=1, site="s").method


def kwh(rows: pa.Table, role: str, *points: PointState, hours: int = 1) -> Any:  # noqa: ANN401
    return energy_kwh(rows, era(*points, end=hours * HOUR), pick=lambda tree: tree.topmost(role), name="e", site="s")


def test_erf_is_heat_over_facility_energy_and_missing_heat_counts_as_none() -> None:
    rows = table({**ROWS, "s/heat": 9.0}, hours=24)
    facility = kwh(rows, "utility", GRID, hours=24)
    whole = erf_of(heat=kwh(rows, "heat_export", HEAT, hours=24), facility=facility)
    assert whole.value == pytest.approx(0.3)
    holed = table({"s/heat": 9.0}, hours=24, without={("s/heat", 3)})
    found: Any = erf_of(heat=kwh(holed, "heat_export", HEAT, hours=24), facility=facility)
    assert found.value == pytest.approx(0.3 * 95 / 96)
    assert found.missing == pytest.approx(1 / 96)
    assert found.low < found.value <= 0.3 < found.high


def test_erf_without_heat_meter_facility_or_enough_heat_has_a_reason() -> None:
    rows = table({**ROWS, "s/heat": 9.0})
    facility, heat = kwh(rows, "utility", GRID), kwh(rows, "heat_export", HEAT)
    none = erf_of(heat=kwh(rows, "heat_export", GRID), facility=facility)
    assert none.value is None
    assert none.reason
    dark: Any = erf_of(heat=replace(heat, missing=0.5, reason=None), facility=facility)
    assert dark.reason == "50.0% of the heat is missing (limit 5%)"
    assert erf_of(heat=heat, facility=replace(facility, value_reported=None, reason="no meter")).reason == "no meter"


def cost(rows: pa.Table, *points: PointState, tariffs: tuple[Tariff, ...] = (TARIFF,)) -> Any:  # noqa: ANN401
    return energy_cost_of_period(
        rows,
        era(*points),
        pick=lambda tree: tree.purchased,
        tariffs=tariffs,
        zone=ZoneInfo("UTC"),
        site="s",
        config_hash="h",
    )


def test_cost_is_energy_at_its_rate_with_fixed_sums_by_time() -> None:
    found = cost(table(ROWS), GRID)
    fixed = 31.0 / (31 * 24)
    assert found.value == pytest.approx(120 * 0.2 + fixed)
    assert found.low == pytest.approx(120 * 0.9 * 0.2 + fixed)
    assert (found.unit, found.config_hash) == ("EUR", "h")


def test_many_meters_are_one_bill() -> None:
    feeds = [state(f"g{n:02}", "utility", max_w=10.0) for n in range(70)]
    assert cost(table({point.id: 1.0 for point in feeds}), *feeds).value == pytest.approx(280 * 0.2 + 31.0 / 744)


def test_a_gap_costs_what_the_ceiling_would() -> None:
    holed = table({"s/grid": 30.0}, hours=1, without={("s/grid", 3)})
    small = GRID._replace(max_w=124_000.0)
    found: Any = energy_cost_of_period(
        holed, era(small), pick=lambda tree: tree.purchased, tariffs=[TARIFF], zone=ZoneInfo("UTC"), site="s"
    )
    assert found.value is None
    assert "missing" in found.reason


def test_a_bill_of_what_was_seen_holds_no_money_for_what_was_not() -> None:
    """24 h at 10 kW but for a quarter of an hour: the ceiling of 200 kW may cost, and never does in the lower bound."""
    kwh = {"s/grid": 2.5}
    tariff = TARIFF.model_copy(update={"demand_price_per_kw": 5.0})
    small = GRID._replace(max_w=200_000.0)
    found: list[Any] = [
        energy_cost_of_period(
            table(kwh, hours=24, without=gone),
            era(small, end=24 * HOUR),
            pick=lambda tree: tree.purchased,
            tariffs=[tariff],
            zone=ZoneInfo("UTC"),
            site="s",
        )
        for gone in (set(), {("s/grid", 3)})
    ]
    whole, holed = found
    fixed, peak = 1.0, 10 * 5.0 / 31
    assert whole.value == pytest.approx(240 * 0.2 + peak + fixed)
    assert holed.value_measured == pytest.approx(237.5 * 0.2 + peak + fixed)
    assert holed.value == pytest.approx((237.5 + 50) * 0.2 + 20 * peak + fixed)
    assert holed.low <= whole.value <= holed.high


def test_no_tariff_no_cost_and_no_energy_costs_its_fixed_sum() -> None:
    assert "no tariff" in cost(table(ROWS), GRID, tariffs=()).reason
    assert cost(table({"s/grid": 0.0}), GRID).value == pytest.approx(31.0 / 744)
    assert cost(table(ROWS), WATER).reason.startswith("the site has no utility points")


def test_time_without_a_facility_s_meter_is_missing_and_not_nothing() -> None:
    """Ten hours: the meter was taken down after four, another one came after six, and IT ran on."""
    trees = [Tree((GRID._replace(id="s/old"), UPS)), Tree((UPS,)), Tree((GRID, UPS))]
    spans = [(0, 4), (4, 6), (6, 10)]
    held = tuple(
        Era(MIDNIGHT + first * HOUR, MIDNIGHT + last * HOUR, tree)
        for tree, (first, last) in zip(trees, spans, strict=True)
    )
    cells = [("s/old", cell) for cell in range(16)] + [("s/grid", cell) for cell in range(24, 40)]
    rows = pa.Table.from_pylist([ledger_row(point, cell, 2.5) for point, cell in cells], schema=LEDGER_SCHEMA)
    found = energy_kwh(rows, held, pick=lambda tree: tree.facility, name="e", site="s", what="utility points")
    assert (found.value, found.value_measured) == (None, 80.0)
    assert (found.measured, found.missing) == (pytest.approx(0.8), pytest.approx(0.2))
    assert (found.reason or "").startswith("for 2.0 h the site file has no utility points")
    spared = energy_kwh(rows, held, pick=lambda tree: tree.facility, name="e", site="s", may_be_absent=True)
    assert spared.missing < found.missing
    late = (replace(held[0], tree=Tree(())), *held[2:])
    none = energy_kwh(rows, late, pick=lambda tree: tree.facility, name="e", site="s")
    assert none.reason is None, "a site without any point was not there"
