"""Scope 1 of records, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.biogenic import biogenic_of, stated
from analytics.kpi import FactorUse
from analytics.leaks import Leaked
from analytics.recorded import Burnt, Days, fuel_energy_of, scope_1_of
from tests.analytics.build import approx

MARCH = Days(first=date(2026, 3, 1), end=date(2026, 4, 1), start_s=0, end_s=31 * 86_400)
DIESEL = FactorUse(id="d", value=2.651, unit="kgCO2e/L", year=2026, zone="", basis="direct, CO2", source="MRR")
R410A = FactorUse(id="gwp100:R-410A", value=2255.5, unit="kgCO2e/kg", year=2026, zone="", basis="AR6", source="IPCC")
WHOLE = Burnt(id="w", start=date(2026, 3, 1), end=date(2026, 4, 1), amount=100.0, factor=DIESEL)


def figure(*burnt: Burnt, leaked: tuple[Leaked, ...] = (), **more: Any) -> Any:  # noqa: ANN401
    fields: dict[str, Any] = {"days": MARCH, "site": "s", **more}
    return scope_1_of(burnt=burnt, leaked=leaked, **fields)


def test_litres_and_leaks_add_up() -> None:
    leak = Leaked(gas="R-410A", ids=("r",), kg=2.0, factor=R410A)
    found = figure(WHOLE, leaked=(leak,))
    assert found.value == approx(265.1 + 4511.0)  # 100 * 2.651 + 2 * 2255.5
    assert (found.measured, found.missing, found.low, found.high) == (1.0, 0.0, found.value, found.value)
    assert found.factors == (DIESEL, R410A)
    assert "fuel of records w; 2 kg of refrigerant by records r" in found.method


def test_a_bill_across_the_edge_is_spread_by_day_and_says_so() -> None:
    across = Burnt(id="a", start=date(2026, 3, 22), end=date(2026, 4, 21), amount=300.0, factor=DIESEL)
    before = replace(WHOLE, id="b", end=date(2026, 3, 22), amount=0.0)
    found = figure(across, before)
    assert found.value == approx(265.1)  # 10 of 30 days
    assert "a spread by day" in found.method
    assert (found.low, found.high) == (0.0, approx(795.3)), "none or all of the 300 L may be of March"
    metered = figure(replace(across, profile=0.5), before)
    assert metered.value == approx(150 * 2.651)  # half of the bill's energy was made in March
    assert "a spread by the generators' meters" in metered.method
    assert (metered.low, metered.high) == (metered.value, metered.value)
    other = replace(across, start=date(2026, 5, 1), end=date(2026, 5, 2))
    assert figure(WHOLE, other).factors == (DIESEL,), "a record of another month is not named"


def test_what_is_not_recorded_is_missing_and_0_litres_are_a_record() -> None:
    assert figure(replace(WHOLE, amount=0.0)).value == 0.0
    none = figure()
    assert (none.value, none.value_measured, none.missing) == (None, None, 1.0)
    assert "no approved record of fuel speaks of this period" in none.reason
    half = figure(replace(WHOLE, end=date(2026, 3, 16)), waiting=2)
    assert half.value is None
    assert "51.6% of the days" in half.reason
    assert "2 records wait for approval" in half.method
    assert half.value_measured == approx(265.1)


def test_a_day_without_a_record_leaves_no_figure_for_nothing_bounds_what_it_burnt() -> None:
    days = replace(WHOLE, end=date(2026, 3, 31))
    found = figure(days)
    assert (found.value, found.low, found.high, found.value_measured) == (None, None, None, approx(265.1))
    assert "3.2% of the days: enter them, or 0" in found.reason
    last = replace(WHOLE, id="l", start=date(2026, 3, 31), amount=3000.0)
    assert figure(days, last).value == approx(3100 * 2.651)


def test_gases_outside_the_basket_stand_beside() -> None:
    r22 = Leaked(
        gas="R-22", ids=("r",), kg=10.0, factor=replace(R410A, id="gwp100:R-22", value=1960.0), in_scope_1=False
    )
    found = figure(WHOLE, leaked=(r22,))
    assert found.value == approx(265.1)
    assert "beside scope 1, for HCFC and CFC are not in it: 19,600.0 kgCO2e of R-22 by records r" in found.method
    assert found.factors == (DIESEL,)
    open_one = figure(WHOLE, leaked=(replace(r22, ids=(), unknown="how much is not known"),))
    assert (open_one.value, open_one.reason) == (approx(265.1), None)
    assert "beside scope 1: how much is not known" in open_one.method


def test_a_leak_that_is_not_known_leaves_no_figure() -> None:
    leak = Leaked(gas="R-410A", ids=(), kg=0.0, factor=R410A, unknown="its stock is missing")
    found = figure(WHOLE, leaked=(leak,))
    assert (found.value, found.reason, found.value_measured) == (None, "its stock is missing", approx(265.1))
    noted = replace(leak, unknown="", ids=("t",), kg=1.0, note="by what was topped up")
    assert "1 kg of refrigerant by records t; by what was topped up" in figure(WHOLE, leaked=(noted,)).method


def test_a_carrier_that_is_burnt_and_not_recorded_leaves_no_figure() -> None:
    found = figure(WHOLE, lacking=["natural_gas"])
    assert (found.value, found.value_measured) == (None, approx(265.1))
    assert found.reason == (
        "no approved record of fuel says on all days how much natural_gas was burnt: enter it, or 0"
    )


def test_records_speak_of_whole_days_and_balances_are_not_negative() -> None:
    assert "whole days" in figure(WHOLE, days=replace(MARCH, whole=False)).reason
    negative = figure(WHOLE, leaked=(Leaked(gas="R-410A", ids=("r",), kg=-1.0, factor=R410A),))
    assert negative.value is None
    assert "the mass balance of R-410A is -1 kg" in negative.reason


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True), st.floats(0, 1e6))
def test_months_of_a_bill_sum_to_the_bill(cuts: list[int], litres: float) -> None:
    edges = [date(2026, 3, 1), *(date(2026, 3, day + 1) for day in sorted(cuts)), date(2026, 4, 1)]
    one = replace(WHOLE, amount=litres)
    parts = [figure(one, days=Days(first=a, end=b, start_s=0, end_s=1)).value for a, b in pairwise(edges) if a < b]
    assert sum(parts) == approx(litres * 2.651, rel=1e-9, abs=1e-9)


def test_energy_of_fuel_is_its_amount_by_heating_value_and_nothing_where_one_is_not_known() -> None:
    lower = FactorUse(
        id="heating:diesel:LHV", value=35.776 / 3.6, unit="kWh/L", year=None, zone="EU", basis="LHV", source="MRR"
    )
    burnt = [replace(WHOLE, factor=lower)]
    found = fuel_energy_of(name="fuel_energy_lhv_kwh", burnt=burnt, days=MARCH, site="s")
    assert (found.value, found.unit) == (approx(993.7778), "kWh")
    gas = replace(WHOLE, factor=None, unknown="no value of gas")
    dark = fuel_energy_of(name="fuel_energy_lhv_kwh", burnt=[gas], days=MARCH, site="s")
    assert (dark.value, dark.value_measured, dark.reason) == (None, None, "no value of gas")
    none = fuel_energy_of(name="fuel_energy_lhv_kwh", burnt=[], days=MARCH, site="s")
    assert "no approved record of fuel" in (none.reason or "")
    idle = fuel_energy_of(name="fuel_energy_lhv_kwh", burnt=[replace(gas, amount=0.0)], days=MARCH, site="s")
    assert (idle.value, idle.reason) == (0.0, None), "of what was not burnt nothing need be known"


HVO = FactorUse(id="hvo", value=0.035, unit="kgCO2e/L", year=2026, zone="DE", basis="direct, CO2e", source="maker")
HVO_BESIDE = replace(HVO, value=2.43, unit="kgCO2/L", basis="direct, biogenic CO2")


def biogenic(*burnt: Burnt, **more: Any) -> Any:  # noqa: ANN401
    return biogenic_of(burnt=burnt, days=MARCH, site="s", **more)


def test_biogenic_co2_stands_beside_scope_1_by_hand() -> None:
    one = replace(WHOLE, factor=HVO, biogenic=HVO_BESIDE)
    found, within = biogenic(one), figure(one)
    assert (found.value, found.unit, found.name) == (approx(243.0), "kgCO2", "emissions_biogenic_kgco2")  # 100 * 2.43
    assert within.value == approx(3.5)  # 100 * 0.035: CH4 and N2O
    assert (found.factors, within.factors) == ((HVO_BESIDE,), (HVO,))
    assert "beside scope 1 and is not in it" in found.method
    assert stated(found)
    assert not stated(biogenic(replace(one, biogenic=replace(HVO_BESIDE, value=0.0))))


def test_what_no_factor_states_is_no_0_of_biogenic_co2() -> None:
    one = replace(WHOLE, id="h", factor=HVO, biogenic=HVO_BESIDE)
    found = biogenic(one, WHOLE)
    assert (found.value, found.value_measured, found.factors) == (None, approx(243.0), (HVO_BESIDE,))
    assert found.reason == "biogenic CO2 is not stated by d (record w): name a factor of your own that states it"
    assert biogenic(one, replace(WHOLE, amount=0.0)).value == approx(243.0)
    gone = biogenic(one, replace(WHOLE, factor=None, unknown="its factor is gone"))
    assert gone.reason == "its factor is gone"
    assert "natural_gas" in biogenic(one, lacking=["natural_gas"]).reason
    assert "1 records wait" in biogenic(one, waiting=1).method
    assert "no approved record" in biogenic().reason


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 30), st.floats(0, 1e6), st.floats(0, 5), st.floats(0, 1))
def test_a_biogenic_share_moves_co2_beside_scope_1_and_never_changes_the_sum(
    cut: int, amount: float, kg: float, share: float
) -> None:
    one = replace(WHOLE, end=date(2026, 3, 1 + cut), amount=amount)
    rest = replace(WHOLE, id="r", start=one.end, amount=0.0)
    within, beside = (replace(HVO, value=kg * (1 - share)), replace(HVO_BESIDE, value=kg * share))
    split = replace(one, factor=within, biogenic=beside), replace(rest, factor=within, biogenic=beside)
    scope_1, apart = figure(*split).value, biogenic(*split).value
    assert scope_1 + apart == approx(amount * kg, rel=1e-9, abs=1e-9)
    alone = [replace(each, biogenic=None) for each in split]
    assert figure(*alone).value == scope_1, "scope 1 is the same without a word on biogenic CO2"
