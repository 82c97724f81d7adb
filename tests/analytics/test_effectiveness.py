"""The PUE of a period, cell by cell by hand (design 4.7)."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import efficiency
from analytics.boundary import Era, Tree
from analytics.effectiveness import pue_of_period, pue_points
from analytics.efficiency import dcie, dcie_of, ppue, pue
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import MIDNIGHT, approx, era, ledger, ledger_row, state, steady

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.points import PointState

UTILITY, UPS = state("utility", "utility"), state("ups", "ups", "utility")
PDU = state("pdu", "pdu", "ups")
SERVERS = [state(f"srv-{number}", "server", "pdu", max_w=900.0) for number in range(4)]
SITE = (UTILITY, UPS, PDU, *SERVERS)
LOAD = {"s/utility": 3.0, "s/ups": 2.2, "s/pdu": 2.1, **{f"s/srv-{number}": 0.5 for number in range(4)}}


def figure(table: pa.Table, category: int = 1, hours: int = 10, site: tuple[PointState, ...] = SITE) -> Kpi:
    return pue_of_period(table, era(*site, end=hours * 3600), category=category, site="s", config_hash="abc")


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(efficiency).failed == 0
    assert doctest.testmod(efficiency).attempted >= 3


def test_formulas_by_hand() -> None:
    assert pue(facility_energy_kwh=150, it_energy_kwh=100) == 1.5
    assert pue(facility_energy_kwh=150, it_energy_kwh=0) is None
    assert pue(facility_energy_kwh=90, it_energy_kwh=100) == 0.9
    assert ppue(zone_energy_kwh=55, zone_it_energy_kwh=50) == approx(1.1)
    assert ppue(zone_energy_kwh=55, zone_it_energy_kwh=0) is None
    assert dcie(facility_energy_kwh=200, it_energy_kwh=100) == 0.5
    assert dcie(facility_energy_kwh=0, it_energy_kwh=100) is None


@pytest.mark.parametrize(("category", "it_kw"), [(1, 2.2), (2, 2.1), (3, 2.0)])
def test_each_category_divides_by_it_where_it_measures(category: int, it_kw: float) -> None:
    kpi = figure(steady(LOAD, 10), category)
    assert kpi.value == approx(3.0 / it_kw)
    assert (kpi.low, kpi.high) == (approx(2.7 / (1.1 * it_kw)), approx(3.3 / (0.9 * it_kw)))
    assert (kpi.name, kpi.unit, kpi.category, kpi.measured, kpi.reason) == ("pue", "1", category, 1.0, None)
    assert kpi.config_hash == "abc"


def test_the_method_names_category_rule_and_period() -> None:
    assert figure(steady(LOAD, 10)).method == (
        "PUE1, IT at UPS output; interim: 0.417 days; "
        "facility covered and IT to 95% by last known share in 100.0% of the time; "
        "metering error not stated for 2 of 2 points"
    )


def test_errors_of_meters_widen_a_pue_and_a_meter_on_both_sides_does_not() -> None:
    """Class 1 below the line alone: 0.95 * 1 % of the ratio, beyond the bounds of the rows."""
    ups = state("ups", "ups", "utility", accuracy_pct=1.0)
    plain, wide = figure(steady(LOAD, 10)), figure(steady(LOAD, 10), site=(UTILITY, ups))
    assert plain.value is not None
    assert plain.low is not None
    assert plain.high is not None
    assert wide.low == approx(plain.low - 0.0095 * plain.value)
    assert wide.high == approx(plain.high + 0.0095 * plain.value)
    assert "metering error not stated for 1 of 2 points" in wide.method
    hosted = state("overhead", "overhead", interval_s={}, provider_pue=1.25, provider_pue_source="x")
    rows = ledger([("s/ups", 0, 4.0, 1.0), ("s/overhead", 0, 1.0, 1.0)])
    found = pue_of_period(rows, era(state("ups", "ups", accuracy_pct=1.0), hosted, end=900), category=1, site="s")
    assert found.value == approx(1.25)
    assert found.low == approx(0.9 * 5.0 / (1.1 * 4.0) - 1.25 * 0.2 * 0.0095), "(4/5 - 1) of the meter's error"


def test_a_year_is_no_interim() -> None:
    hours = 365 * 24
    kpi = pue_of_period(ledger([]), era(*SITE, end=hours * 3600), category=1, site="s")
    assert "interim" not in kpi.method
    assert (
        kpi.reason
        == "only 0.0% of the time counts (95% needed): 8760.0 h without the facility, 8760.0 h without 95 % of IT"
    )


def test_energies_are_summed_before_they_are_divided() -> None:
    """9 h at 2 / 1 kW and 1 h at 12 / 10 kW: 30 / 19, not a mean of ratios."""
    cells = [("s/utility", c, 0.5 if c < 36 else 3.0, 1.0) for c in range(40)]
    cells += [("s/ups", c, 0.25 if c < 36 else 2.5, 1.0) for c in range(40)]
    assert figure(ledger(cells)).value == approx(30 / 19)


def test_only_cells_that_both_cover_count() -> None:
    """Without the facility in one cell and IT in another the ratio is that of the other 38."""
    points = (UTILITY, UPS, state("tower", "cooling", "utility"))
    gone = [("s/utility", 3), ("s/ups", 9), ("s/tower", 9)]
    table = steady({"s/utility": 3.0, "s/ups": 2.0, "s/tower": 0.5}, 10, without=gone)
    kpi = pue_of_period(table, era(*points, end=36_000), category=1, site="s")
    assert kpi.value == approx(1.5)
    assert (kpi.measured, kpi.missing) == (approx(0.95), approx(0.05))


def test_too_few_cells_give_no_figure_but_what_was_covered() -> None:
    table = steady({"s/utility": 3.0, "s/ups": 2.0}, 10, without=[("s/utility", c) for c in (3, 4, 5)])
    kpi = figure(table)
    assert (kpi.value, kpi.low, kpi.high) == (None, None, None)
    assert kpi.value_measured == approx(1.5)
    assert kpi.reason == "only 92.5% of the time counts (95% needed): 0.8 h without the facility"


def test_a_silent_server_is_its_parent_minus_its_siblings() -> None:
    """The PDU passes 2.0 of 2.1 kW on where all is known; so 2.0 - 1.5 = 0.5 kW are the silent server's."""
    table = steady(LOAD, 10, without=[("s/srv-2", c) for c in range(20)])
    kpi = figure(table, 3)
    assert kpi.value == approx(1.5)
    assert kpi.estimated == approx(0.5 * 1 / 4), "half of the time of one of four servers"
    assert kpi.measured == approx(1 - kpi.estimated)
    assert "parent minus siblings for 12.50% of IT energy" in kpi.method
    assert kpi.low is not None
    assert kpi.high is not None
    assert kpi.low == approx(2.7 * 10 / (1.1 * 17.5 + 5 * 0.6))  # it may have taken the PDU's losses too
    assert kpi.high == approx(3.3 * 10 / (0.9 * 17.5))  # or nothing


