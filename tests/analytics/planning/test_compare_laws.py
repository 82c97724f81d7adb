"""Laws of comparisons: what is stated alike is the same luck, what is lost is not useful, a mixture counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.planning.comparison import duels, ranking
from analytics.planning.mixture import mixed, part_of
from analytics.planning.money import break_even_utilisation
from analytics.planning.objective import weight_of
from analytics.planning.outcome import outcome, used
from config.compare.strategies import Workload
from config.errors import UnitError
from tests.analytics.planning.ways import H100, HOURS, OWNED, RATE, found, mid, price, strategy

if TYPE_CHECKING:
    from config.compare.strategies import Strategy

RANGES: dict[str, Any] = {
    "pue": [1.1, 1.3, 1.6],
    "utilisation": [0.3, 0.5, 0.9],
    "tariff_per_kwh": price(0.1) | {"value": [0.05, 0.1, 0.2]},
}


def owned(**more: Any) -> Strategy:  # noqa: ANN401 - keys of a strategy
    return strategy("colocation", **{**OWNED, **RANGES, **more})


def test_a_dearer_place_costs_more_in_every_state_of_the_world() -> None:
    one, dearer = (
        outcome(owned(id=id_, place_per_kw_month=price(place)), HOURS, H100, rate=RATE)
        for id_, place in (("a", 100.0), ("b", 105.0))
    )
    (duel,) = duels({"a": one.cost, "b": dearer.cost})
    assert duel.probability == 1.0
    own_luck = outcome(owned(id="b", independent=["pue", "utilisation"]), HOURS, H100, rate=RATE)
    assert (own_luck.facility_energy_kwh != one.facility_energy_kwh).any()


def test_a_green_overlay_on_a_second_row_changes_market_and_cost_alone() -> None:
    plain = outcome(owned(id="a"), HOURS, H100, rate=RATE)
    premium = price(0.01) | {"value": [0.005, 0.01, 0.02]}
    green = outcome(owned(id="b", green={"matched_share": 0.5, "premium_per_kwh": premium}), HOURS, H100, rate=RATE)
    assert np.array_equal(plain.location_kgco2e, green.location_kgco2e)
    assert np.array_equal(plain.facility_energy_kwh, green.facility_energy_kwh)
    assert green.market_kgco2e is not None
    assert plain.market_kgco2e is not None
    assert (green.market_kgco2e < plain.market_kgco2e).all()
    assert (green.cost > plain.cost).all()


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("cloud_spot", {"interruptions_per_hour": 1.0, "checkpoint_h": 1.0, "restart_h": 0.5}),
        ("cloud_on_demand", {"lost_share": 0.5}),
    ],
)
def test_hours_that_are_lost_are_paid_and_not_useful(kind: str, more: dict[str, Any]) -> None:
    one = found(kind, price_per_device_hour=price(1.0), **more)
    assert mid(one.cost) == 1600.0
    assert mid(one.useful_h) == 800.0
    assert mid(one.cost / one.useful_h) == 2.0


def test_a_mixture_of_bought_tokens_counts_what_making_the_hardware_emitted_once() -> None:
    work = Workload(kind="inference", active_parameters=8e9, tokens=1e9)
    more = {"price_per_million_tokens": price(0.5), "kwh_per_million_tokens": 0.4, "tokens_per_second": 1e6}
    bought = strategy("tokens", **more, embodied_kgco2e=1000.0)
    halves = {id_: outcome(*part_of(bought, work, 0.5), None, rate=RATE) for id_ in ("a", "b")}
    whole = mixed(halves)
    assert whole.embodied_kgco2e is not None
    assert mid(whole.embodied_kgco2e) == 1000.0


@pytest.mark.parametrize(("lost", "factor"), [(0.0, 1.0), (0.5, 2.0)])
def test_at_the_break_even_owning_costs_what_renting_costs(lost: float, factor: float) -> None:
    own = strategy("colocation", **OWNED)
    full, half = (used(own, HOURS, H100, rate=RATE, use=use) for use in (1.0, 0.5))
    rented = found("cloud_on_demand", price_per_device_hour=price(4.0), lost_share=lost)
    an_hour = rented.cost / rented.useful_h
    assert mid(an_hour) == 4.0 * factor
    even = break_even_utilisation(at_full_use=full, at_half_use=half, rented=an_hour)
    assert even is not None
    assert mid(used(own, HOURS, H100, rate=RATE, use=even)) == pytest.approx(4.0 * factor)


@pytest.mark.parametrize(
    "text",
    [
        "inf EUR/kgCO2e",
        "9**9**9**9 EUR/kgCO2e",
        "9**999 EUR/kgCO2e",
        "1/0 EUR/kgCO2e",
        "1e999 EUR/kgCO2e",
        "-1 EUR/kgCO2e",
        "1 EUR/degC",
        "1 EUR/kgCO2e**9**9**9",
        "1 USD/kgCO2e",
        "1 EUR/nothing",
    ],
)
def test_a_weight_is_one_number_with_its_unit_and_no_sum(text: str) -> None:
    with pytest.raises(UnitError, match="is no money per kgCO2e"):
        weight_of(text, per="kgCO2e", currency="EUR")


def test_a_weight_may_be_of_another_size_of_its_unit() -> None:
    assert weight_of("1 kEUR per tCO2e", per="kgCO2e", currency="EUR") == pytest.approx(1.0)
    assert weight_of("2.5e0 EUR/m^3", per="L", currency="EUR") == pytest.approx(0.0025)


def test_who_may_well_beat_the_first_shares_its_place_whoever_stands_between() -> None:
    spread = np.linspace(0.6, 1.5, 101)  # below 1.0 in 44 % of draws
    outcomes = {"first": np.full(101, 1.0), "between": np.full(101, 1.01), "wide": spread}
    assert ranking(outcomes) == [("first", "wide"), ("between",)]
