"""Wet-bulb temperature: how far evaporation can cool air, which is what towers and wet coolers live on.

By psychrolib, which follows ASHRAE Handbook - Fundamentals (2017), chapter 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = 1 << 16  # solved by trial in a tenth of a millisecond each; a year of hours of seven sites
COLDEST_DEGC, HOTTEST_DEGC = -60.0, 60.0


def wet_bulb(
    temperature_degc: NDArray[np.float64], humidity_percent: NDArray[np.float64], *, altitude_m: float
) -> NDArray[np.float64]:
    """Return the wet-bulb temperature [degC] of air at the standard pressure of an altitude.

    Args:
        temperature_degc: dry-bulb temperatures [degC].
        humidity_percent: relative humidity [percent], of the same shape.
        altitude_m: above sea level [m]; its standard pressure stands for the weather's (a front's 30 hPa move the
            result by some 0.2 K).

    Returns:
        An array of the same shape; nan where either is nan, below -60 or above 60 degC, or not a humidity.

    >>> wet_bulb(np.array([30.0, 30.0, np.nan]), np.array([50.0, 100.0, 50.0]), altitude_m=0).round(2).tolist()
    [22.01, 30.0, nan]

    Raises:
        InputError: psychrolib is not installed.
    """
    try:
        import psychrolib
    except ImportError as error:
        msg = "Wet-bulb temperatures need psychrolib, which is not installed: pip install 'wattlas[weather]'."
        raise InputError(msg) from error
    psychrolib.SetUnitSystem(psychrolib.SI)
    pressure_pa = psychrolib.GetStandardAtmPressure(altitude_m)
    warm = (temperature_degc >= COLDEST_DEGC) & (temperature_degc <= HOTTEST_DEGC)
    known = warm & (humidity_percent >= 0) & (humidity_percent <= 100)  # noqa: PLR2004 - percent
    found = np.full(temperature_degc.shape, np.nan)
    pairs = zip(temperature_degc[known].tolist(), (humidity_percent[known] / 100).tolist(), strict=True)
    found[known] = [_wet_bulb_degc(degc, ratio, pressure_pa) for degc, ratio in pairs]
    return found


@lru_cache(maxsize=KEPT)
def _wet_bulb_degc(temperature_degc: float, humidity: float, pressure_pa: float) -> float:
    """Solve for one wet-bulb temperature [degC]; humidity as a share, in SI units as `wet_bulb` set them."""
    import psychrolib

    return float(psychrolib.GetTWetBulbFromRelHum(temperature_degc, humidity, pressure_pa))
