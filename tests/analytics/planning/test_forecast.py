"""Forecasts: what a series shows plainly is forecast plainly; bands and chances come from errors that were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.planning.forecast import LEAST_DAYS, Forecast, _weights, by_days, by_months, chance, known_stretch
from analytics.planning.models import DAILY, FEW_MONTHS, MONTHLY, NAIVE
from tests.analytics.build import approx


def weekly(days: int, *, noise: float = 0.0, trend: float = 0.0) -> Any:  # noqa: ANN401 - an array
    at = np.arange(days)
    return 100 + 10 * (at % 7 >= 5) + trend * at + noise * np.random.default_rng(3).standard_normal(days)


def test_a_week_that_repeats_is_carried_on_exactly_by_the_naive_model() -> None:
    found = by_days(weekly(70), 14)
    assert found is not None
    assert found.model == NAIVE
    assert found.values == approx(weekly(84)[70:])
    total = weekly(84)[70:].sum()
    assert found.total_band(14, 0.8) == approx((total, total))
    flat = by_days(np.full(70, 3.0), 7)
    assert flat is not None
    assert flat.values == approx(np.full(7, 3.0))
    assert by_days(weekly(LEAST_DAYS - 1), 7) is None
    assert by_days(weekly(70), 0) is None


def test_the_naive_model_stands_where_none_is_clearly_better() -> None:
    draw = np.random.default_rng(8)
    past = {NAIVE: draw.standard_normal((12, 7)), "as good": draw.standard_normal((12, 7))}
    assert _weights(past, apart=4)[NAIVE] > 0.6, "another that is as good counts less"
    better = _weights(past | {"better": past[NAIVE] * 0.5}, apart=4)
    assert better["better"] > 0.6
    assert _weights({NAIVE: np.ones((1, 7)), "one trial": np.zeros((1, 7))}, apart=3)["one trial"] > 0.99


def test_a_trend_is_seen_and_the_naive_model_is_beaten() -> None:
    found = by_days(weekly(140, noise=0.5, trend=0.5), 28)
    assert found is not None
    assert found.model != NAIVE
    assert found.mase[found.model] <= found.mase[NAIVE]
    whole = weekly(168, trend=0.5)[140:].sum()
    assert found.values.sum() == approx(whole, rel=0.05)


def test_a_longer_way_has_a_wider_band() -> None:
    series = weekly(120, noise=3.0)
    near, far = by_days(series, 30), by_days(series, 200)
    assert near is not None
    assert far is not None
    assert far.values.size == 200
    (low, high), (lower, higher) = (one.total_band(size, 0.8) or (0.0, 0.0) for one, size in ((near, 30), (far, 200)))
    assert (higher - lower) / 200 > (high - low) / 30


def test_a_series_of_zeros_has_a_forecast_of_zeros() -> None:
    found = by_days(np.zeros(60), 7)
    assert found is not None
    assert not found.values.any()


def test_no_model_is_fitted_across_a_hole() -> None:
    assert known_stretch(np.array([1.0, 2.0])) == approx([1.0, 2.0])
    assert known_stretch(np.array([1.0, np.nan])).size == 0


@pytest.mark.parametrize("models", [DAILY, MONTHLY, FEW_MONTHS], ids=["days", "months", "few months"])
def test_every_model_gives_a_number_for_every_step(models: Any) -> None:  # noqa: ANN401
    for model in models.values():
        assert np.isfinite(model(weekly(70, noise=1.0), 10)).all()


def test_growth_from_nothing_is_no_growth() -> None:
    months = np.array([0.0] * 12 + [5.0] * 6)
    assert MONTHLY["seasonal naive with growth"](months, 1) == approx([0.0])


def test_a_steady_season_with_growth_is_continued() -> None:
    month = np.arange(48)
    series = 1000 * 1.005**month * (1 + 0.1 * np.sin(2 * np.pi * month / 12))
    ahead = np.arange(48, 54)
    truth = 1000 * 1.005**ahead * (1 + 0.1 * np.sin(2 * np.pi * ahead / 12))
    found = by_months(series, 6)
    assert found is not None
    assert found.values == approx(truth, rel=0.01)
    assert sum(found.weights.values()) == approx(1.0)
    assert found.weights[NAIVE] < 0.05, "a year ago was lower"


def test_few_months_are_forecast_without_a_season_and_fewer_not_at_all() -> None:
    found = by_months(np.full(9, 100.0), 12)
    assert found is not None
    assert found.values == approx([100.0] * 12)
    assert set(found.weights) == set(FEW_MONTHS)
    assert by_months(np.full(8, 100.0), 12) is None
    assert by_months(np.full(9, 100.0), 0) is None


def known(errors: list[list[float]]) -> Forecast:
    return Forecast(
        values=np.full(3, 10.0), errors=np.array(errors), weights={NAIVE: 1.0}, mase={NAIVE: 1.0}, between=1e9
    )


def test_a_band_is_the_quantile_of_past_errors_and_never_below_nothing() -> None:
    found = known([[1.0, np.nan, np.nan], [-2.0, 3.0, np.nan], [3.0, 3.0, 30.0], [-4.0, 3.0, 30.0], [5.0, 3.0, 3.0]])
    # place 0.6 x 6 = 3.6th of 1 2 3 4 5
    assert found.band(0, 0.6) == approx((10 - 3.6, 10 + 3.6))
    assert found.band(2, 0.6) == approx((10 - 3.6 * 3**0.5, 10 + 3.6 * 3**0.5)), "1st distance x sqrt(3)"
    assert found.band(0, 0.99) is None, "five errors do not tell what one in a hundred is"
    assert known([[20.0] * 3] * 5).band(0, 0.6) == (0.0, 30.0)


def test_a_sum_has_the_errors_of_sums() -> None:
    found = known([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [2.0, -2.0, 0.0], [1.0, 0.0, 0.0]])
    assert sorted(found.total_errors(3)) == [-3.0, 0.0, 1.0, 3.0]
    assert found.total_band(3, 0.6) == approx((27.0, 33.0))  # place 3 of 0 1 3 3
    assert found.span_band(1, 3, 0.6) == approx((18.0, 22.0))  # sums 2 -2 -2 0
    short = known([[1.0, np.nan, np.nan], [-1.0, np.nan, np.nan], [2.0, 1.0, np.nan], [1.0, 1.0, 1.0]])
    assert short.total_errors(3) == approx(np.array([1.0, -1.0, 2.0, 1.0]) * 3**1.5)
    low, high = short.span_band(2, 3, 0.6) or (0.0, 0.0)
    assert (low, high) == approx((max(0.0, 10 - (3**1.5 - 2**1.5)), 10 + 3**1.5 - 2**1.5))


def test_a_chance_is_never_0_or_1() -> None:
    errors = np.array([-1.0, 0.0, 1.0])
    assert chance(10.0, errors, 10.0, higher_is_better=False) == 2.5 / 4  # 9 and 10 are within
    assert chance(10.0, errors, 12.0, higher_is_better=False) == 3.5 / 4
    assert chance(10.0, errors, 12.0, higher_is_better=True) == 0.5 / 4
    assert chance(10.0, np.array([]), 12.0, higher_is_better=True) is None


def test_what_stays_just_at_its_limit_meets_it_however_days_sum() -> None:
    still = np.zeros(12)
    below, above = 0.1 + 0.7, 0.1 + 0.2  # 0.7999999999999999 and 0.30000000000000004
    assert chance(above, still, 0.3, higher_is_better=False) == approx(25 / 26)
    assert chance(below, still, 0.8, higher_is_better=True) == approx(25 / 26)


def test_what_is_expected_beyond_its_limit_is_no_likelier_than_even() -> None:
    falling = -np.linspace(0.05, 0.15, 12)  # every forecast of summer was too high: winter has other errors
    assert chance(1.25, falling, 1.24, higher_is_better=False) == 0.5
    assert chance(1.20, falling, 1.24, higher_is_better=False) == 0.5
    assert chance(0.60, -falling, 0.61, higher_is_better=True) == 0.5
