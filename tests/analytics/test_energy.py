"""Reported energy: measured plus what silence may hide, its shares, its interval, and when there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from analytics.boundary import Era, Tree
from analytics.cells import Grid
from analytics.energy import energy_kwh, nothing
from analytics.kpi import summed
from analytics.legs import resolved
from analytics.sheets import sheets
from collectors.ledger_row import LEDGER_SCHEMA
from config.errors import InputError
from tests.analytics.build import MIDNIGHT, approx, era, ledger, ledger_row, state, steady

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.site import PointState

A, B = "s/a", "s/b"


def server(name: str, **more: Any) -> PointState:  # noqa: ANN401 - fields of PointState
    return state(name, "server", **more)


def figure(table: pa.Table, *points: PointState, hours: int = 1, **more: Any) -> Kpi:  # noqa: ANN401 - arguments
    given = {"pick": lambda tree: tree.it(3), "name": "it_energy_kwh", "site": "s", **more}
    return energy_kwh(table, era(*points, end=hours * 3600), **given)


def test_covered_time_is_simply_summed() -> None:
    """4 kW and 8 kW for an hour."""
    kpi = figure(steady({A: 4.0, B: 8.0}), server("a"), server("b"), config_hash="abc")
    assert (kpi.value, kpi.value_measured, kpi.unit, kpi.reason) == (12.0, 12.0, "kWh", None)
    assert (kpi.measured, kpi.estimated, kpi.missing, kpi.config_hash) == (1, 0, 0, "abc")
    assert (kpi.low, kpi.high) == (approx(0.9 * 12), approx(1.1 * 12))
    assert kpi.method == "sum of 2 points; metering error not stated for 2 of 2 points"
    assert (kpi.start, kpi.end) == (MIDNIGHT, MIDNIGHT + 3600)


def test_missing_time_is_filled_at_the_ceiling() -> None:
    """One of 40 quarters is missing: 9.75 kWh read, and at most 2 kW x 0.25 h = 0.5 kWh more."""
    kpi = figure(steady({A: 1.0}, 10, without=[(A, 7)]), server("a", max_w=2000.0), hours=10)
    assert (kpi.value_measured, kpi.value) == (9.75, 10.25)
    assert (kpi.low, kpi.high) == (approx(0.9 * 9.75), approx(1.1 * 9.75 + 0.5))
    assert (kpi.missing, kpi.coverage) == (approx(1 / 40), approx(39 / 40))
    assert kpi.method == (
        "one point; missing time filled at max_w with 0.5 kWh; metering error not stated for 1 of 1 points"
    )


def test_too_much_missing_gives_no_figure_but_the_worst_points() -> None:
    """Two of 40 quarters of a, which draws 9 of 10 kW: 4.5 % of the energy; three are 6.75 %."""
    points = server("a", max_w=1e4), server("b", max_w=1e4)
    fine = figure(steady({A: 9.0, B: 1.0}, 10, without=[(A, 3), (A, 5)]), *points, hours=10)
    assert fine.value is not None
    kpi = figure(steady({A: 9.0, B: 1.0}, 10, without=[(A, 3), (A, 5), (A, 6)]), *points, hours=10)
    assert (kpi.value, kpi.low, kpi.high) == (None, None, None)
    assert kpi.value_measured == approx(100 - 3 * 2.25)
    assert kpi.reason == "6.8% of the energy by last known power is missing (limit 5%): s/a 6.8%"


def test_a_gap_that_nothing_bounds_gives_no_figure() -> None:
    kpi = figure(steady({A: 1.0}, 10, without=[(A, 7)]), server("a"), hours=10)
    assert kpi.reason == "nothing bounds the missing time of s/a: set max_w or approve an estimate"
    assert kpi.value is None


def test_a_point_that_was_never_read_weighs_as_the_mean() -> None:
    """a draws 1 kW, b is silent: half of the energy by the best guess there is."""
    kpi = figure(steady({A: 1.0}), server("a"), server("b"))
    assert kpi.missing == approx(0.5)
    assert kpi.reason is not None
    assert kpi.reason.startswith("50.0% of the energy")


def test_a_point_that_was_never_read_weighs_its_ceiling() -> None:
    """3 kW of silence beside 1 kW: three quarters of the energy, half of the time."""
    kpi = figure(steady({A: 1.0}), server("a"), server("b", max_w=3000.0))
    assert (kpi.measured, kpi.missing) == (approx(0.5), approx(0.5))
    assert kpi.reason is not None
    assert kpi.reason.startswith("75.0% of the energy")


def test_deleting_what_is_estimated_does_not_raise_the_measured_share() -> None:
    """b is estimated and loses its peak: it weighs less in the energy, but half of the units' time it stays."""
    rows = [ledger_row(A, cell, 1.0) for cell in range(40)]
    rows += [ledger_row(B, cell, 9.0 if cell == 7 else 0.1, measured=0.0, estimated=1.0) for cell in range(40)]
    points = server("a"), server("b", max_w=40_000.0)
    tables = [pa.Table.from_pylist(kept, schema=LEDGER_SCHEMA) for kept in (rows, [*rows[:47], *rows[48:]])]
    full, rest = (figure(table, *points, hours=10) for table in tables)
    assert (full.measured, full.estimated) == (approx(0.5), approx(0.5))
    assert (rest.measured, rest.missing) == (approx(0.5), approx(1 / 80))


