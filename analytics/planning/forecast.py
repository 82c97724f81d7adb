"""A daily figure carried on: models weighed by how well they did on this very series, with a band from how they did.

The ladder is seasonal naive (the same weekday of last week), Holt-Winters with damped trend, and Theta, of statsmodels.
Each is fitted at several origins in the past and compared with what came; it counts by the inverse of its mean squared
error (Bates and Granger 1969), which errs less than the best of them alone. The band is Student's prediction interval
of how far off sums over such a horizon were, with as many cases as there are horizons side by side. A year's seasons
are known only from two years on: with less they are in no band.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.guesses import student

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Model = Callable[[Floats, int], Floats]

WEEK: Final = 7
LEAST_DAYS: Final = 8 * WEEK
ORIGINS: Final = 12
NAIVE: Final = "seasonal naive"
BAND: Final = 0.8
LEAST_APART: Final = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days to come. `half_80` is relative, of the sum over all of them; `deviation` is that of a normal error.

    `model` is the one that counts most of `weights`, which sum to 1. `errors` holds each model's mean absolute scaled
    error (MASE) over the origins: below 1 beats the naive one.
    """

    model: str
    weights: Mapping[str, float]
    daily: Floats
    half_80: float
    deviation: float
    errors: Mapping[str, float]
    origins: int


def forecast(values: Floats, horizon: int) -> Forecast | None:
    """Carry a daily series on; None where fewer than eight weeks are known.

    Args:
        values: one item a day, all known, oldest first.
        horizon: days to come, 1 or more.
    """
    if values.size < LEAST_DAYS:
        return None
    tried = min(horizon, values.size // 3)
    origins = np.unique(np.linspace(values.size // 2, values.size - tried, ORIGINS).astype(np.int64))
    past = {name: [model(values[:at], tried) for at in origins] for name, model in MODELS.items()}
    came = [values[at : at + tried] for at in origins]
    errors = {name: _mase(values, origins.tolist(), came, guesses) for name, guesses in past.items()}
    weights = _weights(past, came)
    joined = [_joined(weights, {name: past[name][at] for name in past}) for at in range(len(came))]
    off = np.array([_relative(real.sum(), guess.sum()) for real, guess in zip(came, joined, strict=True)])
    apart = max(LEAST_APART, (values.size - int(origins[0])) // tried - 1)  # one is spent on the weights
    share_off = float(np.sqrt((off**2).mean())) * (1 + 1 / apart) ** 0.5 * (horizon / tried) ** 0.5
    half_80 = student(apart, 0.5 + BAND / 2) * share_off
    return Forecast(
        model=max(weights, key=lambda name: (weights[name], name == NAIVE)),
        weights=weights,
        daily=np.maximum(_joined(weights, {name: model(values, horizon) for name, model in MODELS.items()}), 0.0),
        half_80=half_80,
        deviation=half_80 / NormalDist().inv_cdf(0.5 + BAND / 2),
        errors=errors,
        origins=int(origins.size),
    )


def _weights(past: Mapping[str, list[Floats]], came: list[Floats]) -> dict[str, float]:
    """Return what each model counts, by the inverse of its mean squared error over the origins."""
    squares = {
        name: float(np.mean([((real - guess) ** 2).mean() for real, guess in zip(came, guesses, strict=True)]))
        for name, guesses in past.items()
    }
    precision = {name: 1 / max(square, float(np.finfo(float).eps)) for name, square in squares.items()}
    whole = sum(precision.values())
    return {name: value / whole for name, value in precision.items()}


def _joined(weights: Mapping[str, float], guesses: Mapping[str, Floats]) -> Floats:
    return np.asarray(sum(weights[name] * guess for name, guess in guesses.items()), dtype=np.float64)


def _relative(real: float, guess: float) -> float:
    return real / guess - 1 if guess > 0 else 0.0


def _mase(values: Floats, origins: list[int], came: list[Floats], guesses: list[Floats]) -> float:
    """Return the mean absolute error scaled by that of the naive model on what was known (Hyndman, Koehler 2006)."""
    found = []
    for at, real, guess in zip(origins, came, guesses, strict=True):
        scale = float(np.abs(values[WEEK:at] - values[: at - WEEK]).mean())
        error = float(np.abs(real - guess).mean())
        found.append(error / scale if scale > 0 else float(error > 0))
    return float(np.mean(found))


def _naive(values: Floats, steps: int) -> Floats:
    last = values[-WEEK:]
    return np.resize(last, steps)


def _holt_winters(values: Floats, steps: int) -> Floats:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    if np.ptp(values) == 0:
        return _naive(values, steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that does not converge loses by its errors
        model = ExponentialSmoothing(
            values,
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=WEEK,
            initialization_method="heuristic",
        )
        return np.asarray(model.fit(use_brute=False).forecast(steps), dtype=np.float64)


def _theta(values: Floats, steps: int) -> Floats:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    if np.ptp(values) == 0:
        return _naive(values, steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ThetaModel(values, period=WEEK, deseasonalize=True, use_test=False, method="additive").fit()
        return np.asarray(fitted.forecast(steps), dtype=np.float64)


MODELS: Final[Mapping[str, Model]] = {NAIVE: _naive, "Holt-Winters": _holt_winters, "Theta": _theta}


def known_stretch(values: Floats) -> Floats:
    """Return the days after the last one that is not known: no model is fitted across a hole (design 4.6).

    >>> known_stretch(np.array([1.0, np.nan, 2.0, 3.0]))
    array([2., 3.])
    """
    holes = np.flatnonzero(np.isnan(values))
    return values[holes[-1] + 1 :] if holes.size else values
