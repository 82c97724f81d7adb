"""Forecast of a monthly series: models weighed by how well they forecast its past, bands from the errors made there.

Rolling origin (Tashman 2000): each model forecasts from every past month on, and counts by the inverse of its mean
squared error (Bates and Granger 1969). Bands are split conformal (Vovk et al. 2005): quantiles of the errors made at
the same distance, not of a distribution that is assumed. Errors of months that overlap tell less than their number
says, so the rank of the quantile rises with the distance (`OVERLAP`, set on simulated sites of tests/bench).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Model = Callable[[NDArray[np.float64], int], NDArray[np.float64]]

SEASON: Final = 12
LEAST_MONTHS: Final = 9
LEAST_ERRORS: Final = 6
SHORT_START: Final = 5  # months from which the first forecast of a short series is made
MOST_ORIGINS: Final = 18
OVERLAP: Final = 0.3  # ranks a month of distance


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """What months to come will hold: `values` by month, and the errors made before at each distance.

    `errors[o, h]` is actual less forecast of origin o at distance h + 1, NaN where the month was not over yet.
    """

    values: tuple[float, ...]
    errors: NDArray[np.float64]
    weights: Mapping[str, float]  # of the models, their sum is 1

    def band(self, month: int, level: float) -> tuple[float, float] | None:
        """Return low and high that hold the value of month 0, 1, ... ahead with probability `level`, if known."""
        errors, seen = _scores(self.errors, month)
        return _around(self.values[month], errors * ((month + 1) / (seen + 1)) ** 0.5, level, month)

    def total_errors(self, months: int) -> NDArray[np.float64]:
        """Return the errors that sums over so many months ahead had before, for `chance`."""
        errors, seen = _scores(np.cumsum(self.errors, axis=1), months - 1)
        return errors * (months / (seen + 1))

    def total_band(self, months: int, level: float) -> tuple[float, float] | None:
        """Return the band of the sum over the next `months`."""
        return _around(sum(self.values[:months]), self.total_errors(months), level, months - 1)


def by_months(values: Sequence[float], *, months: int) -> Months | None:
    """Forecast `months` after a series without holes; None where the series is shorter than nine months."""
    series = np.asarray(values, dtype=np.float64)
    if len(series) < LEAST_MONTHS or months < 1:
        return None
    models = MODELS if len(series) > SEASON + LEAST_ERRORS else SHORT
    errors = np.stack([_past_errors(model, series, months) for model in models.values()])
    precision = 1 / np.maximum(np.nanmean(errors**2, axis=(1, 2)), np.finfo(float).tiny)
    weights = precision / precision.sum()
    ahead = np.stack([model(series, months) for model in models.values()])
    return Months(
        values=tuple(map(float, weights @ ahead)),
        errors=np.einsum("m,moh->oh", weights, errors),
        weights=dict(zip(models, map(float, weights), strict=True)),
    )


def chance(value: float, errors: NDArray[np.float64], limit: float, *, higher_is_better: bool) -> float | None:
    """Return the probability that `value` with one of these errors ends on the right side of `limit`; None without any.

    Never 0 or 1: n errors can exclude no more than 1 in n + 1.
    """
    if not len(errors):
        return None
    ends = value + errors
    hits = np.count_nonzero(ends >= limit if higher_is_better else ends <= limit)
    return float((hits + 0.5) / (len(errors) + 1))


def _seasonal_naive(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    return np.resize(series[-SEASON:], months)


def _naive(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    return np.full(months, series[-1])


def _mean(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    return np.full(months, series[-6:].mean())


def _seasonal_level(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """Return the months of a year ago, times the growth of the last six months over the same six a year before."""
    recent, before = series[-6:].sum(), series[-SEASON - 6 : -SEASON].sum()
    return _seasonal_naive(series, months) * (recent / before if before > 0 else 1.0)


def _theta(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """Return the Theta method's forecast (Assimakopoulos and Nikolopoulos 2000), deseasonalised from two years on."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    seasonal = len(series) >= 2 * SEASON
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a fit grumbles about shows in its errors
        model = ThetaModel(series, period=SEASON if seasonal else 1, deseasonalize=seasonal, use_test=False)
        return np.asarray(model.fit(disp=False).forecast(months), dtype=np.float64)


def _ets(series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    """Return ETS(A, Ad, A) from two years on, else ETS(A, Ad, N): damped trend, additive season."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    season = {"seasonal": "add", "seasonal_periods": SEASON} if len(series) >= 2 * SEASON else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ExponentialSmoothing(
            series, trend="add", damped_trend=True, initialization_method="heuristic", **season
        )
        return np.asarray(model.fit().forecast(months), dtype=np.float64)


SHORT: Mapping[str, Model] = {"naive": _naive, "mean of six months": _mean, "theta": _theta}
MODELS: Mapping[str, Model] = {
    "seasonal naive": _seasonal_naive,
    "seasonal naive with growth": _seasonal_level,
    "theta": _theta,
    "ets": _ets,
}


def _past_errors(model: Model, series: NDArray[np.float64], months: int) -> NDArray[np.float64]:
    least = SHORT_START if len(series) <= SEASON + LEAST_ERRORS else SEASON + LEAST_ERRORS
    first = max(least, len(series) - MOST_ORIGINS)
    found = np.full((len(series) - first, months), np.nan)
    for row, origin in enumerate(range(first, len(series))):
        over = min(months, len(series) - origin)
        found[row, :over] = series[origin : origin + over] - model(series[:origin], over)
    return found


def _scores(errors: NDArray[np.float64], month: int) -> tuple[NDArray[np.float64], int]:
    """Return the errors at a distance or, where too few were seen, those of the last one with enough, and which it is.

    The first distance has one error an origin, never fewer than `LEAST_MONTHS - SHORT_START`.
    """
    enough = min(LEAST_ERRORS, len(errors))
    counts = np.count_nonzero(~np.isnan(errors[:, : month + 1]), axis=0)
    seen = int(np.flatnonzero(counts >= enough)[-1])
    return errors[~np.isnan(errors[:, seen]), seen], seen


def _around(value: float, errors: NDArray[np.float64], level: float, month: int) -> tuple[float, float] | None:
    """Return value -+ the conformal quantile of absolute errors, not below 0; None where they are too few."""
    count = len(errors)
    if np.ceil(level * (count + 1)) > count:
        return None
    rank = min(int(np.ceil(level * (count + 1 + OVERLAP * month))), count)
    width = float(np.sort(np.abs(errors))[rank - 1])
    return max(0.0, value - width), value + width
