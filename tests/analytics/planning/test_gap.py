"""Measures joined to a target: what each adds, at both ends of its range, and what is left to find."""

from __future__ import annotations

import pytest

from analytics.planning.gap import applied, required_rate, steps, with_measures
from analytics.planning.measures import Effect, Loads
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
COOLING = measure(id="a")  # 0.1 to 0.3 of cooling, half of it counted
BEGIN = COOLING.start
IT = measure(id="b", sub_load="it", effect_low=0.2, effect_high=0.4)
GREEN = measure(id="c", sub_load="market", effect_low=0.2, effect_high=0.2, realisation=1.0)
ENERGY = "facility_energy_kwh"


def test_each_measure_adds_to_those_before_it() -> None:
    found = steps(2900.0, [COOLING, IT], goal=2400.0, metric=ENERGY, loads=LOADS, times=[BEGIN + 1], since=0)
    assert found is not None
    cooling, it = found
    # the site's 1,450 kWh less a tenth of cooling's 300 are 1,420; the level is twice the site's year
    assert (cooling.measure, cooling.value, cooling.adds) == ("a", pytest.approx(2840.0), pytest.approx(-60.0))
    assert cooling.closes == pytest.approx(60 / 500)
    assert (cooling.low, cooling.high) == (pytest.approx(2810.0), pytest.approx(2870.0))
    # IT x 0.85: 0.85 x (1000 + 270 + 100) + 50 = 1,214.5
    assert it.value == pytest.approx(2429.0)
    assert it.closes == pytest.approx((2840 - 2429) / 500)
    assert it.low < it.value < it.high


def test_a_measure_that_begins_within_the_year_counts_for_its_months() -> None:
    half = steps(1450.0, [COOLING], goal=1450.0, metric=ENERGY, loads=LOADS, times=[BEGIN - 9, BEGIN], since=0)
    assert half is not None
    assert half[0].value == pytest.approx(1435.0)
    assert half[0].closes is None, "there is no gap"


def test_a_level_that_is_better_than_the_goal_leaves_no_gap_to_close() -> None:
    found = steps(1450.0, [COOLING], goal=1500.0, metric=ENERGY, loads=LOADS, times=[BEGIN], since=0)
    higher = steps(0.9, [GREEN], goal=0.8, metric="matched_share_annual", loads=LOADS, times=[BEGIN], since=0)
    assert found is not None
    assert higher is not None
    assert [found[0].closes, higher[0].closes] == [None, None]


def test_less_it_may_make_pue_worse_and_its_range_still_holds_the_value() -> None:
    found = steps(1.45, [IT], goal=1.3, metric="pue", loads=LOADS, times=[BEGIN], since=0)
    assert found is not None
    assert found[0].value > 1.45
    assert found[0].low <= found[0].value <= found[0].high
    assert found[0].closes is not None
    assert found[0].closes < 0


def test_an_instrument_covers_its_share_of_what_is_not_matched_yet() -> None:
    assert applied(0.5, Effect(market=0.8), metric="matched_share_annual", loads=LOADS) == pytest.approx(0.6)
    found = steps(0.5, [COOLING, GREEN], goal=1.0, metric="matched_share_annual", loads=LOADS, times=[BEGIN], since=0)
    assert found is not None
    assert [one.adds for one in found] == pytest.approx([0.0, 0.1])


def test_what_measures_say_nothing_of_is_unknown() -> None:
    assert steps(1.0, [COOLING], goal=0.5, metric="wue", loads=LOADS, times=[BEGIN], since=0) is None
    assert with_measures([1.0], [COOLING], metric="cfe", loads=LOADS, times=[BEGIN], since=0) is None


def test_days_to_come_bend_where_a_measure_begins() -> None:
    days = with_measures([10.0, 10.0], [COOLING], metric=ENERGY, loads=LOADS, times=[BEGIN - 9, BEGIN + 9], since=0)
    assert days == pytest.approx([10.0, 10 * 1420 / 1450])


@pytest.mark.parametrize(("level", "goal", "years"), [(0.0, 1.0, 3), (1.0, 0.0, 3), (1.0, 0.5, 0)])
def test_no_rate_leads_to_nothing_or_back_in_time(level: float, goal: float, years: int) -> None:
    assert required_rate(level, goal, years=years) is None
