"""What must hold whatever the contracts: used once, counted once, never better for a gap, never mixed."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.amounts import Average, Direct, Emissions, LifeCycle, Marginal, Rate, scope_2_rate
from analytics.carbon import emissions_location_kgco2e
from analytics.instruments import claims
from analytics.kpi import Kpi
from analytics.market import emissions_market_kgco2e, market_based
from analytics.matching import (
    carbon_free,
    hourly_match,
)
from analytics.scope3 import embodied_kgco2e
from config.electricity.contracts import Contract
from config.errors import UnitError
from config.factors.lookup import Factor
from config.units import convert, linear_factor

START, END = 1_767_225_600, 1_798_761_600  # 2026 in UTC
DAY = 86_400
LATER = END + 2 * 366 * DAY  # of the question


def by_time(start: int, end: int) -> float:
    """Share of what is used over 2026, where it is used evenly."""
    return (end - start) / (END - START)


QUALITY = dict.fromkeys(
    [
        "conveys_rate_claim",
        "only_instrument",
        "tracked_and_retired",
        "vintage_close",
        "same_market",
        "supplier_rate_from_retired",
        "direct_contract_owns_claim",
        "residual_mix_or_disclosed",
    ],
    True,
)
LAW = settings(max_examples=int(os.environ.get("WATTLAS_LAW_CASES", "200")), deadline=None)
kwh = st.floats(0, 1e6)
hours = st.integers(1, 48)


def contract(**more: Any) -> Contract:  # noqa: ANN401 - fields of Contract
    fields: dict[str, Any] = {
        "id": "c",
        "kind": "certificates",
        "sites": {"a": 1.0},
        "zones": ("DE",),
        "technology": "wind",
        "factor_gco2e_per_kwh": 0.0,
        "renewable": True,
        "carbon_free": True,
        "quality": QUALITY,
        **more,
    }
    return Contract.model_validate(fields)


def lot(id_: str = "GO-1", mwh: float = 1000.0, start: int = START, end: int = END, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": id_, "mwh": mwh, "from": start, "to": end, "retired_at": END, **more}


def factor(value: float = 400.0, **more: Any) -> Factor:  # noqa: ANN401 - fields of Factor
    fields: dict[str, Any] = {"basis": "average", "scope": "direct", **more}
    return Factor(
        id="f", zone="DEU", year=2026, value=value, unit="gCO2e/kWh", source="s", licence="l", verified=True, **fields
    )


def bought(seen: float, fill: float = 0.0) -> Kpi:
    return Kpi(
        name="energy",
        unit="kWh",
        site="a",
        start=START,
        end=END,
        value_reported=seen + fill,
        value_measured=seen,
        low=seen * 0.98,
        high=seen * 1.02 + fill,
        measured=1.0,
        estimated=0.0,
        missing=0.0,
        method="sum",
    )


def series(draw: st.DrawFn, count: int, high: float = 1e3) -> np.ndarray[Any, Any]:
    return np.array(draw(st.lists(st.floats(0, high), min_size=count, max_size=count)))


@st.composite
def days(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    count = draw(hours)
    return series(draw, count), series(draw, count)


@LAW
@given(
    lots=st.lists(st.tuples(st.floats(0.001, 1e5), st.integers(0, 300), st.integers(1, 400)), min_size=1, max_size=4),
    cuts=st.lists(st.integers(-100, 900), min_size=2, max_size=8, unique=True),
    share=st.floats(0, 1),
    used=kwh,
)
def test_no_certificate_is_used_twice(
    lots: list[tuple[float, int, int]], cuts: list[int], share: float, used: float
) -> None:
    held = [lot(f"GO-{n}", mwh, START + a * DAY, START + (a + b) * DAY) for n, (mwh, a, b) in enumerate(lots)]
    one = contract(sites={"a": share, "b": 1 - share}, certificates=[{**each, "retired_at": END} for each in held])
    taken: dict[str, float] = {}
    for first, last in pairwise(sorted(START + cut * DAY for cut in cuts)):
        for site in ("a", "b"):
            found = claims([one], site=site, zone="DE", start=first, end=last, as_of=LATER, used=by_time)
            market = market_based(seen_kwh=used, unseen_kwh=0.0, claims=found, rest_gco2e_per_kwh=500.0)
            assert market.matched_kwh <= used * (1 + 1e-9)
            for used_lot in market.used:
                name = used_lot.claim.certificate
                taken[name] = taken.get(name, 0.0) + used_lot.kwh
    for each in held:
        assert taken.get(each["id"], 0.0) <= each["mwh"] * 1000 * (1 + 1e-9)


@LAW
@given(seen=kwh, mwh=st.floats(0.001, 1e4), rate=st.floats(0, 1500), own=st.floats(0, 1500))
def test_instruments_never_change_the_location_based_figure(seen: float, mwh: float, rate: float, own: float) -> None:
    energy = bought(seen)
    before = emissions_location_kgco2e(energy=energy, factor=factor(rate))
    found = claims(
        [contract(factor_gco2e_per_kwh=own, certificates=[lot(mwh=mwh)])],
        site="a",
        zone="DE",
        start=START,
        end=END,
        as_of=LATER,
        used=by_time,
    )
    market = emissions_market_kgco2e(energy=energy, claims=found, residual=None, location=factor(rate))
    assert emissions_location_kgco2e(energy=energy, factor=factor(rate)) == before
    assert market.name != before.name
    none = emissions_market_kgco2e(energy=energy, claims=[], residual=None, location=factor(rate))
    assert none.value_reported == pytest.approx(before.value_reported, rel=1e-9)


@LAW
@given(
    seen=kwh,
    lost=st.floats(0, 1),
    ceiling=st.floats(1, 3),
    mwh=st.floats(0, 2e3),
    share=st.floats(0, 1),
    rest=st.floats(0, 1500),
    own=st.floats(0, 1500),
)
def test_a_gap_never_improves_the_market_based_figure_nor_the_green_share(
    seen: float, lost: float, ceiling: float, mwh: float, share: float, rest: float, own: float
) -> None:
    tariff = contract(id="t", kind="green_tariff", tariff_share=share, factor_gco2e_per_kwh=own)
    lots = [contract(certificates=[lot(mwh=mwh)])] if mwh > 0.001 else []
    found = claims([*lots, tariff], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time)
    whole = market_based(seen_kwh=seen, unseen_kwh=0.0, claims=found, rest_gco2e_per_kwh=rest)
    gone = seen * lost
    holed = market_based(seen_kwh=seen - gone, unseen_kwh=gone * ceiling, claims=found, rest_gco2e_per_kwh=rest)
    assert holed.kgco2e >= whole.kgco2e * (1 - 1e-9)
    if seen > 1e-6:
        assert (holed.annual_share or 0) <= (whole.annual_share or 0) + 1e-9


@LAW
@given(day=days(), hour=st.integers(0, 47), more=st.floats(1, 3))
def test_a_missing_hour_never_raises_a_green_share(day: Any, hour: int, more: float) -> None:  # noqa: ANN401
    load, contracted = day
    dark = np.arange(load.size) == hour % load.size
    grid = np.full(load.size, 0.4)
    whole, holed = (
        hourly_match(load_kwh=load, contracted_kwh=contracted),
        hourly_match(load_kwh=np.where(dark, load * more, load), contracted_kwh=contracted, missing=dark),
    )
    assert holed.missing_hours == 1
    assume(whole.hourly_share is not None)
    assert (holed.hourly_share or 0) <= (whole.hourly_share or 0) + 1e-9
    assert (holed.annual_share or 0) <= (whole.annual_share or 0) + 1e-9
    cfe = carbon_free(load_kwh=load, contracted_kwh=contracted, grid_cfe=grid)
    cfe_holed = carbon_free(
        load_kwh=np.where(dark, load * more, load), contracted_kwh=contracted, grid_cfe=grid, missing=dark
    )
    assert (cfe_holed.share or 0) <= (cfe.share or 0) + 1e-9


@LAW
@given(day=days(), hour=st.integers(0, 47), more=st.floats(0, 1e4))
def test_surplus_is_never_carried(day: Any, hour: int, more: float) -> None:  # noqa: ANN401
    load, contracted = day
    full = np.maximum(contracted, np.where(np.arange(load.size) == hour % load.size, load, 0.0))
    surplus = full + np.where(np.arange(load.size) == hour % load.size, more, 0.0)
    one, other = (hourly_match(load_kwh=load, contracted_kwh=each) for each in (full, surplus))
    assert one.matched_kwh == pytest.approx(other.matched_kwh)
    assert other.hourly_share is None or other.hourly_share <= (other.annual_share or 0) + 1e-9 <= 1 + 2e-9


@LAW
@given(total=st.floats(0, 1e6), parts=st.lists(st.floats(0, 2e4), min_size=1, max_size=8))
def test_hardware_bears_its_emissions_once(total: float, parts: list[float]) -> None:
    lifetime, used, borne = 35_040.0, 0.0, 0.0
    for hours_ in parts:
        borne += embodied_kgco2e(total_kgco2e=total, lifetime_h=lifetime, reserved_h=hours_, used_before_h=used)
        used += hours_
    assert borne <= total * (1 + 1e-9)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("kg", "kgCO2e"),
        ("kgCO2e", "kg"),
        ("gCO2e/kWh", "kWh"),
        ("kW", "kWh"),
        ("L", "kWh"),
        ("gCO2e/kWh", "gCO2e/L"),
        ("VA", "W"),
        ("kWh", "kgCO2e"),
    ],
)
@LAW
@given(value=st.floats(0, 1e9))
def test_slips_of_units_are_refused(source: str, target: str, value: float) -> None:
    with pytest.raises(UnitError):
        convert(value, source, target)
    with pytest.raises(UnitError):
        linear_factor(source, target)


def test_kinds_of_emissions_refuse_to_mix() -> None:
    average, marginal = Emissions(1.0, Average, Direct), Emissions(1.0, Marginal, Direct)
    cycle = Rate(50.0, Average, LifeCycle).of(energy_kwh=1000.0)
    for other in (marginal, cycle, 1.0):
        with pytest.raises(UnitError):
            _ = average + other  # type: ignore[operator]
        with pytest.raises(UnitError):
            _ = average - other  # type: ignore[operator]
    assert (average + average - average).kgco2e == 1.0
    assert scope_2_rate(factor()).gco2e_per_kwh == 400.0
    assert scope_2_rate(replace(factor(), basis="residual")).boundary is Direct
    for wrong in (factor(basis="marginal"), factor(scope="life_cycle")):
        with pytest.raises(UnitError, match="scope 2 needs"):
            scope_2_rate(wrong)
