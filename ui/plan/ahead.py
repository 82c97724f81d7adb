"""The days to come of a site's figure: by its own past, and by planned IT load and climate where these are stated."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.planning.drivers import Drivers, driven, on_plan, planned, usual_by_day
from analytics.planning.forecast import LEAST_DAYS, by_days, known_stretch
from ui.figures.weather import daily_mean, hourly_air

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.planning.forecast import Forecast
    from analytics.planning.models import Model
    from config.plan.outlook import Climate
    from config.site import Site
    from ui.figures.days import Day
    from ui.service import Service

    Floats = NDArray[np.float64]

HISTORY_DAYS: Final = 400
KEPT: Final = 64
OF_A_DAY: Final = {
    "pue": "pue",
    "facility_energy_kwh": "facility",
    "it_energy_kwh": "it",
    "emissions_location_kgco2e": "emissions",
}
NO_DAYS: Final = "no forecast: this figure is not known by day, and fewer than nine months in a row are known"
TOO_FEW: Final = f"no forecast: fewer than {LEAST_DAYS} days in a row are known"
_carried: OrderedDict[bytes, Forecast | None] = OrderedDict()


def days_ahead(
    service: Service, site: Site, metric: str, days: Sequence[Day], *, horizon: int
) -> tuple[Forecast | None, str | None]:
    """Return the days to come of a figure, from the days since the last one without it; or why there are none.

    A forecast takes seconds and the same days give the same, so a server makes it once.
    """
    if metric not in OF_A_DAY:
        return None, NO_DAYS
    whole = [day for day in days if day.whole]
    known = known_stretch(day_values(whole, metric))
    if known.size < LEAST_DAYS:
        return None, TOO_FEW
    horizon = max(1, horizon)
    drivers = _drivers(service, site, whole[-known.size :], horizon)
    key = b"|".join(_bytes(metric, horizon, known, drivers))
    if key not in _carried:
        _carried[key] = by_days(known, horizon, _models(metric, drivers))
    _carried.move_to_end(key)
    if len(_carried) > KEPT:
        _carried.popitem(last=False)
    return _carried[key], None


def day_values(days: Sequence[Day], metric: str) -> Floats:
    """Return a figure of each day, NaN where it has none."""
    values = [getattr(day, OF_A_DAY[metric]).value for day in days]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _bytes(metric: str, horizon: int, known: Floats, drivers: Drivers | None) -> list[bytes]:
    parts = () if drivers is None else (drivers.it_kwh, drivers.plan_kwh, drivers.wet_bulb_degc, drivers.usual_degc)
    return [
        metric.encode(),
        str(horizon).encode(),
        known.tobytes(),
        *(b"" if one is None else one.tobytes() for one in parts),
    ]


def _models(metric: str, drivers: Drivers | None) -> dict[str, Model]:
    """Return what drivers say of a figure, by the model's name."""
    if drivers is None:
        return {}
    if metric == "it_energy_kwh":
        found, name = planned(drivers), "planned IT load"
    else:
        found = driven(drivers, ratio=metric == "pue")
        told = ("planned IT load", drivers.plan_kwh), ("wet-bulb temperature", drivers.wet_bulb_degc)
        name = " and ".join(name for name, one in told if one is not None)
    return {} if found is None else {name: found}


def _drivers(service: Service, site: Site, days: Sequence[Day], horizon: int) -> Drivers | None:
    """The plan and the climate of a site over known days and those to come; None where it has neither, or IT a hole."""
    plan = sorted((one for one in service.settings.plan.planned_it if one.site == site.id), key=lambda one: one.start)
    climate = next((one for one in service.settings.plan.climate if one.site == site.id), None)
    it = day_values(days, "it_energy_kwh")
    if (not plan and climate is None) or np.isnan(it).any():
        return None
    edges = _edges(days, horizon, ZoneInfo(site.time_zone))
    starts, hours = edges[:-1], np.diff(edges) / 3600
    energy = on_plan([one.start for one in plan], [one.it_kw for one in plan], starts, hours) if plan else None
    known = None if energy is None or np.isnan(energy).any() else energy
    if climate is None:
        return Drivers(it_kwh=it, plan_kwh=known) if known is not None else None
    shares = np.array([_share_of_year(start) for start in starts])
    usual = usual_by_day(climate.wet_bulb_by_month_degc, shares)
    return Drivers(it_kwh=it, plan_kwh=known, wet_bulb_degc=_wet_bulb(service, climate, days), usual_degc=usual)


def _edges(days: Sequence[Day], horizon: int, zone: ZoneInfo) -> Floats:
    """Return the starts of known days and days to come with the last end [UTC s], by the site's own calendar."""
    first: date = datetime.fromtimestamp(days[-1].end, zone).date()
    dates = [first + timedelta(days=number) for number in range(horizon + 1)]
    ahead = [datetime(one.year, one.month, one.day, tzinfo=zone).timestamp() for one in dates]
    return np.array([*(day.start for day in days), *ahead], dtype=np.float64)


def _share_of_year(start: float) -> float:
    day = datetime.fromtimestamp(start, UTC)
    first, end = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (day.year, day.year + 1))
    return (start - first) / (end - first)


def _wet_bulb(service: Service, climate: Climate, days: Sequence[Day]) -> Floats:
    air = hourly_air(service, climate.point, start=days[0].start, end=days[-1].end)
    found = [daily_mean(air, air.wet_bulb_degc, day.start, day.end) for day in days]
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)
