"""Registers whose step is more than what they counted: no bound of a figure is below nothing, none is lost."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from analytics.bills import energy_cost_of_period
from analytics.boundary import Tree
from analytics.carbon import emissions_location_hourly_kgco2e
from analytics.effectiveness import pue_of_period
from analytics.efficiency import dcie_of
from analytics.energy import energy_kwh
from analytics.intensity import INTENSITY
from analytics.peaks import pue_category_0_of_period
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import era, ledger, ledger_row, state
from tests.analytics.test_period_figures import TARIFF

COUNTS = {"interval_s": {"energy_counter": 60}, "register_step_kwh": 5.0}
GRID, UPS = state("grid", "utility", max_w=9000.0, **COUNTS), state("ups", "ups", "grid", max_w=9000.0)
HOUR_OF = era(GRID, UPS)


def rows(grid: float, ups: float = 0.25) -> pa.Table:
    return ledger([(point, cell, kwh, 1.0) for point, kwh in (("s/grid", grid), ("s/ups", ups)) for cell in range(4)])


def test_ratios_of_a_coarse_register_are_not_below_nothing() -> None:
    found = pue_of_period(rows(0.5), HOUR_OF, category=1, site="s")
    assert (found.value, found.low) == (2.0, 0.0)
    inverse = dcie_of(found)
    assert (inverse.value, inverse.high) == (0.5, None)


def test_a_step_is_of_each_peak_and_not_of_the_period() -> None:
    """20 kWh a quarter hour are 80 kW, a step of 5 kWh more or less 20 kW: a quarter of it, however long the time."""
    long = ledger([(point, cell, 20.0, 1.0) for point in ("s/grid", "s/ups") for cell in range(960)])
    found = pue_category_0_of_period([long], era(GRID, UPS, end=864_000), site="s", all_electric=True)
    assert found.value == 1.0
    assert found.low == pytest.approx(0.75 * 18 / 22)
    assert found.high == pytest.approx(1.25 * 22 / 18)
    some = pue_category_0_of_period([rows(0.5)], HOUR_OF, site="s", all_electric=True)
    assert some.low == 0.0
    still = pue_category_0_of_period([rows(0.0)], HOUR_OF, site="s", all_electric=True)
    assert still.value == 0.0


def test_what_a_register_that_stood_still_may_have_cost() -> None:
    found = energy_cost_of_period(
        rows(0.0), HOUR_OF, pick=lambda tree: tree.purchased, tariffs=[TARIFF], zone=ZoneInfo("UTC"), site="s"
    )
    fixed = 31.0 / 744
    assert found.value == found.low == pytest.approx(fixed)
    assert found.high == pytest.approx(fixed + 5 * 0.2)  # one step at the dearest rate


def test_what_a_register_that_stood_still_may_have_emitted() -> None:
    hourly = [{**ledger_row("s/i", cell, 0.0), "metric": INTENSITY, "value": 400.0} for cell in range(4)]
    table = pa.Table.from_pylist(hourly, schema=LEDGER_SCHEMA)
    for kwh, high in ((0.0, 2.0), (0.25, 0.1 * 4 * 1.1 * 6)):
        found = emissions_location_hourly_kgco2e(
            rows(kwh), HOUR_OF, pick=lambda tree: tree.purchased, intensity=table, zone="XT", site="s"
        )
        assert found.value == pytest.approx(kwh * 4 * 0.4)
        assert found.low == 0.0
        assert found.high == pytest.approx(high)


def test_a_step_is_of_registers_alone() -> None:
    by_power = GRID._replace(interval_s={"power": 60})
    found = energy_kwh(rows(0.5), era(by_power, UPS), pick=lambda tree: tree.facility, name="e", site="s")
    assert found.high == pytest.approx(2.2)  # the rows' own bounds


def test_a_zone_whose_point_does_not_stand_is_empty() -> None:
    zone = Tree((GRID, UPS)).zone(["s/ups", "s/later"])
    assert [(one.id, one.role) for one in zone.points] == [("s/ups", "utility")]
    assert Tree((GRID, UPS)).zone(["s/later"]).points == ()
