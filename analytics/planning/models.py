"""Models that carry a series on: each takes what is known, oldest first, and gives the steps to come.

The ladder is the season of before (naive), means of it, exponential smoothing (ETS) and Theta of statsmodels, and a
regression on drivers (planned IT load, wet-bulb temperature). Which counts is decided by `analytics.planning.forecast`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Model = Callable[[Floats, int], Floats]

WEEK: Final = 7
YEAR: Final = 12
NAIVE: Final = "seasonal naive"
MEAN_WEEKS: Final = 4
HALF_YEAR: Final = 6


def seasonal_naive(season: int) -> Model:
    """Return the model that repeats the last season."""
    return lambda values, steps: np.resize(values[-season:], steps)


def mean_of_weeks(values: Floats, steps: int) -> Floats:
    """Return the mean of the last four weeks, by day of the week.

    >>> mean_of_weeks(np.array([1.0] * 14 + [3.0] * 14), 2)
    array([2., 2.])
    """
    return np.resize(values[-MEAN_WEEKS * WEEK :].reshape(MEAN_WEEKS, WEEK).mean(axis=0), steps)


def last_value(values: Floats, steps: int) -> Floats:
    """Return the last value again and again."""
    return np.full(steps, values[-1])


def mean_of_half_year(values: Floats, steps: int) -> Floats:
    """Return the mean of the last six months again and again."""
    return np.full(steps, values[-HALF_YEAR:].mean())


def growing_season(values: Floats, steps: int) -> Floats:
    """Return the months of a year ago, times the growth of the last six over the same six a year before."""
    recent, before = values[-HALF_YEAR:].sum(), values[-YEAR - HALF_YEAR : -YEAR].sum()
    return np.resize(values[-YEAR:], steps) * (recent / before if before > 0 else 1.0)


def ets(season: int, *, damped_trend: bool) -> Model:
    """Return exponential smoothing with additive errors and season, which takes two seasons to learn.

    ETS(A, N, A), or ETS(A, Ad, A) with a damped trend; of less than two seasons without one.
    """

    def model(values: Floats, steps: int) -> Floats:
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        if np.ptp(values) == 0:
            return last_value(values, steps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fit that does not converge loses by its errors
            fitted = ExponentialSmoothing(
                values,
                trend="add" if damped_trend else None,
                damped_trend=damped_trend,
                seasonal="add" if len(values) >= 2 * season else None,
                seasonal_periods=season if len(values) >= 2 * season else None,
                initialization_method="heuristic",
            ).fit(use_brute=False)
            return np.asarray(fitted.forecast(steps), dtype=np.float64)

    return model


def theta(season: int) -> Model:
    """Return the Theta method (Assimakopoulos and Nikolopoulos 2000), deseasonalised from two seasons on."""

    def model(values: Floats, steps: int) -> Floats:
        from statsmodels.tsa.forecasting.theta import ThetaModel

        if np.ptp(values) == 0:
            return last_value(values, steps)
        known = len(values) >= 2 * season
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ThetaModel(
                values, period=season if known else 1, deseasonalize=known, use_test=False, method="additive"
            ).fit(disp=False)
            return np.asarray(found.forecast(steps), dtype=np.float64)

    return model


DAILY: Final[Mapping[str, Model]] = {
    NAIVE: seasonal_naive(WEEK),
    "mean of four weeks": mean_of_weeks,
    "ETS": ets(WEEK, damped_trend=False),
    "Theta": theta(WEEK),
}
MONTHLY: Final[Mapping[str, Model]] = {
    NAIVE: seasonal_naive(YEAR),
    "seasonal naive with growth": growing_season,
    "ETS": ets(YEAR, damped_trend=True),
    "Theta": theta(YEAR),
}
FEW_MONTHS: Final[Mapping[str, Model]] = {  # of less than a year and a half no season is known
    NAIVE: last_value,
    "mean of six months": mean_of_half_year,
    "Theta": theta(YEAR),
}
