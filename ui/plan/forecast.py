"""A figure of this year by month: booked days, and the days to come with their band."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from config.plan.targets import AMOUNTS
from ui.plan.ahead import HISTORY_DAYS, day_values, days_ahead
from ui.plan.status import BAND, year_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.planning.forecast import Forecast
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
Dated = tuple[date, float]
MONTHS: Final = range(1, 13)
UNITS: Final = {"pue": "1", "emissions_location_kgco2e": "kgCO2e"}


def forecast_rows(service: Service, site: Site, metric: str) -> list[Row]:
    """Return a figure by month of this year: what days that are booked hold, and what days to come will."""
    year = year_of(service, site)
    zone = ZoneInfo(site.time_zone)
    days = [day for day in service.days(site.id, end=year.until, count=HISTORY_DAYS) if day.whole]
    values = day_values(days, metric)
    ahead, reason = days_ahead(service, site, metric, days, horizon=year.days_left)
    booked = [(datetime.fromtimestamp(day.start, zone).date(), value) for day, value in zip(days, values, strict=True)]
    first = datetime.fromtimestamp(year.until, zone).date()
    to_come = [] if ahead is None else [first + timedelta(days=at) for at in range(ahead.values.size)]
    unit = UNITS.get(metric, "kWh")
    rows = []
    for month in ((year.number, number) for number in MONTHS):
        in_books = [value for day, value in booked if (day.year, day.month) == month]
        ahead_at = [at for at, day in enumerate(to_come) if (day.year, day.month) == month]
        named: Row = {"month": f"{month[0]}-{month[1]:02d}", "metric": metric, "unit": unit}
        rows.append(named | _booked(in_books, unit) | _to_come(ahead_at, unit, ahead) | {"reason": reason})
    return rows


def _booked(values: Sequence[float], unit: str) -> Row:
    holes = int(np.isnan(values).sum())
    whole = bool(values) and not holes
    total = float(np.sum(values)) if whole else None
    return {
        "days_booked": len(values),
        "days_without_figure": holes,
        "booked": total if total is None or unit in AMOUNTS else total / len(values),
    }


def _to_come(days: Sequence[int], unit: str, ahead: Forecast | None) -> Row:
    """Return the days of a month that are to come: their sum, of a ratio their mean."""
    found: Row = {"days_forecast": len(days), "forecast": None, "low_80": None, "high_80": None, "model": None}
    if ahead is None or not days:
        return found
    start, end = days[0], days[-1] + 1
    over = 1 if unit in AMOUNTS else end - start
    low, high = ahead.span_band(start, end, BAND) or (None, None)
    return found | {
        "forecast": float(ahead.values[start:end].sum()) / over,
        "low_80": None if low is None else low / over,
        "high_80": None if high is None else high / over,
        "model": ahead.model,
    }
