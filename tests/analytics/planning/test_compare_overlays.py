"""Laws of a comparison that no overlay, use or draw can break."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.comparison import Duel, duels, pareto, ranking, sensitivity
from analytics.planning.dice import Dice
from analytics.planning.money import annuity_factor, owned_cost_per_hour
from analytics.planning.outcome import outcome
from analytics.planning.ranges import Range, Spread, draws
from config.compare.strategies import Workload
from tests.analytics.build import approx
from tests.analytics.planning.ways import H100, OWNED, RATE, found, mid, price, strategy


@given(use=st.lists(st.floats(0.05, 1.0), min_size=2, max_size=2, unique=True), capex=st.floats(1e3, 1e5))
def test_an_owned_hour_gets_cheaper_with_use(use: list[float], capex: float) -> None:
    low, high = sorted(use)
    costs = [
        owned_cost_per_hour(
            capex=np.array([capex]),
            residual_share=np.array([0.1]),
            yearly=np.array([1000.0]),
            utilisation=np.array([share]),
            rate=RATE,
            years=4,
        )[0]
        for share in (low, high)
    ]
    assert costs[0] > costs[1]


@given(rate=st.floats(0.0, 0.3), years=st.integers(1, 30), flow=st.floats(1.0, 1e6))
def test_the_present_value_of_flat_flows_is_the_annuity(rate: float, years: int, flow: float) -> None:
    by_year = sum(flow / (1 + rate) ** year for year in range(1, years + 1))
    assert flow * annuity_factor(rate=rate, years=years) == approx(by_year, rel=1e-6)


@given(share=st.floats(0, 1), rate=st.floats(0, 100), premium=st.floats(0, 0.1))
def test_a_green_overlay_never_changes_the_location_based_figure(share: float, rate: float, premium: float) -> None:
    green = {"matched_share": share, "gco2e_per_kwh": rate, "premium_per_kwh": price(premium)}
    plain = found("cloud_on_demand", price_per_device_hour=price(3.0))
    over = found("cloud_on_demand", price_per_device_hour=price(3.0), green=green)
    assert mid(over.location_kgco2e) == mid(plain.location_kgco2e)
    assert mid(over.facility_energy_kwh) == mid(plain.facility_energy_kwh)
    assert mid(over.market_kgco2e) == approx(1000 * (500 * (1 - share) + rate * share) / 1000)
    assert mid(over.cost) == approx(2400 + 1000 * share * premium)


@given(st.floats(1, 3))
def test_pue_is_applied_once(pue: float) -> None:
    more: dict[str, Any] = {
        "price_per_device_hour": price(3.0),
        "wue_l_per_kwh": 1.0,
        "grid_l_per_kwh": 2.0,
        "pue": pue,
    }
    one = found("cloud_on_demand", **more)
    assert mid(one.facility_energy_kwh) == approx(800 * pue)
    assert one.water_l is not None
    assert mid(one.water_l) == approx(800 * (1 + 2 * pue))


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted), st.text("ab", max_size=3))
def test_draws_lie_in_their_range_and_are_the_same_each_time(values: list[float], key: str) -> None:
    of = Range(*values)
    made = draws(of, key, count=200)
    assert (made >= values[0] - 1e-6).all()
    assert (made <= values[2] + 1e-6).all()
    assert (made == draws(of, key, count=200)).all()
    spread = Spread.of(made)
    assert spread.p10 <= spread.p50 <= spread.p90


def test_the_same_accelerator_has_the_same_dice_in_every_strategy() -> None:
    shared = [0.3, 0.4, 0.5]
    work = Workload(kind="training", flop=1e21)
    one = outcome(
        strategy("cloud_on_demand", used_share=shared, price_per_device_hour=price(2.0)), work, H100, rate=RATE
    )
    other = strategy("cloud_on_demand", used_share=shared, price_per_device_hour=price(2.1), id="two")
    dearer = outcome(other, work, H100, rate=RATE)
    (duel,) = duels({"one": one.cost, "two": dearer.cost})
    assert duel.probability == 1.0, "5 % more is more in every draw"
    assert not duel.tie


def test_too_close_to_call_is_a_tie() -> None:
    assert Duel("a", "b", 0.7).tie
    assert not Duel("a", "b", 0.1).tie
    dice = np.random.default_rng(1).normal(size=(2, 500))
    assert ranking({"a": 10 + dice[0], "b": 10.1 + dice[1], "c": 20 + dice[0]})[0] == ("a", "b")
    assert pareto({"a": (1.0, 1.0), "b": (1.0, 1.0)}) == ["a", "b"]


def test_sensitivity_names_what_moves_the_outcome() -> None:
    random = np.random.default_rng(2)
    one, other = random.random(500), random.random(500)
    top = sensitivity({"one": one, "other": other, "known": np.ones(500)}, 10 * one + other)
    assert [name for name, _ in top] == ["one", "other"]
    assert top[0][1] > 0.9
    assert sensitivity({"one": one}, np.full(500, 7.0)) == [], "what never changes hangs on nothing"
    assert sensitivity({"one": one}, np.zeros(500)) == []


def test_no_draw_is_idle_above_what_it_draws_busy() -> None:
    one = strategy("colocation", **OWNED, idle_kw=(0.2, 0.6, 0.9), busy_kw=(0.3, 0.7, 1.0))
    for apart in ((), ("idle_kw", "busy_kw")):
        dice = Dice(one.model_copy(update={"independent": apart}))
        idle, busy = dice.of("idle_kw"), dice.of("busy_kw")
        assert (idle <= busy).all()
        assert idle.max() > 0.7, "the ranges overlap"