def test_nothing_read_at_all_is_all_missing() -> None:
    kpi = figure(ledger([]), server("a"), server("b"))
    assert (kpi.missing, kpi.value_measured, kpi.value) == (1.0, 0.0, None)


def test_a_host_that_is_off_weighs_nothing() -> None:
    kpi = figure(steady({A: 0.0}), server("a"))
    assert (kpi.value, kpi.measured, kpi.missing) == (0.0, 1.0, 0.0)


def test_no_such_point_is_said() -> None:
    kpi = figure(steady({A: 1.0}), state("a", "utility"), what="server points")
    assert (kpi.value, kpi.value_measured) == (None, None)
    assert kpi.reason == "the site has no server points: give at least one point that role in the site file"
    assert (kpi.measured, kpi.missing) == (0.0, 1.0)


def test_last_known_power_goes_on_into_the_next_table() -> None:
    """8 kW until 01:00, then silence: two hours at 8 kW are 16 of 24 kWh."""
    first, second = steady({A: 8.0, B: 8.0}), ledger([(B, cell, 2.0, 1.0) for cell in range(4, 12)])
    points = server("a", max_w=9000.0), server("b")
    kpi = energy_kwh(
        [first, second], era(*points, end=3 * 3600), pick=lambda tree: tree.it(3), name="it_energy_kwh", site="s"
    )
    assert kpi.missing == approx(2 / 6)


def test_meter_errors_add_up_as_independent() -> None:
    """Limits of 6 and 8 kWh: beyond h lies (14 - h)^2 / (2 * 12 * 16) on each side, 2.5 % at h = 14 - sqrt(9.6)."""
    half = 14 - math.sqrt(9.6)
    points = server("a", accuracy_pct=2.0), server("b", accuracy_pct=2.0)
    kpi = figure(steady({A: 300.0, B: 400.0}), *points)
    assert kpi.high == approx(1.1 * (700 + half), rel=1e-4)
    assert kpi.low == approx(0.9 * (700 - half), rel=1e-4)
    assert kpi.method == "sum of 2 points"


def test_equipment_without_rows_is_the_sum_of_its_feeds() -> None:
    points = server("a", feeds=["x", "y"]), state("x", "feed"), state("y", "feed")
    assert figure(steady({"s/x": 1.0, "s/y": 2.0}), *points).value == 3.0
    own = figure(steady({A: 2.9, "s/x": 1.0, "s/y": 2.0}, without=[(A, 0)]), *points)
    assert own.value == approx(0.75 + 3 * 2.9 / 4), "its own meter wherever it speaks"


def test_one_silent_feed_leaves_the_equipment_open() -> None:
    points = server("a", feeds=["x", "y"], max_w=4000.0), state("x", "feed"), state("y", "feed")
    table = steady({"s/x": 1.0, "s/y": 2.0}, 10, without=[("s/y", 0)])
    kpi = figure(table, *points, hours=10)
    assert (kpi.value_measured, kpi.value) == (approx(29.5), approx(30.25)), "0.25 of at most 1 kWh was seen"
    assert (kpi.measured, kpi.missing) == (approx(1 - 0.5 / 40), approx(0.5 / 40))


def test_a_silent_feed_weighs_what_both_carried_less_what_the_other_still_carries() -> None:
    """x 1 kW, y 2 kW; y falls silent for 4 of 40 cells: 4 x 0.5 of 30 kWh, and the fill 4 x (1 - 0.25) kWh."""
    points = server("a", feeds=["x", "y"], max_w=4000.0), state("x", "feed"), state("y", "feed")
    table = steady({"s/x": 1.0, "s/y": 2.0}, 10, without=[("s/y", cell) for cell in range(20, 24)])
    kpi = figure(table, *points, hours=10, limit=1.0)
    assert (kpi.value_measured, kpi.value) == (approx(28.0), approx(31.0))
    strict = figure(table, *points, hours=10, limit=0.04)
    assert strict.reason is not None
    assert strict.reason.startswith("5.0% of the energy by last known power")