def test_two_silent_siblings_are_not_told_apart() -> None:
    """Half of IT is dark: these cells do not count."""
    gone = [(name, c) for name in ("s/srv-1", "s/srv-2") for c in range(4)]
    kpi = figure(steady(LOAD, 10, without=gone), 3)
    assert kpi.value is None
    assert kpi.value_measured == approx(1.5)
    assert kpi.reason == "only 90.0% of the time counts (95% needed): 1.0 h without 95 % of IT"


def test_a_silent_parent_replaces_nothing() -> None:
    gone = [(name, c) for name in ("s/pdu", "s/srv-2") for c in range(4)]
    assert figure(steady(LOAD, 10, without=gone), 3).value_measured == approx(1.5)


def test_a_balance_without_a_covered_cell_replaces_nothing() -> None:
    """Nothing says what the PDU loses: 2.1 - 1.5 = 0.6 kW for the server would be too much, and the PUE too good."""
    table = steady(LOAD, 10, without=[("s/srv-2", c) for c in range(40)])
    kpi = figure(table, 3)
    assert (kpi.value, kpi.value_measured) == (None, None)
    assert kpi.reason == "only 0.0% of the time counts (95% needed): 10.0 h without 95 % of IT"


def test_a_residual_below_zero_is_zero() -> None:
    """The PDU sees 1.2 kW where its servers take 2.0: from 3 of 4 of these nothing is left for the silent one."""
    table = steady({**LOAD, "s/pdu": 1.2}, 10, without=[("s/srv-2", c) for c in range(1, 40)])
    assert figure(table, 3).value == approx(30.0 / (15.0 + 0.125))


def test_what_the_facility_took_beside_its_loads_never_stands_for_silent_it() -> None:
    """An hour of heavy cooling in which the UPS was silent: the utility less the usual loss would be 80 kW of IT."""
    rows = [("s/utility", cell, 25.0 if cell == 3 else 6.25, 1.0) for cell in range(40)]
    full = figure(ledger([*rows, *(("s/ups", cell, 5.0, 1.0) for cell in range(40))]))
    rest = figure(ledger([*rows, *(("s/ups", cell, 5.0, 1.0) for cell in range(40) if cell != 3)]))
    assert full.value == approx((39 * 6.25 + 25) / 200)
    assert (rest.value, rest.missing) == (approx(6.25 / 5), approx(1 / 40))
    assert rest.low is not None
    assert full.value is not None
    assert rest.high is not None
    assert rest.low < full.value < rest.high, "of the silent UPS the facility tells the most"
    dark = figure(ledger([*rows[:3], *rows[4:], *(("s/ups", cell, 5.0, 1.0) for cell in range(40))]))
    assert (dark.value, dark.high) == (approx(6.25 / 5), None), "without max_w nothing bounds a silent facility"


