"""When to run what can wait: the cleanest or cheapest hours before a deadline, and what that saved in the past.

Two policies: one window without a break, or the single best hours where a job may be interrupted. A decision is made on
a forecast and counted by what came (Wiesner et al. 2021, "Let's wait awhile"); regret is what an oracle would have
saved more. Energy is the same at any hour, so a share of the mean is a share of the sum. Nothing here is an emission
avoided in the grid: that takes marginal intensity, and these are means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY_H: Final = 24
WEEK_H: Final = 168
LEAST_H: Final = 2 * WEEK_H  # of history: a week to learn from, a week to try it on
NOT_KNOWN: Final = "an hour is not known"


def hours_to_run(signal: Floats, hours: int, *, interruptible: bool) -> list[int]:
    """Return which of the hours to come to run in: the window of the least mean, or the `hours` least ones, in order.

    >>> hours_to_run(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), 2, interruptible=False)
    [1, 2]
    >>> hours_to_run(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), 2, interruptible=True)
    [1, 3]

    Raises:
        InputError: there are fewer hours before the deadline than the job takes, or one is not known.
    """
    if not 1 <= hours <= signal.size:
        msg = f"a job of {hours} h does not end within {signal.size} h: give it 1 h or more, and a later deadline"
        raise InputError(msg)
    if np.isnan(signal).any():
        raise InputError(NOT_KNOWN)
    if interruptible:
        return sorted(np.argsort(signal, kind="stable")[:hours].tolist())
    means = np.convolve(signal, np.ones(hours), mode="valid")
    first = int(np.argmin(np.round(means, 9)))  # of equal windows the earliest, whatever the sums round to
    return list(range(first, first + hours))


def carried_on(known: Floats, hours: int, *, method: str) -> Floats:
    """Return the hours after a series [1 item an hour, NaN where unknown], by the name of a method of `METHODS`."""
    period, times = METHODS[method]
    past = known[known.size - period * times :].reshape(times, period)
    seen = np.isfinite(past)
    total, count = np.where(seen, past, 0.0).sum(axis=0), seen.sum(axis=0)
    mean = np.divide(total, count, out=np.full(period, np.nan), where=count > 0)
    return np.resize(mean, hours)


METHODS: Final[Mapping[str, tuple[int, int]]] = {  # hours that come again, and how many such stretches are averaged
    "same hour of the last day": (DAY_H, 1),
    "same hour a week before": (WEEK_H, 1),
    "mean of the same hour over seven days": (DAY_H, 7),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What waiting would have done: shares of the signal saved against starting at once, and hours of delay.

    `saving` is by decisions on forecasts, `oracle` with the truth at hand, `regret` their difference. `delay_h` is
    from arrival to the end, less the job's own length. `unknown` cases had an hour without a reading and are in none.
    """

    method: str
    cases: int
    unknown: int
    saving: float
    oracle: float
    delay_h: float

    @property
    def regret(self) -> float:
        """What the truth in advance would have saved more."""
        return self.oracle - self.saving


def backtest(series: Floats, *, hours: int, within: int, interruptible: bool) -> Backtest | None:
    """Return how a job that arrives in every hour of the newer half of the past would have fared.

    The method is the one that saved most in the older half: chosen and tried on the same hours, it would show a saving
    on noise.

    Args:
        series: hourly means, oldest first, NaN where nothing was read.
        hours: that the job runs.
        within: hours from arrival to its deadline.
        interruptible: whether it may stop and go on.

    None where fewer than two weeks, or no case without a gap, are known.
    """
    if series.size < LEAST_H:
        return None
    arrivals = range(WEEK_H, series.size - within + 1)
    older, newer = arrivals[: len(arrivals) // 2], arrivals[len(arrivals) // 2 :]
    job = (series, hours, within)
    tried = [_tried(*job, older, interruptible=interruptible, method=name) for name in METHODS]
    known = [one for one in tried if one is not None]
    method = max(known, key=lambda one: one.saving).method if known else next(iter(METHODS))
    return _tried(*job, newer, interruptible=interruptible, method=method)


def _tried(
    series: Floats, hours: int, within: int, arrivals: range, *, interruptible: bool, method: str
) -> Backtest | None:
    at_once = chosen = best = 0.0
    cases = unknown = delay = 0
    for arrival in arrivals:
        came = series[arrival : arrival + within]
        guess = carried_on(series[:arrival], within, method=method)
        if np.isnan(came).any() or np.isnan(guess).any():
            unknown += 1
            continue
        run = hours_to_run(guess, hours, interruptible=interruptible)
        at_once += came[:hours].sum()
        chosen += came[run].sum()
        best += came[hours_to_run(came, hours, interruptible=interruptible)].sum()
        delay += run[-1] + 1 - hours
        cases += 1
    if not cases or at_once <= 0:
        return None
    return Backtest(
        method=method,
        cases=cases,
        unknown=unknown,
        saving=1 - chosen / at_once,
        oracle=1 - best / at_once,
        delay_h=delay / cases,
    )
