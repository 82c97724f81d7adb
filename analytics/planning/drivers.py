"""A daily figure by its drivers: the IT energy that a site plans for, and how warm and moist the air usually is.

A least-squares line of the figure on IT energy and on IT energy times the wet-bulb temperature above a balance point,
which is searched on a grid (notes/planner.md 6.2: P = b0 + b1 P_IT + b2 P_IT max(0, T_wb - T_c)). What the line misses
goes on as the mean of the last four weeks. Of days to come nothing is known but the plan and the usual climate: the
same holds for the days on which the model is tried, so its errors are those that it will make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.planning.models import MEAN_WEEKS, WEEK, mean_of_weeks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.planning.models import Floats, Model

RECENT: Final = MEAN_WEEKS * WEEK
BALANCE_DEGC: Final = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0)
MONTHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """Drivers by day: the first `len(it_kwh)` days are known, the others to come.

    `plan_kwh` is the IT energy planned for each day, NaN where nothing is planned; `usual_degc` the usual wet-bulb
    temperature of each day. `wet_bulb_degc` was measured, NaN where not, and has the length of `it_kwh`.
    """

    it_kwh: Floats
    plan_kwh: Floats | None = None
    wet_bulb_degc: Floats | None = None
    usual_degc: Floats | None = None


def planned(drivers: Drivers) -> Model | None:
    """Return the model of IT energy that follows the plan, as far as IT kept it in the last four weeks; or None."""
    plan = drivers.plan_kwh
    if plan is None or np.isnan(plan).any():
        return None

    def model(values: Floats, steps: int) -> Floats:
        at = len(values)
        before = plan[max(0, at - RECENT) : at].sum()
        kept = values[-RECENT:].sum() / before if before > 0 else 1.0
        return plan[at : at + steps] * kept

    return model


def driven(drivers: Drivers, *, ratio: bool) -> Model | None:
    """Return the model of energy or emissions, or with `ratio` of PUE; None without a plan and a climate.

    Args:
        drivers: of the days known and to come.
        ratio: the figure is one per IT energy.
    """
    it_model = planned(drivers)
    if it_model is None and drivers.wet_bulb_degc is None:
        return None

    def model(values: Floats, steps: int) -> Floats:
        at = len(values)
        it = drivers.it_kwh[:at]
        it_ahead = (it_model or mean_of_weeks)(it, steps)
        known, ahead = _columns(drivers, it, it_ahead, ratio=ratio)
        fits = [_fit(design, values) for design in known]
        best = int(np.argmin([float((rest**2).sum()) for _, rest in fits]))
        line, rest = fits[best]
        found: Floats = ahead[best] @ line + mean_of_weeks(rest, steps)
        return found

    return model


def _columns(
    drivers: Drivers, it: Floats, it_ahead: Floats, *, ratio: bool
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return the line's columns of known days and of those to come, one pair for each balance point."""
    at, steps = len(it), len(it_ahead)
    own, own_ahead = (1 / it, 1 / it_ahead) if ratio else (it, it_ahead)
    if drivers.wet_bulb_degc is None or drivers.usual_degc is None:
        return [_joined(own)], [_joined(own_ahead)]
    usual, to_come = drivers.usual_degc[:at], drivers.usual_degc[at : at + steps]
    unusual = drivers.wet_bulb_degc[:at] - usual
    unusual = unusual[np.isfinite(unusual)]
    air = np.where(np.isfinite(drivers.wet_bulb_degc[:at]), drivers.wet_bulb_degc[:at], usual)
    by, by_ahead = (np.ones(at), np.ones(steps)) if ratio else (it, it_ahead)
    known = [_joined(own, by * np.maximum(0.0, air - one)) for one in BALANCE_DEGC]
    ahead = [_joined(own_ahead, by_ahead * usual_excess(to_come, unusual, one)) for one in BALANCE_DEGC]
    return known, ahead


def usual_excess(usual_degc: Floats, unusual_degc: Floats, balance_degc: float) -> Floats:
    """Return the mean excess [K] over a balance point on days that differ from the usual as days did before.

    >>> usual_excess(np.array([10.0]), np.array([-5.0, 5.0]), 10.0)
    array([2.5])
    """
    if not unusual_degc.size:
        return np.maximum(0.0, usual_degc - balance_degc)
    excess = np.maximum(0.0, usual_degc[:, None] + unusual_degc[None, :] - balance_degc)
    return np.asarray(excess.mean(axis=1), dtype=np.float64)


def _joined(*columns: Floats) -> NDArray[np.float64]:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def _fit(design: NDArray[np.float64], values: Floats) -> tuple[Floats, Floats]:
    line: Floats = np.asarray(np.linalg.lstsq(design, values, rcond=None)[0], dtype=np.float64)
    return line, values - design @ line


def usual_by_day(by_month_degc: Sequence[float], year_shares: Floats) -> Floats:
    """Return the usual temperature at shares [0 to 1] of the year, a line between the middles of months.

    >>> usual_by_day([float(month) for month in range(12)], np.array([0.5 / 12, 1 / 12]))
    array([0. , 0.5])
    """
    middles = (np.arange(-1, MONTHS + 1) + 0.5) / MONTHS
    around = np.array([by_month_degc[-1], *by_month_degc, by_month_degc[0]])
    return np.asarray(np.interp(year_shares, middles, around), dtype=np.float64)


def on_plan(starts: Sequence[float], kilowatts: Sequence[float], day_starts: Floats, day_hours: Floats) -> Floats:
    """Return the IT energy planned for each day [kWh]; NaN before the first row.

    Args:
        starts: of the rows [UTC s], in order.
        kilowatts: planned from each on.
        day_starts: of the days [UTC s]; the load of a day is that at its start.
        day_hours: how long each is.

    >>> on_plan([10.0], [2.0], np.array([0.0, 10.0]), np.array([24.0, 23.0]))
    array([nan, 46.])
    """
    row = np.searchsorted(np.asarray(starts), day_starts, side="right") - 1
    return np.where(row >= 0, np.asarray(kilowatts)[np.maximum(row, 0)] * day_hours, np.nan)