@given(st.sets(st.integers(0, 39), max_size=2), st.sets(st.integers(0, 39), max_size=2), st.integers(0, 2**16))
def test_the_interval_of_a_pue_holds_what_a_gap_hides(dark: set[int], blind: set[int], seed: int) -> None:
    """The value that stood before readings were deleted lies within the interval that stands afterwards."""
    site = (state("utility", "utility", max_w=200e3), state("ups", "ups", "utility", max_w=60e3))
    it = [5 + (seed * (cell + 3)) % 7 for cell in range(40)]
    taken = [it[cell] + (seed // 7 * (cell + 1)) % 30 for cell in range(40)]

    def exact(kept: set[int], point: str, kwh: list[int]) -> list[dict[str, object]]:
        return [ledger_row(point, cell, kwh[cell], low_kwh=kwh[cell], high_kwh=kwh[cell]) for cell in sorted(kept)]

    whole, all_cells = [*exact(set(range(40)), "s/ups", it), *exact(set(range(40)), "s/utility", taken)], set(range(40))
    less = [*exact(all_cells - blind, "s/ups", it), *exact(all_cells - dark, "s/utility", taken)]
    before, after = (figure(pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA), site=site) for rows in (whole, less))
    assert before.value is not None
    if after.value is not None:
        assert after.low is not None
        assert after.high is not None
        assert after.low <= before.value + 1e-9
        assert before.value <= after.high + 1e-9


def test_deleting_readings_does_not_raise_the_measured_share_of_a_pue() -> None:
    """The UPS is half estimated; of what stands for the silent PDU, the UPS less the usual loss, none is measured."""
    rows = [ledger_row("s/utility", cell, 3.0) for cell in range(40)]
    rows += [
        ledger_row(point, cell, 2.0, measured=0.5, estimated=0.5, missing=0.0)
        for point in ("s/ups", "s/pdu")
        for cell in range(40)
    ]
    made = (pa.Table.from_pylist(kept, schema=LEDGER_SCHEMA) for kept in (rows, [*rows[:83], *rows[84:]]))
    full, rest = (figure(table, 2) for table in made)
    assert (full.measured, full.estimated) == (approx(0.5), approx(0.5))
    assert (rest.missing, rest.measured) == (0.0, approx(0.5 * 39 / 40))


def test_a_small_share_of_it_may_be_missing_and_makes_pue_larger() -> None:
    """0.1 of 2.1 kW is silent: 4.8 % by last known share. Its energy is not counted."""
    points = (UTILITY, state("big", "server"), state("small", "server", max_w=900.0))
    table = steady({"s/utility": 3.0, "s/big": 2.0, "s/small": 0.1}, 10, without=[("s/small", c) for c in range(1, 40)])
    kpi = pue_of_period(table, era(*points, end=36_000), category=3, site="s")
    assert kpi.value == approx(30 / 20.025)
    assert kpi.low == approx(27 / (1.1 * 20.025 + 0.975))


def test_a_server_that_was_never_read_and_has_no_ceiling_stops_the_count() -> None:
    points = (UTILITY, state("big", "server"), state("new", "server"))
    kpi = pue_of_period(steady({"s/utility": 3.0, "s/big": 2.0}, 1), era(*points), category=3, site="s")
    assert kpi.value_measured is None


def test_fans_behind_the_ups_are_taken_off_it() -> None:
    """2.2 kW through the UPS, 0.2 kW of them for a fan: 3 / 2."""
    fan = state("fan", "cooling", "ups")
    table = steady({"s/utility": 3.0, "s/ups": 2.2, "s/fan": 0.2}, 1)
    kpi = pue_of_period(table, era(UTILITY, UPS, fan), category=1, site="s")
    assert kpi.value == approx(1.5)
    assert "s/fan taken off IT" in kpi.method
    dark = pue_of_period(steady({"s/utility": 3.0, "s/ups": 2.2}, 1), era(UTILITY, UPS, fan), category=1, site="s")
    assert dark.value_measured is None


def test_dual_feeds_count_once() -> None:
    feeds = state("a", "feed", "pdu"), state("b", "feed", "pdu")
    points = (UTILITY, PDU, state("srv", "server", "pdu", feeds=["a", "b"]), *feeds)
    table = steady({"s/utility": 3.0, "s/pdu": 2.0, "s/a": 0.8, "s/b": 1.2}, 1, without=[("s/b", 2)])
    kpi = pue_of_period(table, era(*points), category=3, site="s")
    assert kpi.value == approx(1.5), "the silent feed is its PDU minus the other feed"


def test_estimated_time_is_told() -> None:
    """Both meters half estimated: half of the energy."""
    rows = [
        ledger_row(point, cell, kwh, measured=0.5, estimated=0.5)
        for point, kwh in (("s/utility", 3.0), ("s/ups", 2.0))
        for cell in range(4)
    ]
    kpi = figure(pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA), hours=1)
    assert (kpi.measured, kpi.estimated) == (approx(0.5), approx(0.5))


