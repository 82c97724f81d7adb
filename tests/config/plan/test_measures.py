"""Measures of a site file: every slip is told with its remedy; what is shipped is dated and sourced."""

from __future__ import annotations

from typing import Any

import pytest

from config.errors import ConfigError
from config.plan.measures import library, measures_of
from tests.analytics.planning.measure import MEASURE


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"effect_low": 0.5}, "effect_high must be effect_low or more"),
        ({"site": "x"}, "which is no site"),
        ({"temperature_point": "s/x"}, "which is no point"),
        ({"realisation": 2.0}, "1 or less"),
        ({"weather_from_degc": 8.0}, "weather_from_degc needs temperature_point"),
        ({"sub_load": "it", "work": {"point": "s/x", "metric": "tokens"}}, 'key work names "s/x", which is no point'),
        ({"sub_load": "it", "work": {"point": "s/weather", "metric": "power"}}, "which counts no work"),
        ({"sub_load": "losses", "work": {"point": "s/weather", "metric": "tokens"}}, "leave it out"),
    ],
)
def test_slips_in_measures_are_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        measures_of([{**MEASURE, **more}], file="f", sites=["s"], points=["s/weather"])
    assert told in str(caught.value)


def test_a_measure_stands_once() -> None:
    with pytest.raises(ConfigError, match="stands twice"):
        measures_of([MEASURE, MEASURE], file="f", sites=["s"], points=[])


def test_what_is_shipped_has_sources() -> None:
    assert len(library()) >= 9
    assert all(one.source and one.effect_low <= one.effect_high for one in library().values())
