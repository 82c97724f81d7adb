"""Registers by hand: wraps, resets, exchanges, spikes and coarse steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from analytics.intervals import PointRule
from tests.analytics.build import MIDNIGHT, approx, rows, run, total

if TYPE_CHECKING:
    from analytics.intervals import IntervalResult

P = "s/p"
KW = 1 / 60  # kWh in a minute at 1 kW


def counted(
    values: list[float],
    *,
    max_w: float | None = 2000,
    span: float | None = None,
    exchanges: tuple[int, ...] = (),
    step_s: int = 60,
    interval_s: float = 60,
) -> IntervalResult:
    """Run a register, read each `step_s`, over exactly the time of its readings."""
    rule = PointRule(
        interval_s={"energy_counter": interval_s},
        max_w=max_w,
        register_max_kwh=span,
        exchanges=tuple(MIDNIGHT + at for at in exchanges),
    )
    series = [(number * step_s, value) for number, value in enumerate(values)]
    return run({(P, "energy_counter"): series}, {P: rule}, 0, series[-1][0])


def missing_s(result: IntervalResult) -> float:
    return math.fsum(row["missing"] * (row["end"] - row["start"]) for row in rows(result.rows))


def outcome(result: IntervalResult) -> tuple[float, float, int]:
    """Energy [kWh], missing time [s] and number of rejected readings."""
    return round(total(result.rows, P), 9), round(missing_s(result), 6), result.rejected.num_rows


def test_differences_add_up() -> None:
    assert outcome(counted([5.0, 5.01, 5.02, 5.05])) == (0.05, 0, 0)


def test_a_gap_is_spread_evenly_and_estimated() -> None:
    """0.3 kWh over 1800 s, read each 60 s: 0.15 kWh in each cell, nothing measured."""
    result = rows(counted([1.0, 1.3], step_s=1800).rows)
    assert [(row["energy_kwh"], row["estimated"]) for row in result] == [(approx(0.15), 1.0)] * 2


def test_how_a_gap_was_spread_is_not_known() -> None:
    """0.6 kWh over 1800 s at 2 kW at most: 0.5 kWh in a cell at most, so 0.1 in the other at least."""
    result = rows(counted([1.0, 1.6], step_s=1800).rows)
    assert [(row["low_kwh"], row["energy_kwh"], row["high_kwh"]) for row in result] == [approx((0.1, 0.3, 0.5))] * 2


def test_without_a_ceiling_either_part_of_a_gap_may_have_it_all() -> None:
    result = rows(counted([1.0, 1.6], step_s=1800, max_w=None).rows)
    assert [(row["low_kwh"], row["energy_kwh"], row["high_kwh"]) for row in result] == [approx((0.0, 0.3, 0.6))] * 2


def test_a_gap_within_a_cell_is_exact() -> None:
    (row,) = rows(counted([1.0, 1.1], step_s=600).rows)
    assert row["low_kwh"] == row["high_kwh"] == approx(0.1)


def test_an_estimated_reading_makes_its_segments_estimated() -> None:
    series = [(0, 1.0), (60, 1.01, "estimated"), (120, 1.02), (180, 1.03)]
    rule = PointRule(interval_s={"energy_counter": 60}, max_w=2000)
    (row,) = rows(run({(P, "energy_counter"): series}, {P: rule}, 0, 180).rows)
    assert (row["measured"], row["estimated"]) == (approx(1 / 3), approx(2 / 3))


def test_a_reset_loses_only_its_own_minute() -> None:
    """12.00, 12.01, then 0.004: what was drawn in that minute is not known, the rest is."""
    assert outcome(counted([12.0, 12.01, 0.004, 0.014, 0.024])) == (0.03, 60, 0)


def test_a_fall_at_the_end_waits_for_more() -> None:
    assert outcome(counted([12.0, 12.01, 0.0])) == (0.01, 60, 0)


def test_a_wrap_goes_on_from_zero() -> None:
    """At 99.99 of 100 kWh, then 0.01: 0.02 kWh."""
    assert outcome(counted([99.97, 99.99, 0.01, 0.03], span=100)) == (0.06, 0, 0)


def test_a_wrap_that_implies_too_much_power_is_a_reset() -> None:
    """From 50 of 100 kWh to 0.01 a wrap would be 50 kWh in a minute."""
    assert outcome(counted([49.98, 50.0, 0.01, 0.03], span=100)) == (0.04, 60, 0)


def test_a_short_register_is_not_believed_over_a_long_time() -> None:
    """0.07 kWh of range are drawn within 126 s at 2 kW: after 180 s nobody knows how often it wrapped."""
    assert outcome(counted([0.01, 0.02], span=0.07, step_s=180)) == (0, 180, 0)
    assert outcome(counted([0.06, 0.01], span=0.07, step_s=180)) == (0, 180, 0)
    assert outcome(counted([0.06, 0.01], span=0.07, step_s=120)) == (0.02, 0, 0)


def test_without_a_ceiling_a_wrap_needs_its_neighbour_and_a_small_advance() -> None:
    assert outcome(counted([0.06, 0.01], span=0.07, max_w=None)) == (0, 60, 0), "0.02 is more than a quarter of 0.07"
    assert outcome(counted([0.065, 0.01], span=0.07, max_w=None)) == (0.015, 0, 0)
    assert outcome(counted([0.065, 0.01], span=0.07, max_w=None, step_s=91)) == (0, 91, 0), "more than 1.5 intervals"
    assert outcome(counted([0.01, 0.02], span=0.07, max_w=None, step_s=91)) == (0, 91, 0)


def test_an_exchange_always_breaks() -> None:
    """The new meter stands in the same range: only the date of the exchange says that the register is another."""
    assert outcome(counted([5.0, 5.01, 5.02, 5.03], exchanges=(90,))) == (0.02, 60, 0)
    assert outcome(counted([5.0, 5.01, 5.02, 5.03], exchanges=(120,))) == (0.02, 60, 0), "the reading at 120 s is new"
    assert outcome(counted([5.0, 5.01], exchanges=(-9, 0, 61))) == (0.01, 0, 0)


def test_an_exchange_that_nobody_told_breaks_too() -> None:
    assert outcome(counted([5.0, 5.01, 900.0, 900.01])) == (0.02, 60, 0)


@pytest.mark.parametrize("wrong", [0.0, 4.0, 65_535.0])
@pytest.mark.parametrize("count", [1, 2, 12])
def test_readings_that_leap_away_and_back_are_spikes(wrong: float, count: int) -> None:
    values = [10.0, 10.01, *[wrong] * count, 10.01 + 0.01 * (count + 1), 10.03 + 0.01 * count]
    result = counted(values)
    assert outcome(result) == (round(0.03 + 0.01 * count, 9), 0, count)
    assert set(result.rejected["reason"].to_pylist()) == {"the register leaps and returns: a spike"}


def test_a_register_that_ticks_back_counts_nothing_twice() -> None:
    """At 1.2 kW each minute has 0.02 kWh; a reading that falls by a digit is off, no new start."""
    assert outcome(counted([5.0, 5.02, 5.01, 5.06, 5.08])) == (0.08, 0, 1)
    assert outcome(counted([5.02, 5.01, 5.01, 5.02])) == (0.0, 0, 2), "however long it takes to come back"
    assert outcome(counted([5.0, 5.02, 0.01, 0.03, 0.05])) == (0.06, 60, 0), "this one begins anew"
    assert outcome(counted([0.03, 0.01, 0.03, 0.05])) == (0.04, 60, 0), "it may have, so nothing is taken from it"


def test_too_many_wrong_readings_are_a_register_of_their_own() -> None:
    """Thirteen zeros in a row: the time of all of them, and that before and after, is not known."""
    assert outcome(counted([10.0, 10.01, *[0.0] * 13, 10.15])) == (0.01, 840, 0)


def test_no_spike_reaches_across_an_exchange() -> None:
    assert outcome(counted([10.0, 10.01, 0.0, 10.03], exchanges=(120,))) == (0.01, 120, 0)


def test_a_spike_before_an_impossible_value_does_not_hide_it() -> None:
    """Zero, back, then a new meter."""
    assert outcome(counted([10.0, 0.0, 10.02, 900.0, 900.01])) == (0.03, 60, 1)


def test_a_dip_in_a_register_that_can_wrap_is_no_wrap() -> None:
    """From 90 of 100 kWh to 0 and back to 90.01: a wrap would be followed by an impossible rise."""
    assert outcome(counted([89.99, 90.0, 0.0, 90.02], span=100)) == (0.03, 0, 1)
    assert outcome(counted([99.95, 99.96, 0.0, 99.98], span=100)) == (0.03, 0, 1)


def test_a_wrap_before_an_unknown_reset_is_still_a_wrap() -> None:
    """99.99 to 0.01 of 100 kWh is 0.02; the fall after it is a reset."""
    assert outcome(counted([99.97, 99.99, 0.01, 50.0, 50.02], span=100)) == (0.06, 60, 0)


def test_without_a_ceiling_a_small_return_is_a_spike() -> None:
    assert outcome(counted([100.0, 100.01, 0.0, 100.03, 100.04], max_w=None)) == (0.04, 0, 1), "a dip"
    assert outcome(counted([100.0, 100.01, 165.0, 100.03, 100.04], max_w=None)) == (0.04, 0, 1), "a peak"
    assert outcome(counted([100.0, 100.01, 165.0, 166.0, 100.04], max_w=None)) == (0.04, 0, 2), "two"


def test_without_a_ceiling_a_climb_after_a_fall_is_a_reset() -> None:
    """The register climbs back in its own steps: that is no leap."""
    assert outcome(counted([0.5, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], max_w=None)) == (0.6, 60, 0)
    assert outcome(counted([9.0, 0.0, 3.0, 6.0, 9.05], max_w=None)) == (9.05, 60, 0)


def test_spikes_are_not_looked_for_behind_the_last_one() -> None:
    """After a dip has been mended the readings before it take no part any more."""
    assert outcome(counted([100.0, 100.0, 0.0, 100.01, 0.0, 0.01], max_w=None)) == (0.02, 60, 1)


def test_steps_of_a_coarse_register_are_its_own() -> None:
    """1 kWh steps at 1 kW: an impossible minute, but possible over the hour since the last step."""
    values = [10.0] * 61 + [11.0] * 61 + [12.0]
    assert outcome(counted(values)) == (2.0, 0, 0)


def test_a_step_that_comes_too_soon_breaks() -> None:
    """1 kWh after ten minutes would be 6 kW."""
    values = [9.0] + [10.0] * 10 + [11.0] * 5
    assert outcome(counted(values)) == (0, 900, 0)  # ... and what comes after has not moved yet


def test_only_the_registers_in_doubt_are_looked_at_one_by_one() -> None:
    """Two registers in one batch, one with a reset: the other stays whole."""
    rule = PointRule(interval_s={"energy_counter": 60}, max_w=2000)
    series = {
        ("s/a", "energy_counter"): [(0, 1.0), (60, 1.01)],
        ("s/b", "energy_counter"): [(0, 9.0), (60, 0.0), (120, 0.01)],
        ("s/c", "energy_counter"): [(0, 3.0), (60, 3.01)],
    }
    result = run(series, {"s/a": rule, "s/b": rule, "s/c": rule}, 0, 900)
    assert [total(result.rows, name) for name in ("s/a", "s/b", "s/c")] == [approx(0.01)] * 3


def test_a_spike_is_not_mended_across_an_exchange() -> None:
    """The reading after the spike belongs to another meter, though its register would fit."""
    assert outcome(counted([10.0, 10.01, 0.0, 10.03, 10.04], exchanges=(180,))) == (0.02, 120, 0)


def test_a_register_that_does_not_move_behind_an_unexplained_leap_measures_nothing() -> None:
    """20 readings of 65535 between 5.01 and 5.23: too many for a spike, but no measured zero either."""
    values = [5.0, 5.01, *[65535.0] * 20, 5.23, 5.24]
    energy_kwh, missing, rejected = outcome(counted(values))
    assert (energy_kwh, rejected) == (0.02, 0)
    assert missing == 21 * 60


def test_a_reset_register_counts_from_its_first_step() -> None:
    assert outcome(counted([12.0, 12.01, 0.0, 0.0, 0.0, 0.01, 0.02])) == (0.03, 3 * 60, 0)


def test_no_meter_in_the_world_advances_so_fast() -> None:
    """Without a ceiling a step of 1,000,000 kWh in a minute, 60 GW, breaks the register: the minute is left open."""
    assert outcome(counted([5.0, 5.01, 1_000_005.01, 1_000_005.02], max_w=None)) == (0.02, 60, 0)
