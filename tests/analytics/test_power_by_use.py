"""Power by use over time, and losses as a figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.energy import energy_kwh
from analytics.losses import losses_of
from analytics.power_by_use import SHOWN, power_by_use_w
from analytics.uses import energy_by_use
from tests.analytics.build import MIDNIGHT, approx, era, ledger, state, steady

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.kpi import Kpi
    from config.site import PointState

SITE = (state("utility", "utility"), state("ups", "ups", "utility"), state("tower", "cooling", "utility"))
LOAD = {"s/utility": 10.0, "s/ups": 6.0, "s/tower": 2.5}


def test_uses_of_each_step_sum_to_the_facility() -> None:
    starts, watts = power_by_use_w(steady(LOAD), era(*SITE), category=1, step_s=1800)
    assert starts.tolist() == [MIDNIGHT, MIDNIGHT + 1800]
    assert {use: values.tolist() for use, values in watts.items()} == {
        "it": [6000.0] * 2,
        "cooling": [2500.0] * 2,
        "losses": [1500.0] * 2,
        "lighting": [0.0] * 2,
        "overhead": [0.0] * 2,
        "other": [0.0] * 2,
        "unsplit": [0.0] * 2,
    }
    assert set(watts) == set(SHOWN)


def test_a_step_that_is_not_covered_has_no_value() -> None:
    _, watts = power_by_use_w(steady(LOAD, without=[("s/tower", 2)]), era(*SITE), category=1)
    assert np.isnan(watts["it"]).tolist() == [False, False, True, False]


def losses(table: pa.Table, category: int = 1) -> Kpi:
    facility = energy_kwh(table, era(*SITE), pick=lambda tree: tree.facility, name="facility_energy_kwh", site="s")
    return losses_of(energy_by_use(table, era(*SITE), category=category), facility, category=category)


def test_losses_are_what_no_meter_below_sees() -> None:
    kpi = losses(steady(LOAD))
    assert (kpi.name, kpi.value, kpi.category, kpi.measured) == ("losses_energy_kwh", 1.5, 1, 1.0)


def exact(load: dict[str, float], *, without: tuple[tuple[str, int], ...] = (), hours: int = 1) -> pa.Table:
    """Rows whose bounds are what was read: what remains are the errors of meters and the steps of registers."""
    table = steady(load, hours, without=without)
    for name in ("low_kwh", "high_kwh"):
        table = table.set_column(table.schema.get_field_index(name), name, table["energy_kwh"])
    return table


def bounds(table: pa.Table, *points: PointState, hours: int = 1) -> tuple[float | None, float | None, float | None]:
    trees = era(*points, end=hours * 3600)
    facility = energy_kwh(table, trees, pick=lambda tree: tree.facility, name="facility_energy_kwh", site="s")
    kpi = losses_of(energy_by_use(table, trees, category=1), facility, category=1)
    return kpi.low, kpi.value, kpi.high


def test_losses_are_as_far_off_as_the_meters_that_tell_them() -> None:
    """10 - 6 - 2.5 kWh. Rows that are 10 % off: 9 - 9.35 is below nothing, 11 - 7.65 = 3.35.

    A meter of class 1 over 10 kWh: 0.95 x 0.1 more or less; with a register of 0.2 kWh steps 0.2 more.
    """
    assert bounds(steady(LOAD), *SITE) == (0.0, 1.5, approx(3.35))
    assert bounds(exact(LOAD), *SITE) == approx((1.5, 1.5, 1.5))
    classed = (state("utility", "utility", accuracy_pct=1.0), *SITE[1:])
    assert bounds(exact(LOAD), *classed) == approx((1.405, 1.5, 1.595))
    counts = {"interval_s": {"energy_counter": 10}, "register_step_kwh": 0.2}
    stepped = (classed[0], state("ups", "ups", "utility", **counts), SITE[2])
    assert bounds(exact(LOAD), *stepped) == approx((1.205, 1.5, 1.795))


def test_time_in_which_a_use_is_silent_may_have_had_any_loss() -> None:
    """A day of 10 - 6 - 2.5 kW is 36 kWh, of which 95 quarter hours are read: 35.625 kWh.

    In the other one cooling took nothing (10 - 6 kW are 1 kWh lost) or all of its 5 kW (0.25 kWh less than nothing).
    """
    silent = exact(LOAD, without=(("s/tower", 50),), hours=24)
    held = (*SITE[:2], state("tower", "cooling", "utility", max_w=5e3))
    assert bounds(silent, *held, hours=24) == approx((35.375, 35.625, 36.625))
    assert bounds(silent, *SITE, hours=24) == approx((0.0, 35.625, 36.625)), "nothing bounds what it took"


def test_time_in_which_the_facility_is_silent_may_have_had_any_loss() -> None:
    """95 quarter hours of 10 kW less 24 h of 8.5 kW are 33.5 kWh; 12 kW in the other one make 36.5 kWh."""
    dark = exact(LOAD, without=(("s/utility", 50),), hours=24)
    held = (state("utility", "utility", max_w=12e3), *SITE[1:])
    assert bounds(dark, *held, hours=24) == approx((33.5, 35.625, 36.5))
    uses = energy_by_use(dark, era(*SITE, end=86_400), category=1)
    stated = replace(losses(steady(LOAD)), reason=None)
    assert losses_of(uses, stated, category=1).high is None, "nothing bounds what it took"


def test_a_meter_of_both_sides_tells_no_loss() -> None:
    """A hall whose feed is its UPS output: what it is off is off on both sides."""
    both = state("ups", "ups", accuracy_pct=1.0, provider_pue=None)
    over = state("rest", "overhead", provider_pue=1.2)
    table = exact({"s/ups": 6.0, "s/rest": 1.2})
    trees = era(both, over)
    uses = energy_by_use(table, trees, category=1)
    assert (uses.losses, uses.losses_low, uses.losses_high) == approx((0.0, 0.0, 0.0), abs=1e-12)


def test_losses_of_partly_covered_time_are_not_told() -> None:
    kpi = losses(steady(LOAD, without=[("s/tower", 2)]))
    assert (kpi.value, kpi.value_measured, kpi.missing) == (None, approx(1.125), 0.25)
    assert kpi.reason == "all uses are covered for 75.0% of the time (limit 95%)"
    assert losses(ledger([])).value_measured is None


def test_where_no_meter_shows_it_neither_it_nor_losses_are_known() -> None:
    """10 kW less 2.5 kW of cooling are 7.5 kW of which nobody knows how much serves IT: no 0 % and no 75 % lost."""
    _, watts = power_by_use_w(steady(LOAD), era(*SITE), category=2)
    assert np.isnan([watts["it"], watts["losses"]]).all()
    assert (watts["unsplit"].tolist(), watts["cooling"].tolist()) == ([7500.0] * 4, [2500.0] * 4)
    uses = energy_by_use(steady(LOAD), era(*SITE), category=2)
    assert [uses.energy_of(name) for name in ("it", "losses", "unsplit", "cooling")] == [None, None, 7.5, 2.5]
    kpi = losses(steady(LOAD), category=2)
    assert (kpi.value, kpi.value_measured, kpi.missing) == (None, None, 1.0)
    assert kpi.reason is not None
    assert kpi.reason.startswith("the site has no point that measures IT for category 2")


def test_uses_that_took_more_than_the_facility_are_no_negative_loss() -> None:
    kpi = losses(steady({**LOAD, "s/ups": 9.0}))
    assert (kpi.value, kpi.value_measured) == (None, approx(-1.5))
    assert kpi.reason == "data-quality error: the uses took 1.5 kWh more than the facility; check the meters"
    assert losses(steady({**LOAD, "s/ups": 7.505})).value == approx(-0.005), "books balance within 0.1 %"


def test_a_facility_that_takes_nothing_loses_nothing() -> None:
    assert losses(steady(dict.fromkeys(LOAD, 0.0))).value == 0.0
