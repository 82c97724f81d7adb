"""Targets over the years, the probability of meeting them, and a forecast that never loses to the naive one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.forecast import LEAST_DAYS, MODELS, NAIVE, forecast, known_stretch
from analytics.planning.targets import allowed, budget, goal, probability, status
from config.targets import Target
from tests.analytics.build import approx

FIELDS: dict[str, Any] = {
    "id": "t",
    "metric": "emissions_location_kgco2e",
    "site": "s",
    "baseline_year": 2025,
    "target_year": 2035,
}


def target(**more: Any) -> Target:  # noqa: ANN401 - keys of a target
    return Target(**(FIELDS | ({} if "target_value" in more else {"reduction": 0.42}) | more))


def test_a_line_contracts_by_a_share_of_the_base_and_a_rate_by_a_share_of_what_is_left() -> None:
    assert goal(target(), baseline=100.0) == approx(58.0)
    assert [allowed(target(), baseline=100.0, year=year) for year in (2024, 2025, 2026, 2035, 2040)] == approx(
        [100.0, 100.0, 95.8, 58.0, 58.0]
    )
    rate = target(path="rate", target_value=25.0)
    assert allowed(rate, baseline=100.0, year=2030) == approx(50.0)  # a quarter in ten years: half in five
    assert allowed(rate, baseline=0.0, year=2030) == approx(12.5), "no rate leads from 0: a line does"
    step = target(path="step")
    assert [allowed(step, baseline=100.0, year=year) for year in (2034, 2035)] == approx([100.0, 58.0])


def test_probability_goes_by_the_error_of_the_forecast() -> None:
    # one standard deviation below the limit: 84 %
    assert probability(target(), limit=110.0, expected=100.0, deviation=10.0) == approx(0.8413, abs=1e-4)
    share = target(metric="ref", target_value=0.9)
    assert probability(share, limit=0.9, expected=1.0, deviation=0.1) == approx(0.8413, abs=1e-4)
    assert probability(share, limit=0.9, expected=0.89, deviation=0.0) == 0.0
    assert probability(target(), limit=1.0, expected=1.0, deviation=0.0) == 1.0
    assert [status(chance) for chance in (0.9, 0.6, 0.1)] == ["on track", "at risk", "off track"]


def test_a_budget_that_lasts_and_one_that_does_not() -> None:
    days = np.full(10, 5.0)
    assert budget(allowance=100.0, used=40.0, daily=days).runs_out is None
    gone = budget(allowance=100.0, used=120.0, daily=days)
    assert (gone.runs_out, gone.per_day) == (0, 0.0)
    assert budget(allowance=100.0, used=40.0, daily=np.zeros(0)).per_day is None


@given(baseline=st.floats(1, 1e6), reduction=st.floats(0.01, 0.99), path=st.sampled_from(["linear", "rate", "step"]))
def test_what_is_allowed_never_rises_and_ends_at_the_goal(baseline: float, reduction: float, path: str) -> None:
    one = target(reduction=reduction, path=path)
    years = [allowed(one, baseline=baseline, year=year) for year in range(2024, 2040)]
    assert all(later <= former * (1 + 1e-9) for former, later in pairwise(years))
    assert years[-1] == approx(goal(one, baseline=baseline), rel=1e-6)


def weekly(days: int, *, noise: float = 0.0, trend: float = 0.0) -> Any:  # noqa: ANN401 - an array
    at = np.arange(days)
    return 100 + 10 * (at % 7 >= 5) + trend * at + noise * np.random.default_rng(3).standard_normal(days)


def test_a_week_that_repeats_is_carried_on_exactly_by_the_naive_model() -> None:
    found = forecast(weekly(70), 14)
    assert found is not None
    assert found.model == NAIVE
    assert found.daily == approx(weekly(84)[70:])
    assert (found.half_80, found.deviation) == approx((0.0, 0.0), abs=1e-12)
    flat = forecast(np.full(70, 3.0), 7)
    assert flat is not None
    assert flat.daily == approx(np.full(7, 3.0))
    assert forecast(weekly(LEAST_DAYS - 1), 7) is None


def test_a_trend_is_seen_and_the_naive_model_is_beaten() -> None:
    found = forecast(weekly(140, noise=0.5, trend=0.5), 28)
    assert found is not None
    assert found.model != NAIVE
    assert found.errors[found.model] <= found.errors[NAIVE]
    whole = weekly(168, trend=0.5)[140:].sum()
    assert found.daily.sum() == approx(whole, rel=0.05)
    assert 0 < found.deviation < found.half_80


def test_a_longer_way_has_a_wider_band() -> None:
    series = weekly(120, noise=3.0)
    near, far = forecast(series, 30), forecast(series, 200)
    assert near is not None
    assert far is not None
    assert far.daily.size == 200
    assert far.half_80 > near.half_80


def test_a_series_of_zeros_has_a_forecast_of_zeros() -> None:
    found = forecast(np.zeros(60), 7)
    assert found is not None
    assert not found.daily.any()


def test_no_model_is_fitted_across_a_hole() -> None:
    assert known_stretch(np.array([1.0, 2.0])) == approx([1.0, 2.0])
    assert known_stretch(np.array([1.0, np.nan])).size == 0


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_gives_a_number_for_every_day(name: str) -> None:
    assert np.isfinite(MODELS[name](weekly(70, noise=1.0), 10)).all()
