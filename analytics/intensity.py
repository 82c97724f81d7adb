"""The grid's carbon intensity over time: means of spans, and the hours of the day at which it is lowest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.frame import coded, plain
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

INTENSITY = "grid_intensity"
HOURS = 24


def mean_by_span(
    rows: pa.Table, *, edges: Sequence[int], metric: str = INTENSITY, least: float = 0.0
) -> NDArray[np.float64]:
    """Return the time-weighted mean of a metric within each span [edges[i], edges[i + 1]) of UTC seconds.

    `rows` are ledger rows of one point. A row belongs to the span in which it starts and weighs as much as its covered
    time; a span without any covered time, or with less than the share `least` of it, is nan: nothing stands in for
    what was not read.
    """
    metrics, names = coded(rows["metric"])
    values = plain(rows["value"])
    starts = plain(rows["start"])
    ours = (metrics == (names.index(metric) if metric in names else -1)) & np.isfinite(values)
    ours &= (starts >= edges[0]) & (starts < edges[-1])
    seconds = ((plain(rows["end"]) - starts) * (1 - plain(rows["missing"])))[ours]
    span = np.searchsorted(np.asarray(edges), starts[ours], side="right") - 1
    weight = np.bincount(span, weights=seconds, minlength=len(edges) - 1)
    total = np.bincount(span, weights=seconds * values[ours], minlength=len(edges) - 1)
    mean: NDArray[np.float64] = np.divide(total, weight, out=np.full(weight.size, np.nan), where=weight > 0)
    mean[weight < least * np.diff(edges)] = np.nan
    return mean


@dataclass(frozen=True, slots=True)
class HoursOfDay:
    """The `width` hours from `first` on (they may pass midnight), their mean, and the mean of all hours."""

    first: int
    width: int
    mean: float
    overall: float

    @property
    def below(self) -> float:
        """By which share the mean of these hours lies below that of all hours."""
        return 1 - self.mean / self.overall if self.overall > 0 else 0.0


def lowest_hours(by_day: NDArray[np.float64], *, width: int) -> HoursOfDay | None:
    """Return the `width` consecutive hours of the day with the lowest mean; None where an hour of the day is unknown.

    `by_day` has one row a day and 24 columns, nan where nothing is known. Every hour of the day counts once, whatever
    the number of days it is known on, so that a gap at one hour does not shift the mean of all.

    >>> day = np.full((1, 24), 400.0)
    >>> day[0, 11:14] = 200.0
    >>> lowest_hours(day, width=3).first
    11

    Raises:
        InputError: `width` is not between 1 and 24.
    """
    if not 1 <= width <= HOURS:
        msg = f"{width} hours are no part of a day: choose 1 to {HOURS}"
        raise InputError(msg)
    known = np.isfinite(by_day)
    if by_day.size == 0 or not known.any(axis=0).all():
        return None
    hourly = np.nansum(by_day, axis=0) / known.sum(axis=0)
    means = np.array([np.roll(hourly, -first)[:width].mean() for first in range(HOURS)])
    first = int(means.argmin())
    return HoursOfDay(first, width, float(means[first]), float(hourly.mean()))
