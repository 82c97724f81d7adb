"""A series carried on: models weighed by how well they did on this very series, with bands from the errors they made.

Rolling origin (Tashman 2000): each model forecasts from several places of the past and is compared with what came. The
seasonal naive model stands unless another clearly beats it there: a model counts by the inverse of its mean squared
error (Bates and Granger 1969) times how clear its gain is, Student's t of the differences over as many cases as there
are horizons side by side, fully from `CLEAR` on; so do all of them joined, and the rest stays with the naive one. Bands
are split conformal (Vovk et al. 2005): quantiles of the errors made at the same distance. Errors of horizons that
overlap tell less than their number says, so the rank of the quantile rises with the overlap. A year's seasons are in no
band of less than two years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.planning.models import DAILY, FEW_MONTHS, MONTHLY, NAIVE, WEEK, YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.planning.models import Floats, Model

LEAST_DAYS: Final = 8 * WEEK
ORIGINS: Final = 12  # of days: a model takes a fit at each
LEAST_MONTHS: Final = 9
SHORT_START: Final = 5  # months from which the first forecast of a short series is made
MOST_ORIGINS: Final = 18  # of months
LEAST_ERRORS: Final = 6
LEAST_APART: Final = 3
CLEAR: Final = 5.0  # Student's t from which a gain counts fully: of five cases 99.6 % have no such one by chance
DUST: Final = 1e-9  # of a limit: what stays just at it meets it, however sums of days round
OVERLAP: Final = 0.3  # ranks for each origin that lies within one's horizon


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Steps to come, and the errors made before at each distance.

    `errors[o, h]` is actual less forecast of origin o at distance h + 1, NaN where that was not over yet. `weights` of
    the models sum to 1. `mase` holds each model's mean absolute error over the origins, scaled by that of the naive
    one on what was known there: below 1 beats it. `between` is the distance of neighbouring origins. `by_drivers` is
    what a model of drivers alone says: a plan that never changed proves nothing at the origins, and may be right.
    """

    values: Floats
    errors: NDArray[np.float64]
    weights: Mapping[str, float]
    mase: Mapping[str, float]
    between: float
    by_drivers: Floats | None = None

    @property
    def model(self) -> str:
        """The model that counts most."""
        return max(self.weights, key=lambda name: (self.weights[name], name == NAIVE))

    def band(self, at: int, level: float) -> tuple[float, float] | None:
        """Return low and high that hold the value of step 0, 1, ... ahead with probability `level`, if known."""
        errors, seen = _scores(self.errors, at)
        return self._around(float(self.values[at]), errors * ((at + 1) / (seen + 1)) ** 0.5, level, seen)

    def total_errors(self, steps: int) -> Floats:
        """Return the errors that sums over so many steps ahead had before, for `chance`.

        Beyond the distances seen they grow like those of sums of a random walk, by the power 1.5.
        """
        errors, seen = _scores(np.cumsum(self.errors, axis=1), steps - 1)
        return np.asarray(errors * (steps / (seen + 1)) ** 1.5, dtype=np.float64)

    def total_band(self, steps: int, level: float) -> tuple[float, float] | None:
        """Return the band of the sum over the next `steps`; not below 0."""
        _, seen = _scores(self.errors, steps - 1)
        return self._around(float(self.values[:steps].sum()), self.total_errors(steps), level, seen)

    def span_errors(self, start: int, end: int) -> Floats:
        """Return the errors that sums over steps start, ... end - 1 ahead had before, for `chance`."""
        if end <= self.errors.shape[1] and not np.isnan(self.errors[:, start:end]).any():
            return np.asarray(self.errors[:, start:end].sum(axis=1), dtype=np.float64)
        return np.asarray(self.total_errors(end) * (1 - (start / end) ** 1.5), dtype=np.float64)

    def span_band(self, start: int, end: int, level: float) -> tuple[float, float] | None:
        """Return the band of the sum over steps start, ... end - 1 ahead; not below 0."""
        value, seen = float(self.values[start:end].sum()), _scores(self.errors, end - 1)[1]
        return self._around(value, self.span_errors(start, end), level, seen)

    def _around(self, value: float, errors: Floats, level: float, seen: int) -> tuple[float, float] | None:
        half = half_width(errors, level, overlap=OVERLAP * seen / self.between)
        return None if half is None else (max(0.0, value - half), value + half)


def half_width(errors: Floats, level: float, *, overlap: float = 0.0) -> float | None:
    """Return how far to either side of a value lies what split conformal prediction expects at `level`.

    That is the quantile of the absolute errors made before; None where they are too few to know it.

    Args:
        errors: made before, one item an origin, in the unit of the value.
        level: the share of cases that is to lie within, above 0 and below 1.
        overlap: by how many ranks the quantile rises, for errors that overlap in time count for fewer.

    >>> half_width(np.array([1.0, -2.0, 3.0, -4.0]), 0.6), half_width(np.array([1.0]), 0.8)
    (3.0, None)
    """
    count = len(errors)
    if not count or np.ceil(level * (count + 1)) > count:
        return None
    place = min(level * (count + 1 + overlap), count) - 1
    return float(np.interp(place, np.arange(count), np.sort(np.abs(errors))))