def test_below_one_the_data_are_wrong() -> None:
    kpi = figure(steady({"s/utility": 2.0, "s/ups": 2.5}, 10))
    assert (kpi.value, kpi.value_measured) == (None, approx(0.8))
    assert kpi.reason == "data-quality error: a PUE of 0.800 says that IT took more than the facility; check the meters"


def test_below_one_within_the_errors_of_the_meters_stands() -> None:
    kpi = figure(steady({"s/utility": 2.0, "s/ups": 2.05}, 10))  # rows are 10 % off at most
    assert (kpi.value, kpi.reason) == (approx(2 / 2.05), None)
    assert "below 1 within the meters' errors" in kpi.method


def test_no_it_energy_is_no_pue() -> None:
    kpi = figure(steady({"s/utility": 2.0, "s/ups": 0.0}, 10))
    assert (kpi.value, kpi.high, kpi.reason) == (None, None, "there is no IT energy in this period")


def test_an_upper_bound_needs_it_energy() -> None:
    rows = [ledger_row(p, c, 1.0, low_kwh=0.0) for p in ("s/utility", "s/ups") for c in range(4)]
    kpi = figure(pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA), hours=1)
    assert (kpi.value, kpi.high) == (1.0, None)


def test_what_the_tree_lacks_is_said() -> None:
    table = steady(LOAD, 1)
    bare = pue_of_period(table, era(UPS), category=1, site="s")
    assert str(bare.reason).startswith("the site has no utility, pv or genset point: give its feed meters role utility")
    empty = pue_of_period(table, era(UTILITY), category=2, site="s")
    assert empty.reason == ("the site has no point that measures IT for category 2: choose another category or add one")
    assert (bare.value, empty.value_measured) == (None, None)


def test_points_needed_are_it_facility_parents_and_siblings() -> None:
    tree = Tree((*SITE, state("tower", "cooling", "utility")))
    assert pue_points(tree, 1) == ("s/utility", "s/ups")
    assert set(pue_points(tree, 3)) == {"s/utility", "s/pdu", *(f"s/srv-{number}" for number in range(4))}


def test_the_tree_of_the_time_divides() -> None:
    """The UPS is exchanged for another in the second hour."""
    other = state("ups-2", "ups", "utility")
    eras = (
        Era(MIDNIGHT, MIDNIGHT + 3600, Tree((UTILITY, UPS))),
        Era(MIDNIGHT + 3600, MIDNIGHT + 7200, Tree((UTILITY, other))),
    )
    cells = [("s/utility", c, 3.0, 1.0) for c in range(8)] + [
        ("s/ups" if c < 4 else "s/ups-2", c, 2.0 if c < 4 else 1.0, 1.0) for c in range(8)
    ]
    kpi = pue_of_period(ledger(cells), eras, category=1, site="s")
    assert kpi.value == approx(24 / 12)


def test_months_one_by_one_give_the_same() -> None:
    table = steady(LOAD, 10, without=[("s/srv-2", c) for c in range(25, 30)])
    start = table["start"].to_numpy()
    parts = [
        table.filter(pa.array((start >= a) & (start < b)))
        for a, b in ((0, MIDNIGHT + 18_000), (MIDNIGHT + 18_000, 2**40))
    ]
    whole, split = figure(table, 3), pue_of_period(iter(parts), era(*SITE, end=36_000), category=3, site="s")
    assert split.value == approx(whole.value)


def test_dcie_is_the_inverse() -> None:
    kpi = dcie_of(figure(steady(LOAD, 10)))
    assert (kpi.name, kpi.value) == ("dcie", approx(2.2 / 3.0))
    assert (kpi.low, kpi.high) == (approx(0.9 * 2.2 / 3.3), approx(1.1 * 2.2 / 2.7))
    assert dcie_of(figure(ledger([]))).value is None
