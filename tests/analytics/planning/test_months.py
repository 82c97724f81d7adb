"""Forecasts: what a series shows plainly is forecast plainly; bands and chances come from errors that were made."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.planning.months import Months, by_months, chance


def known(errors: list[list[float]]) -> Months:
    return Months(values=(10.0, 10.0, 10.0), errors=np.array(errors), weights={"naive": 1.0})


def test_a_steady_season_with_growth_is_continued() -> None:
    month = np.arange(48)
    series = 1000 * 1.005**month * (1 + 0.1 * np.sin(2 * np.pi * month / 12))
    ahead = np.arange(48, 54)
    truth = 1000 * 1.005**ahead * (1 + 0.1 * np.sin(2 * np.pi * ahead / 12))
    found = by_months(series.tolist(), months=6)
    assert found is not None
    assert found.values == pytest.approx(truth, rel=0.01)
    assert sum(found.weights.values()) == pytest.approx(1.0)
    assert found.weights["seasonal naive"] < 0.05, "a year ago was lower"


def test_a_short_series_is_forecast_without_a_season_and_a_shorter_one_not_at_all() -> None:
    found = by_months([100.0] * 9, months=12)
    assert found is not None
    assert found.values == pytest.approx([100.0] * 12)
    assert set(found.weights) == {"naive", "mean of six months", "theta"}
    assert by_months([100.0] * 8, months=12) is None
    assert by_months([100.0] * 9, months=0) is None


def test_a_band_is_the_quantile_of_past_errors_and_never_below_nothing() -> None:
    found = known([[1.0, np.nan, np.nan], [-2.0, 3.0, np.nan], [3.0, 3.0, 30.0], [-4.0, 3.0, 30.0], [5.0, 3.0, 3.0]])
    assert found.band(0, 0.6) == (6.0, 14.0)  # rank ceil(0.6 x 6) = 4 of 1 2 3 4 5
    assert found.band(2, 0.6) == pytest.approx((10 - 4 * 3**0.5, 10 + 4 * 3**0.5))  # 1st distance x sqrt(3)
    assert found.band(0, 0.99) is None, "five errors do not tell what one in a hundred is"
    assert known([[20.0] * 3] * 5).band(0, 0.6) == (0.0, 30.0)


def test_a_sum_has_the_errors_of_sums() -> None:
    found = known([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [2.0, -2.0, 0.0], [1.0, 0.0, 0.0]])
    assert sorted(found.total_errors(3)) == [-3.0, 0.0, 1.0, 3.0]
    assert found.total_band(3, 0.6) == (27.0, 33.0)  # rank min(ceil(0.6 x 5.6), 4) = 4


def test_a_chance_is_never_0_or_1() -> None:
    errors = np.array([-1.0, 0.0, 1.0])
    assert chance(10.0, errors, 10.0, higher_is_better=False) == 2.5 / 4  # 9 and 10 are within
    assert chance(10.0, errors, 11.5, higher_is_better=True) == 0.5 / 4
    assert chance(10.0, np.empty(0), 10.0, higher_is_better=True) is None