def by_days(values: Floats, horizon: int, extra: Mapping[str, Model] | None = None) -> Forecast | None:
    """Return the forecast of a daily series without holes; None where fewer than eight weeks are known.

    Args:
        values: one item a day, all known and 0 or more, oldest first; the forecast has the same unit.
        horizon: days to come, 1 or more.
        extra: regressions on drivers by name, tried beside the others; each finds the drivers of a day by its place.
    """
    if values.size < LEAST_DAYS or horizon < 1:
        return None
    tried = min(horizon, values.size // 3)
    origins = np.unique(np.linspace(values.size // 2, values.size - tried, ORIGINS).astype(np.int64))
    found = _forecast(values, horizon, {**DAILY, **(extra or {})}, origins.tolist(), tried, WEEK)
    alone = next((model(values, horizon) for model in (extra or {}).values()), None)
    return found if alone is None else replace(found, by_drivers=np.maximum(alone, 0.0))


def by_months(values: Floats, horizon: int) -> Forecast | None:
    """Return the forecast of a monthly series, as `by_days`; None where fewer than nine months are known."""
    if values.size < LEAST_MONTHS or horizon < 1:
        return None
    long = values.size > YEAR + LEAST_ERRORS
    first = max(YEAR + LEAST_ERRORS if long else SHORT_START, values.size - MOST_ORIGINS)
    season = YEAR if long else 1
    return _forecast(values, horizon, MONTHLY if long else FEW_MONTHS, [*range(first, values.size)], horizon, season)


def _forecast(
    values: Floats, horizon: int, models: Mapping[str, Model], origins: list[int], tried: int, season: int
) -> Forecast:
    past = {name: _past_errors(model, values, origins, tried) for name, model in models.items()}
    weights = _weights(past, apart=max(LEAST_APART, (values.size - origins[0]) // tried - 1))
    ahead = sum(weights[name] * models[name](values, horizon) for name in models if weights[name])
    joined = sum(weights[name] * past[name] for name in models if weights[name])
    scale = np.array([np.abs(values[season:at] - values[: at - season]).mean() for at in origins])
    return Forecast(
        values=np.maximum(np.asarray(ahead, dtype=np.float64), 0.0),
        errors=np.asarray(joined, dtype=np.float64),
        weights=weights,
        mase={name: _mase(errors, scale) for name, errors in past.items()},
        between=(origins[-1] - origins[0]) / max(1, len(origins) - 1) or 1.0,
    )


def _past_errors(model: Model, values: Floats, origins: list[int], tried: int) -> Floats:
    found = np.full((len(origins), tried), np.nan)
    for row, at in enumerate(origins):
        over = min(tried, values.size - at)
        found[row, :over] = values[at : at + over] - model(values[:at], over)
    return found


def _weights(past: Mapping[str, Floats], *, apart: int) -> dict[str, float]:
    """Return what each model counts: by its mean squared error, times how clearly it beats the naive one.

    All together count as far as they clearly beat it joined; the naive one has the rest.
    """
    squares = {name: np.nanmean(errors**2, axis=1) for name, errors in past.items()}
    least = float(np.finfo(float).tiny)
    precision = {
        name: (1.0 if name == NAIVE else _clear(squares[NAIVE] - own, apart)) / max(float(own.mean()), least)
        for name, own in squares.items()
    }
    whole = sum(precision.values())
    joined = sum(value / whole * past[name] for name, value in precision.items() if value)
    together = _clear(squares[NAIVE] - np.nanmean(np.asarray(joined) ** 2, axis=1), apart)
    return {name: value / whole * together + (name == NAIVE) * (1 - together) for name, value in precision.items()}


def _clear(gains: Floats, apart: int) -> float:
    """Return from 0 to 1 how clear it is that gains are some, not none."""
    mean, deviation = float(gains.mean()), float(gains.std(ddof=1)) if gains.size > 1 else 0.0
    if deviation == 0:
        return float(mean > 0)
    return min(1.0, max(0.0, mean / deviation * float(np.sqrt(apart)) / CLEAR))


def _mase(errors: Floats, scale: Floats) -> float:
    """Return the mean absolute error scaled by that of the naive model on what was known (Hyndman, Koehler 2006)."""
    off = np.nanmean(np.abs(errors), axis=1)
    found = np.divide(off, scale, out=(off > 0).astype(np.float64), where=scale > 0)
    return float(found.mean())


def _scores(errors: NDArray[np.float64], at: int) -> tuple[Floats, int]:
    """Return the errors at a distance or, where too few were seen, those of the last one with enough, and which it is.

    The first distance has one error an origin, never fewer than `LEAST_MONTHS - SHORT_START`.
    """
    enough = min(LEAST_ERRORS, len(errors))
    counts = np.count_nonzero(~np.isnan(errors[:, : at + 1]), axis=0)
    seen = int(np.flatnonzero(counts >= enough)[-1])
    return errors[~np.isnan(errors[:, seen]), seen], seen


def chance(value: float, errors: Floats, limit: float, *, higher_is_better: bool) -> float | None:
    """Return the probability that `value` with one of these errors ends at `limit` or better; None without any.

    An error counts half on either side, as in the bands: errors of one season lean to one side and say nothing of the
    next. Never 0 or 1: n errors can exclude no more than 1 in n + 1.

    >>> falling = np.array([-3.0, -2.0, -1.0])
    >>> chance(10.0, falling, 9.5, higher_is_better=False), chance(10.0, falling, 13.0, higher_is_better=False)
    (0.5, 0.875)
    """
    if not len(errors):
        return None
    ends, dust = value + np.concatenate([errors, -errors]), DUST * abs(limit)
    hits = np.count_nonzero(ends >= limit - dust if higher_is_better else ends <= limit + dust)
    return float((hits + 1) / (ends.size + 2))


def known_stretch(values: Floats) -> Floats:
    """Return the days after the last one that is not known: no model is fitted across a hole (design 4.6).

    >>> known_stretch(np.array([1.0, np.nan, 2.0, 3.0]))
    array([2., 3.])
    """
    holes = np.flatnonzero(np.isnan(values))
    return values[holes[-1] + 1 :] if holes.size else values
