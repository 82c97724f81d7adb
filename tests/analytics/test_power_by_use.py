"""Power by use over time, and losses as a figure."""

from __future__ import annotations

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
