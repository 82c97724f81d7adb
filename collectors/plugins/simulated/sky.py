"""Sun and weather of a place: what cooling, photovoltaics and evaporation live on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.clock import DAY_S, HOUR_S, YEAR_S, daily_cosine, day_of_year, hour_of_day
from collectors.plugins.simulated.noise import named_seed, smooth

if TYPE_CHECKING:
    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import Place, Weather

_TILT_DEG = 23.44
_SOLSTICE_DAY = 172.0
_WARMEST_SOLAR_HOUR = 15.0
_DEGREES_PER_HOUR = 15.0
_FRONT_S = 5 * DAY_S  # weather fronts pass in days
_SPELL_S = 9 * HOUR_S  # showers and clearings in hours


def sun_sine(times: Times, place: Place) -> Floats:
    """Return the sine of the sun's elevation, 0 at night (Cooper's declination; the equation of time is left out)."""
    turn = 2.0 * np.pi * (day_of_year(times) - _SOLSTICE_DAY) * DAY_S / YEAR_S
    declination = np.radians(_TILT_DEG) * np.cos(turn)
    latitude = np.radians(place.latitude_deg)
    angle = np.radians((_solar_hours(times, place) - 12.0) * _DEGREES_PER_HOUR)
    sine: Floats = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    return np.maximum(sine, 0.0)


def clear_sky(times: Times, place: Place, seed: int) -> Floats:
    """Return the share of sunlight that passes the clouds, 0.1 to 1: slow fronts and short spells."""
    front = smooth(named_seed(seed, "front"), times, _FRONT_S // 2)
    spell = smooth(named_seed(seed, "spell"), times, _SPELL_S // 3)
    return np.clip(place.weather.clear_sky_ratio + 0.35 * front + 0.2 * spell, 0.1, 1.0)


def temperature_degc(times: Times, place: Place, seed: int) -> Floats:
    """Return the outdoor temperature: season, hour of the day, fronts and spells."""
    weather = place.weather
    season = np.cos((day_of_year(times) - weather.warmest_day) * (2.0 * np.pi * DAY_S / YEAR_S))
    return (
        weather.mean_degc
        + weather.seasonal_k * season
        + weather.daily_k * daily_cosine(_solar_hours(times, place), _WARMEST_SOLAR_HOUR)
        + weather.front_k * smooth(named_seed(seed, "warmth"), times, _FRONT_S)
        + 0.3 * weather.front_k * smooth(named_seed(seed, "breeze"), times, _SPELL_S)
    )


def humidity_percent(times: Times, place: Place, seed: int) -> Floats:
    """Return the relative humidity, 15 to 99 %: damp at dawn, drier in the afternoon."""
    weather: Weather = place.weather
    drying = weather.daily_k * daily_cosine(_solar_hours(times, place), _WARMEST_SOLAR_HOUR)
    fronts = 10.0 * smooth(named_seed(seed, "damp"), times, _FRONT_S)
    return np.clip(weather.mean_humidity_percent - 2.5 * drying + fronts, 15.0, 99.0)


def wet_bulb_degc(temperature: Floats, humidity: Floats) -> Floats:
    """Return the wet-bulb temperature at sea level from degC and % (Stull 2011, within 1 K from -20 to 50 degC)."""
    bulb: Floats = (
        temperature * np.arctan(0.151977 * np.sqrt(humidity + 8.313659))
        + np.arctan(temperature + humidity)
        - np.arctan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * np.arctan(0.023101 * humidity)
        - 4.686035
    )
    return bulb


def _solar_hours(times: Times, place: Place) -> Floats:
    return hour_of_day(times + int(place.longitude_deg / _DEGREES_PER_HOUR * HOUR_S))
