"""A fuel whose generation is not known never makes the grid look clean, however a publisher writes that."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from collectors.plugins.grid.eia import Eia
from collectors.plugins.grid.electricity_maps import ElectricityMaps
from collectors.plugins.grid.entsoe import Entsoe
from collectors.plugins.grid.watttime import WattTime
from collectors.plugins.open_meteo import OpenMeteo
from config.errors import PayloadUnreadable

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = "10Y1001A1001A82H"
KEY = {"id": "g", "point": "lab/grid", "api_key": {"env": "KEY"}}


def eia(gas: object, **keys: object) -> list[float]:
    """What comes of an hour with gas 800 and sun 200, and of one with this gas and sun 200."""
    rows = [("10", "NG", 800), ("10", "SUN", 200), ("11", "NG", gas), ("11", "SUN", 200)]
    names = ("period", "respondent", "fueltype", "value")
    data = [dict(zip(names, (f"2026-03-01T{hour}", "CISO", *rest), strict=True)) for hour, *rest in rows]
    one = Eia.model_validate(KEY | {"respondent": "CISO"} | keys)
    told = json.dumps({"response": {"total": len(data), "data": data}}).encode()
    return [reading.value for reading in one.parse(told, AT)]


def maps(*gas: object, **keys: object) -> list[float]:
    rows = [
        {
            "datetime": f"2026-03-01T{8 + hour:02}:00:00Z",
            "isEstimated": False,
            "powerConsumptionBreakdown": {"gas": mw, "wind": 500},
        }
        for hour, mw in enumerate(gas)
    ]
    one = ElectricityMaps.model_validate(KEY | {"zone": "DE", "signal": "carbon_free"} | keys)
    return [reading.value for reading in one.parse(json.dumps({"zone": "DE", "data": rows}).encode(), AT)]


def series(kind: str, *mw: str, curve: str = "A01") -> str:
    points = "".join(
        f"<Point><position>{place}</position><quantity>{each}</quantity></Point>" for place, each in enumerate(mw, 1)
    )
    return (
        f"<TimeSeries><inBiddingZone_Domain.mRID>{ZONE}</inBiddingZone_Domain.mRID>"
        f"<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>{curve}</curveType>"
        f"<MktPSRType><psrType>{kind}</psrType></MktPSRType><Period><timeInterval><start>2026-03-01T08:00Z</start>"
        f"<end>2026-03-01T11:00Z</end></timeInterval><resolution>PT60M</resolution>{points}</Period></TimeSeries>"
    )


def entsoe(*parts: str, **keys: object) -> list[tuple[str, float]]:
    body = "".join(parts)
    one = Entsoe.model_validate(KEY | {"area": ZONE, "scope": "direct"} | keys)
    told = one.parse(f"<GL_MarketDocument>{body}</GL_MarketDocument>".encode(), AT)
    return [(reading.metric, reading.value) for reading in told]


@pytest.mark.parametrize("gas", ["NaN", float("nan"), "Infinity", None])
def test_generation_that_is_no_number_is_not_known(gas: object) -> None:
    assert eia(gas) == [0.2]
    assert maps(1500, gas) == [0.25]


@pytest.mark.parametrize("gas", ["NaN", "inf", "1e309"])
def test_entso_e_has_no_value_of_such_a_period_nor_of_those_that_repeat_it(gas: str) -> None:
    only_first = [("grid_carbon_free", 0.25), ("grid_intensity", 277.5)]
    wind = series("B19", "500", "500", "500")
    assert entsoe(series("B04", "1500", gas, curve="A03"), wind) == only_first
    assert entsoe(series("B04", "1500", gas, "1500"), wind) == only_first * 2


def test_a_type_that_was_silent_for_all_of_an_answer_is_missed_where_it_is_expected() -> None:
    assert maps(None, None) == [1.0, 1.0], "nobody said that there is gas"
    assert maps(None, 1500, expected=["gas"]) == [0.25]
    assert maps(None, None, expected=["gas"]) == []
    assert eia(800, expected=["NG", "COL"]) == []
    assert entsoe(series("B19", "500", "500", "500"), expected=["B04"]) == []


def test_a_mix_is_held_against_72_hours_at_every_poll() -> None:
    week = timedelta(hours=72)
    assert Eia.recent == Entsoe.recent == week
    assert ElectricityMaps.model_validate(KEY | {"zone": "DE", "signal": "carbon_free"}).usual_window == week
    assert ElectricityMaps.model_validate(KEY | {"zone": "DE", "scope": "direct"}).usual_window < week


def test_expected_types_are_of_a_mix_alone() -> None:
    with pytest.raises(ValueError, match="expected is of a mix"):
        ElectricityMaps.model_validate(KEY | {"zone": "DE", "scope": "direct", "expected": ["gas"]})


@pytest.mark.parametrize(
    "document",
    [
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "5">]><GL_MarketDocument/>').encode("utf-16"),
        f"<GL_MarketDocument>{series('B04', '1')}</GL_MarketDocument>".replace(
            "2026-03-01T11", "9999-12-31T23"
        ).encode(),
        b'<?xml version="1.0" encoding="utf-09"?><GL_MarketDocument/>',
    ],
)
def test_what_no_platform_sends_is_unreadable(document: bytes) -> None:
    with pytest.raises(PayloadUnreadable, match="An answer of ENTSO-E cannot be read"):
        list(Entsoe.model_validate(KEY | {"area": ZONE}).parse(document, AT))


@pytest.mark.parametrize(("times", "warm"), [([10**18], [1.0]), ([1772359200, 1772362800], [1.0])])
def test_weather_of_no_time_or_of_lists_that_do_not_match_is_unreadable(times: list[int], warm: list[float]) -> None:
    units = {"time": "unixtime", "temperature_2m": "°C", "relative_humidity_2m": "%"}
    hourly = {"time": times, "temperature_2m": warm, "relative_humidity_2m": [50.0] * len(times)}
    one = OpenMeteo.model_validate({"id": "w", "point": "lab/out", "latitude": 50.1, "longitude": 8.7})
    with pytest.raises(PayloadUnreadable, match="An answer of Open-Meteo cannot be read"):
        list(one.parse(json.dumps({"hourly": hourly, "hourly_units": units}).encode(), AT))


MARGINAL = {"region": "CAISO_NORTH", "signal_type": "co2_moer", "units": "lbs_co2_per_mwh"}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_in_no_calendar_is_unreadable(time: str) -> None:
    """Else no store takes it, and what else came in that second with it."""
    hour = {"datetime": time, "isEstimated": False, "carbonIntensity": 300, "emissionFactorType": "direct"}
    one = ElectricityMaps.model_validate(KEY | {"zone": "DE", "scope": "direct"})
    two = WattTime.model_validate(
        {"id": "g", "point": "lab/grid", "region": "CAISO_NORTH", "signal": "co2_moer", "user": "u"}
        | {"password": {"env": "KEY"}}
    )
    for each, told in (
        (one, {"zone": "DE", "data": [hour]}),
        (two, {"data": [{"point_time": time, "value": 900}], "meta": MARGINAL}),
    ):
        with pytest.raises(PayloadUnreadable, match=rf"of {each.publisher} has a time that is in no calendar"):
            list(each.parse(json.dumps(told).encode(), AT))


def test_a_day_that_no_month_has_is_unreadable() -> None:
    row = {"period": "2026-02-30T00", "respondent": "CISO", "fueltype": "NG", "value": 800}
    one = Eia.model_validate(KEY | {"respondent": "CISO"})
    with pytest.raises(PayloadUnreadable, match="An answer of EIA has a time that is in no calendar"):
        list(one.parse(json.dumps({"response": {"total": 1, "data": [row]}}).encode(), AT))
