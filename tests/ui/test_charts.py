"""Chart options: JSON that Streamlit takes, colours from tokens, gaps that stay gaps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.elements import echarts_chart

from ui import charts
from ui.tokens import MODES, palette

LABELS = ["23:45", "16 Jun", "00:15"]


def area(mode: str = "light") -> dict[str, Any]:
    bands = [
        charts.Band("it", "IT load", "IT load\n3.40 MW", [3.3, None, 3.4]),
        charts.Band("cooling", "Cooling", "Cooling\n0.95 MW", [0.9, None, 0.95]),
    ]
    return charts.power_area(LABELS, [1], bands, unit="MW", gaps=[(0, 2)], gap_word="no reading", colours=palette(mode))


def flow(mode: str = "light") -> dict[str, Any]:
    uses = [("it", "IT load", 571.0, "571 MWh"), ("other", "Other uses", 3.0, "3 MWh")]
    return charts.energy_flow(("Facility", "574 MWh"), uses, unit="MWh", colours=palette(mode))


def gauge(mode: str = "light", value: float = 1.36) -> dict[str, Any]:
    return charts.pue_gauge(value, low=1.32, high=1.4, printed="1.36", colours=palette(mode))


def line(mode: str = "light") -> dict[str, Any]:
    return charts.ratio_line(LABELS, [1], [1.3, None, 1.4], name="PUE", colours=palette(mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("build", [area, flow, gauge, line])
def test_an_option_is_json_that_streamlit_takes_as_it_is(build: Any, mode: str) -> None:  # noqa: ANN401 - builders
    option = build(mode)
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert echarts_chart._normalize_spec(option)[0] == option


@pytest.mark.parametrize("build", [area, flow, gauge, line])
def test_dark_takes_dark_tokens(build: Any) -> None:  # noqa: ANN401 - builders
    text = json.dumps(build("dark"))
    assert palette("dark").it in text
    assert palette("light").it not in text


def test_gaps_are_neither_bridged_nor_hidden() -> None:
    option = area()
    assert all(series["connectNulls"] is False for series in option["series"])
    assert option["series"][0]["data"] == [3.3, None, 3.4]
    assert option["series"][0]["markArea"]["data"] == [[{"xAxis": 0, "name": "no reading"}, {"xAxis": 2}]]
    assert line()["series"][0]["connectNulls"] is False


def test_areas_begin_at_zero_and_the_wheel_scrolls_the_page() -> None:
    option = area()
    assert option["yAxis"]["min"] == 0
    assert option["dataZoom"][0]["zoomOnMouseWheel"] == "ctrl"


def test_end_labels_are_in_text_colour() -> None:
    assert {series["endLabel"]["color"] for series in area()["series"]} == {palette("light").text}


def test_the_gauge_scale_holds_a_bad_pue_and_its_interval_lies_on_it() -> None:
    assert gauge()["series"][0]["max"] == 2.0
    assert gauge(value=2.7)["series"][0]["max"] == 3.0
    stops = gauge()["series"][1]["axisLine"]["lineStyle"]["color"]
    assert [round(stop[0], 3) for stop in stops] == [0.32, 0.4, 1]
    bare = charts.pue_gauge(1.36, low=None, high=None, printed="1.36", colours=palette("light"))
    assert len(bare["series"]) == 1
