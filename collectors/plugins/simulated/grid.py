"""The grid of a zone: which plants run, and the direct carbon intensity that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.clock import DAY_S, HOUR_S, YEAR_S, daily_cosine, day_of_year, hour_of_day
from collectors.plugins.simulated.noise import named_seed, smooth
from collectors.plugins.simulated.sky import clear_sky, sun_sine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import Place, Zone

_EVENING_PEAK_HOUR = 19.0
_DEMAND_SWING = 0.12
_LONGITUDE_S_PER_DEG = DAY_S / 360
_GUST_S = 8 * HOUR_S


def mix_ratio(times: Times, zone: Zone, place: Place, seed: int) -> Mapping[str, Floats]:
    """Return the share of each kind of plant; shares sum to 1, and fossil plants follow what the others leave."""
    solar_hours = hour_of_day(times + int(place.longitude_deg * _LONGITUDE_S_PER_DEG))
    demand = 1.0 + _DEMAND_SWING * daily_cosine(solar_hours, _EVENING_PEAK_HOUR)
    solar = zone.solar_noon_ratio * sun_sine(times, place) * clear_sky(times, place, seed) / demand
    wind = wind_ratio(times, zone, seed) / demand
    firm = zone.firm_ratio / demand
    clean = np.minimum(solar + wind + firm, 1.0 - zone.must_run_fossil_ratio)
    scale = clean / (solar + wind + firm)
    fossil = 1.0 - clean
    return {
        "solar": solar * scale,
        "wind": wind * scale,
        "firm": firm * scale,
        "coal": fossil * zone.coal_of_fossil_ratio,
        "gas": fossil * (1.0 - zone.coal_of_fossil_ratio),
    }


def intensity_gco2e_per_kwh(mix: Mapping[str, Floats], zone: Zone) -> Floats:
    """Return the direct average intensity of a mix: what coal and gas emit, everything else at 0 (scope 2 basis)."""
    return mix["coal"] * zone.coal_gco2e_per_kwh + mix["gas"] * zone.gas_gco2e_per_kwh


def carbon_free_ratio(mix: Mapping[str, Floats]) -> Floats:
    """Return the share of a mix that neither coal nor gas made (0 to 1), an item an instant, as the arrays of `mix`."""
    return 1.0 - mix["coal"] - mix["gas"]


def wind_ratio(times: Times, zone: Zone, seed: int) -> Floats:
    """Return what wind turbines of the zone give of what they could."""
    winter = np.cos(day_of_year(times) * (2.0 * np.pi * DAY_S / YEAR_S))
    lull = smooth(named_seed(seed, "lull"), times, 3 * DAY_S) + 0.4 * smooth(named_seed(seed, "gust"), times, _GUST_S)
    return zone.wind_ratio * np.maximum(1.0 + 0.3 * winter + 0.6 * lull, 0.1)
