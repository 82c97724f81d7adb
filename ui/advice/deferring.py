"""When to run what can wait, at a site: by the grid's intensity and by the tariff, with what that saved before."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.cost import mean_hour_prices
from analytics.planning.windows import LEAST_H, NOT_KNOWN, WEEK_H, backtest, carried_on, hours_to_run
from config.errors import InputError
from ui.figures.hours import intensity_point
from ui.format import iso

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.site import Site
    from ui.service import Service

    Floats = NDArray[np.float64]

Row = dict[str, Any]
HOUR_S: Final = 3600
HISTORY_H: Final = 8 * WEEK_H
MOST_WITHIN_H: Final = WEEK_H
OLD_H: Final = 24  # readings that ended longer ago tell nothing of tomorrow
CAVEAT: Final = "a mean of the grid: no emission avoided in the grid is claimed, that takes marginal intensity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What can wait: it runs for `hours`, may stop and go on, and draws `power_kw`.

    It ends `within` hours of the next full hour, the first in which it can start.
    """

    hours: int
    within: int
    interruptible: bool
    power_kw: float | None

    def __post_init__(self) -> None:
        """Refuse what cannot be done.

        Raises:
            InputError: no hours, more than fit before the deadline, or a deadline after a week.
        """
        if not 1 <= self.hours <= self.within <= MOST_WITHIN_H:
            msg = f"--hours {self.hours} --within {self.within}: give 1 <= hours <= within <= {MOST_WITHIN_H}"
            raise InputError(msg)
        if self.power_kw is not None and not 0 < self.power_kw < inf:
            msg = f"--power-kw {self.power_kw}: give the power that the job draws, above 0"
            raise InputError(msg)


def shift_rows(service: Service, site: Site, job: Job) -> list[Row]:
    """Return when to run a job at a site, by carbon and by cost, each against starting in the next full hour."""
    start = -(-int(service.now()) // HOUR_S) * HOUR_S
    return [_by_carbon(service, site, job, start), _by_cost(service, site, job, start)]


def _by_carbon(service: Service, site: Site, job: Job, start: int) -> Row:
    base: Row = {"site": site.id, "by": "carbon", "unit": "gCO2e/kWh", "caveat": CAVEAT}
    if intensity_point(service.settings, site, start) is None:
        return base | {"reason": f"no point of {site.id} reads grid_intensity: add a source of kind grid, or import it"}
    known = _history(service, site, start)
    if known.size < LEAST_H:
        told = f"the grid's intensity is read for {known.size} h: {LEAST_H} are needed, and none missing for a day"
        return base | {"reason": told}
    past = backtest(known, hours=job.hours, within=job.within, interruptible=job.interruptible)
    if past is None:
        return base | {"reason": "every hour of the past has a gap beside it: see `wattlas trace` of that point"}
    waited = start // HOUR_S - _end(service, start) // HOUR_S
    ahead = carried_on(known, waited + job.within, method=past.method)[waited:]
    tried: Row = {
        "method": past.method,
        "saving_before": past.saving,
        "oracle_before": past.oracle,
        "regret": past.regret,
        "delay_h_before": past.delay_h,
        "cases": past.cases,
        "cases_unknown": past.unknown,
    }
    grams = {} if job.power_kw is None else {"saves_kgco2e": job.power_kw / 1000}
    return base | tried | _chosen(job, ahead, start, per_kwh=grams)


def _by_cost(service: Service, site: Site, job: Job, start: int) -> Row:
    own = [tariff for tariff in service.settings.tariffs if tariff.site == site.id]
    currencies = {tariff.currency for tariff in own}
    base: Row = {"site": site.id, "by": "cost", "unit": f"{'/'.join(sorted(currencies)) or '?'}/kWh"}
    if len(currencies) != 1:
        return base | {
            "reason": f"{site.id} has tariffs in {len(currencies)} currencies: one is needed, in [[tariffs]]"
        }
    starts = start + HOUR_S * np.arange(job.within, dtype=np.int64)
    ahead = mean_hour_prices(starts, own, ZoneInfo(site.time_zone))
    money = {} if job.power_kw is None else {"saves_money": job.power_kw}
    return base | {"method": "the tariff itself"} | _chosen(job, ahead, start, per_kwh=money)


def _chosen(job: Job, ahead: Floats, start: int, *, per_kwh: dict[str, float]) -> Row:
    """The hours to run in; `per_kwh` says what a unit of the signal over an hour at the job's power comes to."""
    if np.isnan(ahead).any():
        return {"reason": NOT_KNOWN + " of those before the deadline"}
    run = hours_to_run(ahead, job.hours, interruptible=job.interruptible)
    at_once, then = float(ahead[: job.hours].sum()), float(ahead[run].sum())
    return {
        "start": iso(start + HOUR_S * run[0]),
        "end": iso(start + HOUR_S * (run[-1] + 1)),
        "hours": [iso(start + HOUR_S * hour) for hour in run],
        "at_once": at_once / job.hours,
        "then": then / job.hours,
        "saving": 1 - then / at_once if at_once > 0 else None,  # of nothing there is no share
        **{name: factor * (at_once - then) for name, factor in per_kwh.items()},
        "reason": None,
    }


def _end(service: Service, start: int) -> int:
    """The end of the last whole hour that is booked [UTC s]."""
    return min(service.booked_until(), start) // HOUR_S * HOUR_S


def _history(service: Service, site: Site, start: int) -> Floats:
    """Hourly means of the grid's intensity up to now; nothing where they ended more than a day ago."""
    end = _end(service, start)
    means = service.mean_intensity(site.id, start=end - HISTORY_H * HOUR_S, end=end, step_s=HOUR_S)
    series = np.array([np.nan if value is None else value for value in means], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(series))
    if not known.size or start - end > OLD_H * HOUR_S or series.size - known[-1] > OLD_H:
        return np.empty(0)
    return series[known[0] :]