def test_a_feed_that_is_silent_without_any_ceiling_leaves_no_figure() -> None:
    points = server("a", feeds=["x", "y"]), state("x", "feed"), state("y", "feed")
    kpi = figure(steady({"s/x": 1.0}), *points, limit=1.0)
    assert (kpi.value, kpi.value_measured) == (None, 1.0)
    assert kpi.reason == "nothing bounds the missing time of s/a: set max_w or approve an estimate"


def test_what_is_taken_off_makes_less() -> None:
    """A UPS of 10 kW that feeds a fan of 1 kW: 9 kWh, between 0.9 x 10 - 1.1 and 11 - 0.9."""
    points = state("ups", "ups"), state("fan", "cooling", "ups")
    table = steady({"s/ups": 10.0, "s/fan": 1.0})
    kpi = figure(table, *points, pick=lambda tree: tree.it(1), less=lambda tree: tree.within_it(1))
    assert (kpi.value, kpi.low, kpi.high) == (9.0, approx(7.9), approx(10.1))
    assert kpi.method == "sum of 2 points; less s/fan; metering error not stated for 2 of 2 points"


def test_a_meter_may_be_taken_off_in_a_part_of_a_period_and_added_in_another() -> None:
    """An hour of 10 kW as the site's feed, then of 10 kW of cooling below a feed of 12 kW: 10 + 12 - 10 kWh."""
    hours = (
        *era(state("a", "utility")),
        *era(state("b", "utility"), state("a", "cooling", "b"), start=3600, end=7200),
    )
    cells = [("s/a", cell, 2.5, 1.0) for cell in range(8)] + [("s/b", cell, 3.0, 1.0) for cell in range(4, 8)]
    found = energy_kwh(
        ledger(cells),
        hours,
        pick=lambda tree: tree.facility,
        less=lambda tree: tree.topmost("cooling"),
        name="energy_kwh",
        site="s",
    )
    assert (found.value, found.low, found.high) == approx((12.0, 0.9 * 22 - 11, 1.1 * 22 - 9))


def test_points_count_while_they_are_there() -> None:
    """b comes in the second hour: 1 kWh + 2 x 1 kWh."""
    eras = (
        Era(MIDNIGHT, MIDNIGHT + 3600, Tree((server("a"),))),
        Era(MIDNIGHT + 3600, MIDNIGHT + 7200, Tree((server("a"), server("b")))),
    )
    table = steady({A: 1.0, B: 1.0}, 2, without=[(B, cell) for cell in range(4)])
    kpi = energy_kwh(table, eras, pick=lambda tree: tree.it(3), less=nothing, name="it_energy_kwh", site="s")
    assert (kpi.value, kpi.measured) == (3.0, 1.0)


def test_sums_of_figures_add_values_bounds_and_factors() -> None:
    one, other = figure(steady({A: 1.0}), server("a")), figure(steady({A: 3.0}), server("a"))
    both = summed([one, other], site="company")
    assert (both.value, both.site, both.low, both.high) == (4.0, "company", approx(3.6), approx(4.4))
    assert both.method == one.method


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    """Shares are weighted by time: an hour all measured, an hour half missing."""
    known = figure(steady({A: 10.0}), server("a"))
    half = figure(steady({A: 20.0}, without=[(A, 0), (A, 1)]), server("a", max_w=1e5))
    both = summed([known, half], site="company")
    assert (both.value, both.value_measured, both.low) == (None, 20.0, None)
    assert both.reason == f"s: {half.reason}"
    assert both.missing == approx(0.5 * half.missing)


def test_a_sum_of_nothing_read_has_plain_shares() -> None:
    off = figure(steady({A: 0.0}), server("a"))
    assert summed([off, off], site="company").measured == 1.0


def test_different_figures_are_not_summed() -> None:
    with pytest.raises(InputError, match="one name and unit"):
        summed([], site="company")


def test_a_sheet_that_has_the_rows_of_its_units_is_not_copied() -> None:
    """A year of a thousand meters was copied twice for one sum."""
    units = Tree((state("a", "server"), state("b", "server"))).units([A, B])
    sheet = next(sheets([steady({A: 4.0, B: 8.0})], [A, B], Grid(MIDNIGHT, MIDNIGHT + 3600, 900)))
    assert resolved(sheet, units) is sheet
    assert resolved(sheet, units[::-1]).energy[1, 0] == 1.0
    assert not resolved(sheet, ()).energy.size
