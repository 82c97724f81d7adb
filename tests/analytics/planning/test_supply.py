"""Renewables and a battery: energy balances, a gap covers nothing, and the front is a front."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.planning.money import capital_recovery_factor
from analytics.planning.supply import Battery, Hours, around, coarse, covered, front
from analytics.planning.supply_cost import Part, Terms, figures, searched
from tests.analytics.build import approx

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATTERY = Battery(kw_per_kwh=0.5, charge_efficiency=0.95, discharge_efficiency=0.9)
DAYS = 3
amounts = st.floats(0, 50)


def hours(load: Any, pv: Any, wind: Any = 0.0, **more: Any) -> Hours:  # noqa: ANN401 - hours or one for all
    count = np.size(load)
    full: dict[str, NDArray[Any]] = {
        "load_kwh": np.asarray(load, dtype=np.float64),
        "pv_kwh_per_kw": np.resize(np.asarray(pv, dtype=np.float64), count),
        "wind_kwh_per_kw": np.resize(np.asarray(wind, dtype=np.float64), count),
        "price_per_kwh": np.full(count, 0.2),
        "gco2e_per_kwh": np.full(count, 400.0),
        "dark": np.zeros(count, dtype=np.bool_),
    }
    return Hours(**(full | more))


def part(capex: float = 0.0, kg: float = 0.0, made: float = 0.0, life: float = 10.0) -> Part:
    one = np.ones(1)
    return Part(capex=capex * one, yearly=0.01 * capex * one, life_years=life, kgco2e=kg * one, made_kgco2e=made * one)


def terms(*parts: Part, behind: bool = True, export: float = 0.05) -> Terms:
    pv, wind, store = (*parts, *[part()] * (3 - len(parts)))
    one = np.ones(1)
    return Terms(
        parts=(pv, wind, store),
        rate=0.05,
        export_price=export * one,
        price_factor=one,
        intensity_factor=one,
        behind_the_meter=behind,
    )


def test_a_day_by_hand() -> None:
    """4 h of 10 kWh; 20 kW of PV that run in the first two; 8 kWh of battery at 4 kW, 0.95 in and 0.9 out."""
    found = covered(hours([10.0] * 4, [1.0, 1.0, 0.0, 0.0]), np.array([[20.0, 0.0, 8.0]]), BATTERY)
    # charged 4 and 4 kWh, of which 7.6 are kept; given back 4, then 7.6 x 0.9 - 4 = 2.84
    assert found.surplus_kwh[0] == approx(12.0)
    assert found.grid_kwh[0] == approx(40 - 20 - 6.84)
    assert found.hourly_share[0] == approx(26.84 / 40)
    assert found.annual_share[0] == 1.0, "by the sum of the day it makes all of it"
    assert found.grid_cost[0] == approx(13.16 * 0.2)
    assert found.grid_kgco2e[0] == approx(13.16 * 0.4)


def test_without_plants_no_hour_is_covered() -> None:
    found = covered(hours([0.1] * 16, 0.0), np.zeros((1, 3)), BATTERY)
    assert found.hourly_share.tolist() == [0.0]


def test_cost_and_carbon_by_hand() -> None:
    day = hours([10.0] * 4, [1.0, 1.0, 0.0, 0.0])
    sizes = np.array([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0]])
    found = covered(day, sizes, BATTERY)
    own = figures(found, day, terms(part(capex=1000.0, kg=500.0, made=0.04)))
    year = 8760 / 4
    assert own.cost[0, 0] == approx(year * 8.0)
    annual = 20 * 1000 * (capital_recovery_factor(rate=0.05, years=10) + 0.01)
    assert own.cost[1, 0] == approx(annual + year * (4.0 - 20 * 0.05))
    assert own.embodied_kgco2e[1, 0] == approx(20 * 500 / 10 + year * 40 * 0.04)
    assert own.carbon_kgco2e[1, 0] == approx(year * 8.0 + own.embodied_kgco2e[1, 0])
    assert own.location_kgco2e[1, 0] == approx(year * 8.0)
    away = figures(found, day, terms(part(capex=1000.0), behind=False))
    assert away.cost[1, 0] == approx(annual + year * (8.0 - 40 * 0.05)), "bought as before, all of it sold"
    assert away.location_kgco2e[:, 0].tolist() == [approx(year * 16.0)] * 2, "plants elsewhere change nothing here"


@settings(max_examples=50)
@given(
    st.lists(st.tuples(amounts, amounts, amounts, st.booleans()), min_size=2, max_size=24),
    st.tuples(amounts, amounts, amounts),
)
def test_energy_balances_and_more_never_covers_less(
    rows: list[tuple[float, float, float, bool]], size: tuple[float, float, float]
) -> None:
    load, pv, wind, dark = (np.array(one) for one in zip(*rows, strict=True))
    period = hours(load + 0.1, pv / 50, wind / 50, dark=dark)
    sizes = np.array([size, (size[0] * 2, *size[1:]), (0.0, 0.0, size[2])])
    found = covered(period, sizes, BATTERY)
    used = found.made_kwh - found.surplus_kwh
    given_ = found.load_kwh - found.grid_kwh
    kept = used - given_  # losses, and what the battery holds at the end
    assert (kept >= -1e-6).all()
    assert (found.hourly_share <= found.annual_share + 1e-9).all(), "what covers an hour counts in the sum of the year"
    assert found.hourly_share[1] >= found.hourly_share[0] - 1e-9
    assert found.hourly_share[2] == approx(0.0), "a battery alone makes nothing"
    seen = covered(replace(period, dark=np.zeros_like(dark)), sizes, BATTERY)
    assert (found.hourly_share <= seen.hourly_share + 1e-9).all(), "a gap never raises a green share"
    assert (found.grid_kgco2e >= seen.grid_kgco2e - 1e-6).all()


def test_what_can_wait_runs_in_hours_of_surplus() -> None:
    """4 h of 10 kWh, 16 kW of PV in the first two, a fifth can wait and 11 kWh fit an hour: 1 kWh comes into each."""
    day = hours([10.0] * 4, [1.0, 1.0, 0.0, 0.0], movable_share=0.2, most_load_kwh=11.0)
    found = covered(day, np.array([[16.0, 0.0, 0.0], [10.0, 0.0, 0.0]]), BATTERY)
    assert found.grid_kwh.tolist() == [approx(18.0), approx(20.0)], "without surplus nothing moves"
    assert found.surplus_kwh[0] == approx(10.0)
    assert found.load_kwh == approx(40.0)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(amounts, amounts, st.booleans()), min_size=2, max_size=30),
    st.floats(0.01, 1.0),
    st.floats(1, 120),
)
def test_waiting_never_covers_less(rows: list[tuple[float, float, bool]], share: float, most: float) -> None:
    load, pv, dark = (np.array(one) for one in zip(*rows, strict=True))
    period = hours(load + 0.1, pv / 50, dark=dark)
    sizes = np.array([[50.0, 0.0, 0.0], [80.0, 0.0, 0.0]])
    rigid, free = (
        covered(one, sizes, BATTERY) for one in (period, replace(period, movable_share=share, most_load_kwh=most))
    )
    assert (free.hourly_share >= rigid.hourly_share - 1e-9).all()
    assert (free.hourly_share <= free.annual_share + 1e-9).all()
    assert free.made_kwh - free.surplus_kwh == approx(free.load_kwh - free.grid_kwh), "nothing is lost by waiting"


@given(st.lists(st.tuples(amounts, amounts, amounts), min_size=1, max_size=20))
def test_a_front_is_what_nothing_beats(rows: list[tuple[float, float, float]]) -> None:
    table = np.array(rows)
    kept = set(front(table).tolist())
    assert kept
    for at, own in enumerate(table):
        beaten = any((other <= own).all() and (other < own).any() for other in table)
        assert (at in kept) != beaten


def test_the_search_ends_at_sizes_that_pay_and_begins_without() -> None:
    load = np.full(24 * DAYS, 10.0)
    sun = np.tile(np.clip(np.sin((np.arange(24) - 6) / 12 * np.pi), 0, None), DAYS)
    period = hours(load, sun)
    dear = searched(period, [100.0, 0.0, 50.0], BATTERY, terms(part(capex=5000.0), part(), part(capex=5000.0)))
    found, own = dear
    assert found.sizes[0].tolist() == [0.0, 0.0, 0.0]
    assert own.cost[0, 0] == own.cost.min(), "too dear: nothing costs less than buying"
    cheap, said = searched(period, [100.0, 0.0, 50.0], BATTERY, terms(part(capex=200.0, kg=800.0), export=0.0))
    best = int(said.cost[:, 0].argmin())
    assert 0 < cheap.sizes[best, 0] < 100.0
    assert said.cost[best, 0] < said.cost[0, 0]
    assert (np.diff(cheap.hourly_share) >= 0).all()
    assert len(coarse([1.0, 1.0, 1.0])) == 216
    assert around(np.array([[1.0, 0.0, 0.0]]), [1.0, 0.0, 0.0], halved=1).tolist() == [[approx(0.9), 0.0, 0.0]]
