"""Wet-bulb temperature against published values."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from analytics.psychrometrics import wet_bulb
from config.errors import InputError


def test_values_of_the_psychrometric_chart() -> None:
    # ASHRAE chart no. 1 (sea level), read to half a degree: 24 degC, 50 % -> 17; 35, 20 % -> 19; 10, 80 % -> 8.5
    found = wet_bulb(np.array([24.0, 35.0, 10.0]), np.array([50.0, 20.0, 80.0]), altitude_m=0)
    assert found == pytest.approx([17.0, 18.9, 8.3], abs=0.25)


def test_thin_air_is_cooled_further() -> None:
    low, high = (wet_bulb(np.array([35.0]), np.array([20.0]), altitude_m=height)[0] for height in (0.0, 1600.0))
    assert 0.5 < low - high < 1.5


def test_what_is_no_air_has_no_wet_bulb() -> None:
    found = wet_bulb(
        np.array([np.nan, 20.0, 20.0, 99.0, 20.0]), np.array([50.0, np.nan, 101.0, 50.0, 100.0]), altitude_m=0
    )
    assert np.isnan(found).tolist() == [True, True, True, True, False]
    assert found[-1] == pytest.approx(20.0)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psychrolib", None)
    with pytest.raises(InputError, match=r"pip install 'wattlas\[weather\]'"):
        wet_bulb(np.array([20.0]), np.array([50.0]), altitude_m=0)
