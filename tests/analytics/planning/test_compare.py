"""Ways to get compute: worked costs and footprints, and the founding example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.footprint import it_energy_kwh
from analytics.planning.mixture import mixed, part_of
from analytics.planning.money import owned_cost_per_hour
from analytics.planning.node_power import seen_power
from analytics.planning.objective import objective
from analytics.planning.outcome import outcome, used
from analytics.planning.workload import run_hours
from config.compare.strategies import Workload
from config.errors import UnitError
from tests.analytics.build import approx
from tests.analytics.planning.ways import H100, HOURS, OWNED, RATE, found, mid, price, strategy


@pytest.mark.parametrize(("use", "cost"), [(0.2, 9.62), (0.4, 4.81), (0.6, 3.21), (0.8, 2.40), (0.95, 2.02)])
def test_cost_of_a_useful_hour_by_hand(use: float, cost: float) -> None:
    """37.5 k a device, 12 % for the network, 1.275 kW at 75 %, 200 per kW-month, PUE 1.3, 0.08 per kWh, 5 % a year."""
    capex = np.array([37_500.0 * 1.12])
    yearly = 0.05 * capex + 1.275 * 0.75 * 1.3 * 8760 * 0.08 + 200 * 12 * 1.275
    each = owned_cost_per_hour(
        capex=capex, residual_share=np.array([0.2]), yearly=yearly, utilisation=np.array([use]), rate=RATE, years=4
    )
    assert round(float(each[0]), 2) == cost


def test_rented_devices_cost_their_price_and_draw_idle_and_busy_power() -> None:
    one = found("cloud_on_demand", price_per_device_hour=price(3.0))
    assert mid(one.cost) == approx(2400.0)  # 800 device-hours at 3
    assert mid(one.time_h) == approx(148.0)  # two days and 100 hours
    assert mid(one.it_energy_kwh) == approx(800.0)  # busy all the time it is reserved
    assert mid(one.facility_energy_kwh) == approx(1000.0)
    assert mid(one.location_kgco2e) == approx(400.0)
    assert mid(one.market_kgco2e) == approx(500.0)
    assert mid(one.embodied_kgco2e) == approx(4.0)  # 8 x 175.2 x 100 / (4 x 8760)
    assert mid(one.carbon_kgco2e) == approx(404.0)
    assert one.water_l is None
    assert one.peak_kw == approx(10.0)


def test_a_term_is_paid_whether_used_or_not_and_idles_the_rest() -> None:
    one = found("cloud_reserved", price_per_device_hour=price(2.0), term_hours=1000.0)
    assert mid(one.cost) == approx(16_000.0)
    # 8 x (0.25 x 1000 + 0.75 x 100)
    assert mid(one.it_energy_kwh) == approx(2600.0)


def test_the_parts_of_a_cost_are_the_cost() -> None:
    green = {"matched_share": 0.5, "premium_per_kwh": price(0.02)}
    one = found("colocation", **OWNED, green=green)
    assert set(one.cost_parts) == {"hardware", "maintenance", "energy", "place", "green"}
    assert mid(sum(one.cost_parts.values())) == approx(mid(one.cost))
    assert one.e0_kwh is not None
    assert one.alpha_kw is not None
    assert mid(one.e0_kwh + one.alpha_kw * 100) == approx(mid(one.facility_energy_kwh)), "E = E0 + alpha T"


def test_idle_power_that_nobody_saw_is_not_made_up() -> None:
    steady = seen_power(np.full(700, 4.0), devices=4)
    assert steady is not None
    assert steady.idle_kw is None
    assert steady.busy_kw == (1.0, 1.0, 1.0)
    assert seen_power(np.array([1.0, np.nan] * 400), devices=1) is None, "400 quarter hours are no week"


@given(st.floats(0.05, 0.95))
def test_a_mixture_is_the_sum_of_its_parts(share: float) -> None:
    rented = strategy("cloud_on_demand", price_per_device_hour=price(3.0))
    tokens = Workload(kind="training", flop=1e21)
    parts = {}
    for id_, of in (("a", share), ("b", 1 - share)):
        one, work = part_of(rented, tokens, of)
        parts[id_] = outcome(one, work, H100, rate=RATE)
    whole = mixed(parts)
    assert mid(whole.cost) == approx(mid(outcome(rented, tokens, H100, rate=RATE).cost))
    assert mid(whole.time_h) == approx(max(mid(one.time_h) for one in parts.values()))
    assert whole.e0_kwh is not None
    assert whole.alpha_kw is not None
    assert whole.run_h is not None
    assert whole.e0_kwh + whole.alpha_kw * whole.run_h == approx(whole.facility_energy_kwh), "E = E0 + alpha T"
    bare = mixed({"a": parts["a"], "b": replace(parts["b"], run_h=None, market_kgco2e=None)})
    assert (bare.alpha_kw, bare.market_kgco2e) == (None, None)
    assert whole.embodied_kgco2e is not None
    assert mixed({"a": parts["a"], "b": replace(parts["b"], embodied_kgco2e=None)}).embodied_kgco2e is None


def test_without_a_residual_mix_only_what_is_contracted_whole_has_a_market_based_figure() -> None:
    unknown: dict[str, Any] = {"price_per_device_hour": price(1.0), "market_gco2e_per_kwh": None}
    assert found("cloud_on_demand", **unknown).market_kgco2e is None
    for share, known in ((0.5, False), (1.0, True)):
        green = {"matched_share": share, "gco2e_per_kwh": 20.0, "premium_per_kwh": price(0.01)}
        one = found("cloud_on_demand", **unknown, green=green)
        assert (one.market_kgco2e is not None) is known
    assert mid(one.market_kgco2e) == approx(mid(one.facility_energy_kwh) * 20 / 1000)


def test_interruptions_lengthen_a_spot_run() -> None:
    more: dict[str, Any] = {"interruptions_per_hour": 0.05, "checkpoint_h": 1.0, "restart_h": 0.5}
    one = found("cloud_spot", price_per_device_hour=price(1.0), **more)
    assert mid(one.time_h) == approx(48 + 105.0)
    assert mid(one.cost) == approx(840.0)


def test_owned_devices_bear_their_idle_hours() -> None:
    one = found("colocation", **OWNED)
    assert mid(one.it_energy_kwh) == approx(8 * (0.25 * 200 + 0.75 * 100))  # reserved twice as long as they run
    half_used = mid(one.cost) / 800
    full = mid(used(strategy("colocation", **OWNED), HOURS, H100, rate=RATE, use=1.0))
    assert full < half_used < 2 * full + 0.01, "energy alone falls with use"
    own = {**OWNED, "building_per_kw": price(10_000.0), "building_life_years": 15.0}
    own |= {"people_per_device_year": price(100.0)}
    hall = found("own_datacenter", **{key: value for key, value in own.items() if key != "place_per_kw_month"})
    assert mid(hall.cost) > 0
    edge = {key: value for key, value in OWNED.items() if key != "place_per_kw_month"}
    assert mid(found("edge", **edge, link_per_device_year=price(400.0)).cost) < mid(one.cost)


def test_bought_tokens() -> None:
    work = Workload(kind="inference", active_parameters=8e9, tokens=1e9)
    more = {"price_per_million_tokens": price(0.5), "kwh_per_million_tokens": 0.4, "tokens_per_second": 1e6}
    more |= {"wue_l_per_kwh": 0.5, "grid_l_per_kwh": 2.0, "embodied_kgco2e": None}
    one = outcome(strategy("tokens", **more), work, None, rate=RATE)
    assert mid(one.cost) == approx(500.0)
    assert mid(one.it_energy_kwh) == approx(400.0)
    assert one.water_l is not None
    assert mid(one.water_l) == approx(400 * (0.5 + 1.25 * 2.0))
    assert not one.useful_h.any()


def test_work_by_tokens_or_operations_gives_hours() -> None:
    by_tokens = Workload(kind="training", active_parameters=1e9, tokens=1e12)
    by_flop = Workload(kind="training", flop=6e21)
    rented = {"price_per_device_hour": price(1.0)}
    one, other = (found("cloud_on_demand", work, **rented) for work in (by_tokens, by_flop))
    assert mid(one.time_h) == mid(other.time_h) == approx(48 + 6e21 / (8 * 989e12 * 0.4) / 3600)
    answers = Workload(kind="inference", active_parameters=1e9, tokens=3e12)
    assert mid(found("cloud_on_demand", answers, **rented).time_h) == mid(one.time_h), "2 x 3 is 6"


def test_the_founding_example() -> None:
    """C = 3.6e21 FLOP at 1 EFLOP/s, E0 = 0.01 kWh, alpha = 0.1 kW: an hour, 0.11 kWh; read literally a second."""
    hour = run_hours(flop=3.6e21, devices=1, peak_flop_per_s=1e18, used_share=np.array([1.0]))[0]
    assert hour == approx(1.0)
    assert run_hours(flop=1e18, devices=1, peak_flop_per_s=1e18, used_share=np.array([1.0]))[0] == approx(1 / 3600)
    one = np.array([1.0])
    energy = it_energy_kwh(devices=1, idle_kw=0.01 * one, busy_kw=0.11 * one, reserved_h=hour * one, run_h=hour * one)
    assert energy[0] == approx(0.11)
    minute = it_energy_kwh(devices=1, idle_kw=0 * one, busy_kw=0.1 * one, reserved_h=one / 60, run_h=one / 60)
    assert 0.01 + minute[0] == approx(0.011667, rel=1e-4)  # at the edge
    assert objective({"cost": "0.5 money", "energy": "0.11 kWh"}, {"energy": "0.1 money/kWh"}) == approx(0.511)
    assert objective({"cost": "0.5 money", "energy": "0.11 kWh"}, {"energy": "1 money/kWh"}) == approx(0.61)
    assert round(1e6 / 5 / 8760, 2) == 22.83
    assert round(1e7 / 15 / 8760, 2) == 76.10


@pytest.mark.parametrize(
    "parts", [{"time": "1 hour", "energy": "0.11 kWh"}, {"cost": "0.5 money", "energy": "0.11 kWh"}]
)
def test_a_sum_that_mixes_dimensions_is_refused(parts: dict[str, str]) -> None:
    with pytest.raises(UnitError, match="is no money and cannot be added to a cost: give it a weight in money/"):
        objective(parts, {"energy": "0.1"})
