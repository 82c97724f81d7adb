"""Outdoor air by hours and days, from the books: temperature, humidity, and the wet-bulb temperature of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.intensity import mean_by_span
from analytics.psychrometrics import wet_bulb
from config.errors import InputError
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ui.service import Service

HOUR_S = 3600
LEAST = 0.9  # of an hour or a day must be read


@dataclass(frozen=True, slots=True)
class Air:
    """Hourly means from `start` [UTC s] on, nan where less than 90 % of an hour was read."""

    start: int
    temperature_degc: NDArray[np.float64]
    humidity_percent: NDArray[np.float64]
    wet_bulb_degc: NDArray[np.float64]


def hourly_air(service: Service, point: str, *, start: int, end: int) -> Air:
    """Return the air at a point over the whole hours of [start, end).

    Raises:
        InputError: the site of the point names no altitude_m.
    """
    site = service.settings.site(point.rpartition("/")[0])
    if site.altitude_m is None:
        msg = f'Site "{site.id}" has no altitude_m, on which a wet-bulb temperature depends: add it to the site file.'
        raise InputError(msg)
    edges = range(start, end + 1, HOUR_S)
    rows = service.ledger(start=start, end=edges[-1], points=[point], metrics=["temperature", "humidity"])
    degc, percent = (mean_by_span(rows, edges=edges, metric=name, least=LEAST) for name in ("temperature", "humidity"))
    return Air(start, degc, percent, wet_bulb(degc, percent, altitude_m=site.altitude_m))


def daily_mean(air: Air, values: NDArray[np.float64], start: int, end: int) -> float | None:
    """Return the mean of hourly values of `air` over [start, end); None where less than 90 % of its hours are known."""
    own = values[(start - air.start) // HOUR_S : -((air.start - end) // HOUR_S)]
    known = own[np.isfinite(own)]
    return float(known.mean()) if known.size and known.size * HOUR_S >= LEAST * (end - start) else None


def weather_rows(
    service: Service, point: str, *, days: Sequence[tuple[int, int]], below_degc: float | None = None
) -> list[dict[str, Any]]:
    """Return the air of each local day [start, end); `hours_below` counts wet-bulb hours below a temperature."""
    if not days:
        return []
    air = hourly_air(service, point, start=days[0][0], end=days[-1][1])
    found = []
    for start, end in days:
        own = air.wet_bulb_degc[(start - air.start) // HOUR_S : -((air.start - end) // HOUR_S)]
        known = own[np.isfinite(own)]
        row: dict[str, Any] = {
            "start": iso(start),
            "temperature_degc": daily_mean(air, air.temperature_degc, start, end),
            "humidity_percent": daily_mean(air, air.humidity_percent, start, end),
            "wet_bulb_degc": daily_mean(air, air.wet_bulb_degc, start, end),
            "wet_bulb_highest_degc": float(known.max()) if known.size else None,
            "hours_known": int(known.size),
        }
        found.append(row | ({} if below_degc is None else {"hours_below": int((known < below_degc).sum())}))
    return found
