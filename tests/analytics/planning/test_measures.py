"""Measures by hand: multiplicative interaction, ramps, the order of the abatement curve."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.measures import (
    HIGH,
    LOW,
    YEAR_S,
    Effect,
    Loads,
    abatement,
    abatement_curve,
    annuity,
    at,
    ramp,
    share,
    without,
    yearly_ramps,
)
from tests.analytics.planning.measure import measure

LOADS = Loads(
    start=1_735_689_600.0,
    end=1_767_225_600.0,
    energy_kwh={"it": 1000.0, "cooling": 300.0, "losses": 100.0, "other": 50.0},
    price_per_kwh=0.2,
    currency="EUR",
    kgco2e_per_kwh=0.5,
    market_kgco2e=725.0,
)
START = measure().start


def test_a_range_is_counted_with_its_realisation() -> None:
    assert [share(measure(), end) for end in (LOW, "mid", HIGH)] == pytest.approx([0.05, 0.1, 0.15])


def test_a_ramp_rises_to_full_and_ends_with_the_life() -> None:
    slow = measure(ramp_months=12)
    assert [ramp(slow, START + part * YEAR_S) for part in (-1, 0.25, 1, 9.9, 10)] == pytest.approx([0, 0.25, 1, 1, 0])
    assert ramp(measure(), START) == 1.0


def test_overheads_fall_with_the_it_that_they_serve() -> None:
    both = at(
        [measure(id="a", sub_load="it", effect_low=0.4, effect_high=0.4), measure(id="b")], START, since=START - 1
    )
    # IT x 0.8, cooling x 0.9: 0.8 x (1000 + 300 x 0.9 + 100) + 50 = 1146
    assert both.energy_kwh(LOADS) == pytest.approx(1146.0)
    assert both.factor("facility_energy_kwh", LOADS) == pytest.approx(1146 / 1450)
    assert both.factor("pue", LOADS) == pytest.approx(1146 / 1450 / 0.8)
    assert both.factor("wue", LOADS) is None
    assert both.factor("cue", LOADS) == both.factor("pue", LOADS), "carbon of the grid's kWh stays"
    assert both.factor("energy_per_work", LOADS) == pytest.approx(1146 / 1450), "for the same work"
    assert Effect(it=0.0).factor("pue", LOADS) is None
    assert Effect(it=0.0).factor("cue_market", LOADS) is None
    nothing = replace(LOADS, energy_kwh=dict.fromkeys(LOADS.energy_kwh, 0.0))
    assert both.factor("pue", nothing) is None


def test_what_history_holds_already_is_not_counted_twice() -> None:
    old = measure()
    assert at([old], START + YEAR_S, since=START + 1) == Effect()
    all_of_it = measure(effect_low=1.0, effect_high=1.0, realisation=1.0)
    assert at([all_of_it], START + YEAR_S, since=START + 1) == Effect()


def test_a_market_instrument_moves_no_location_based_figure() -> None:
    green = at([measure(sub_load="market", effect_low=0.4, effect_high=0.4)], START, since=0)
    assert green.factor("emissions_location_kgco2e", LOADS) == 1.0
    assert green.factor("emissions_market_kgco2e", LOADS) == pytest.approx(0.8)
    assert green.factor("cue_market", LOADS) == pytest.approx(0.8)
    assert green.factor("emissions_market_per_work", LOADS) == pytest.approx(0.8)


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_the_order_of_measures_changes_no_total_and_no_total_exceeds_what_there_is(shares: list[float]) -> None:
    loads = ("it", "cooling", "losses")
    chosen = [
        measure(id=f"m{n}", sub_load=loads[n], effect_low=one, effect_high=one, realisation=1.0)
        for n, one in enumerate(shares)
    ]
    totals = [at(order, START, since=0).energy_kwh(LOADS) for order in permutations(chosen)]
    assert max(totals) == pytest.approx(min(totals), rel=1e-12)
    assert 0 <= totals[0] <= 1450 * (1 + 1e-12)


def test_a_tonne_costs_what_is_not_earned() -> None:
    found = abatement(measure(), LOADS, Effect())
    # cooling 300 x 0.1 = 30 kWh, 15 kg a year; 10 years x 30 x 0.2 = 60 earned, 100 spent: 40 for 0.15 t
    assert found.saves_kwh == pytest.approx(30.0)
    assert found.saves_tco2e == pytest.approx(0.015)
    assert found.npv == pytest.approx(-40.0)
    assert found.cost_per_tco2e == pytest.approx(40 / 0.15)
    assert annuity(0.08, 1) == pytest.approx(1 / 1.08)


def test_what_pays_comes_first_by_worth_and_each_works_on_what_is_left() -> None:
    cheap, small = measure(id="cheap", capex=1.0), measure(id="small", capex=0.0, effect_low=0.02, effect_high=0.02)
    dear = measure(id="dear", sub_load="losses", capex=900.0)
    market, other = measure(id="go", sub_load="market"), measure(id="usd", currency="USD")
    curve = abatement_curve([other, dear, small, market, cheap], LOADS, now=START - 1)
    assert [one.measure.id for one in curve] == ["cheap", "small", "dear", "usd", "go"]
    assert curve[1].saves_kwh == pytest.approx(300 * 0.9 * 0.01)
    assert "give it in the tariff's currency" in curve[-2].reason


def test_a_market_instrument_has_tonnes_but_no_energy() -> None:
    found = abatement(measure(sub_load="market", effect_low=1.0, effect_high=1.0), LOADS, Effect())
    assert found.saves_kwh == 0
    assert found.saves_tco2e == pytest.approx(1450 * 0.5 * 0.5 / 1000)


def test_what_the_year_was_measured_with_is_not_taken_off_again() -> None:
    old = measure(id="old", start="2020-01-01T00:00:00Z", life_years=20, effect_low=0.6, effect_high=0.6)
    over = measure(id="over", start="2010-01-01T00:00:00Z", life_years=1)
    alone = abatement_curve([measure()], LOADS, now=START - 1)
    both = abatement_curve([measure(), over, old], LOADS, now=START - 1)
    # 300 kWh of cooling are what old left of 428.6: new still saves 30 of them, old had saved 128.6
    assert [(one.measure.id, one.at_work) for one in both] == [("old", True), ("m", False)]
    assert [one.saves_kwh for one in both] == pytest.approx([300 / 0.7 * 0.3, 30.0])
    assert both[1].saves_kwh == pytest.approx(alone[0].saves_kwh)
    nothing_left = measure(id="all", start="2020-01-01T00:00:00Z", effect_low=1.0, effect_high=1.0, realisation=1.0)
    assert without([nothing_left], LOADS) == LOADS


def test_a_middle_lies_within_its_range_whatever_came_before() -> None:
    for one in abatement_curve([measure(id="a", capex=0.0), measure(id="b")], LOADS, now=START - 1):
        low, mid, high = one.saves_tco2e_low, one.saves_tco2e, one.saves_tco2e_high
        assert low is not None
        assert mid is not None
        assert high is not None
        assert low < mid < high


def test_what_rises_slowly_earns_less() -> None:
    slow = abatement(measure(ramp_months=120), LOADS, Effect())
    # over ten years half of it is done: 10 x 30 kWh x 0.2 / 2 = 30 earned of 100 spent, for 0.075 t
    assert slow.npv == pytest.approx(-70.0)
    assert slow.cost_per_tco2e == pytest.approx(70 / 0.075)
    assert yearly_ramps(measure(ramp_months=18, life_years=3)) == pytest.approx([1 / 3, 11 / 12, 1.0])


def test_an_instrument_covers_its_share_of_what_the_market_based_emissions_would_be() -> None:
    go = measure(id="go", sub_load="market", effect_low=0.2, effect_high=0.2, realisation=1.0)
    dark = replace(LOADS, market_kgco2e=None)
    (found,) = abatement_curve([go], replace(LOADS, market_kgco2e=1000.0), now=START - 1)
    assert found.saves_tco2e == pytest.approx(0.2)
    # half of the emissions of the year are left after others: the instrument covers a fifth of that half
    saved = abatement(go, replace(LOADS, market_kgco2e=1000.0), Effect(market=0.5)).saves_tco2e
    assert saved == pytest.approx(0.1)
    assert abatement_curve([go], dark, now=START - 1)[0].saves_tco2e is None
    assert without([], replace(LOADS, energy_kwh=dict.fromkeys(LOADS.energy_kwh, 0.0))).market_kgco2e == 725.0


def test_without_price_or_factor_there_is_no_cost() -> None:
    assert "add a tariff" in abatement(measure(), replace(LOADS, price_per_kwh=None), Effect()).reason
    (lost,) = abatement_curve([measure(capex=900.0)], replace(LOADS, kgco2e_per_kwh=None), now=START - 1)
    assert (lost.saves_tco2e, lost.cost_per_tco2e) == (None, None)
