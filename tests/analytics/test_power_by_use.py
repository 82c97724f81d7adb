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
    }
    assert set(watts) == set(SHOWN)


def test_a_step_that_is_not_covered_has_no_value() -> None:
    _, watts = power_by_use_w(steady(LOAD, without=[("s/tower", 2)]), era(*SITE), category=1)
    assert np.isnan(watts["it"]).tolist() == [False, False, True, False]


def losses(table: pa.Table) -> Kpi:
    facility = energy_kwh(table, era(*SITE), pick=lambda tree: tree.facility, name="facility_energy_kwh", site="s")
    return losses_of(energy_by_use(table, era(*SITE), category=1), facility, category=1)


def test_losses_are_what_no_meter_below_sees() -> None:
    kpi = losses(steady(LOAD))
    assert (kpi.name, kpi.value, kpi.category, kpi.measured) == ("losses_energy_kwh", 1.5, 1, 1.0)


def test_losses_of_partly_covered_time_are_not_told() -> None:
    kpi = losses(steady(LOAD, without=[("s/tower", 2)]))
    assert (kpi.value, kpi.value_measured, kpi.missing) == (None, approx(1.125), 0.25)
    assert kpi.reason == "all uses are covered for 75.0% of the time (limit 95%)"
    assert losses(ledger([])).value_measured is None
