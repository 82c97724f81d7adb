"""Chart options: JSON that Streamlit takes, colours from tokens, gaps that stay gaps."""

from __future__ import annotations

import json
from dataclasses import asdict
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
    sources = [charts.Node("grid", "Grid", 570.0, "570 MWh"), charts.Node("pv", "Solar", 4.0, "4 MWh")]
    uses = [charts.Node("it", "IT load", 571.0, "571 MWh"), charts.Node("other", "Other uses", 3.0, "3 MWh")]
    total = charts.Node("all", "Facility", 574.0, "574 MWh")
    return charts.energy_flow(sources, total, uses, unit="MWh", colours=palette(mode))


def gauge(mode: str = "light", value: float = 1.36) -> dict[str, Any]:
    return charts.pue_gauge(value, low=1.32, high=1.4, printed="1.36", colours=palette(mode), before=1.5)


def line(mode: str = "light") -> dict[str, Any]:
    values = [1.3, None, 1.4]
    return charts.ratio_days(LABELS, [1], values, name="PUE", end="1.40", gap_word="no reading", colours=palette(mode))


def bars(mode: str = "light") -> dict[str, Any]:
    values = [8.0, None, 3.0]
    return charts.day_bars(
        LABELS, [1], values, name="t", unit="t", gap_word="no reading", colours=palette(mode), running=True
    )


def hours(mode: str = "light") -> dict[str, Any]:
    values: list[list[float | None]] = [[300.0] * 24, [None, 120.0, *[None] * 22]]
    due = [[True] * 24, [True] * 3 + [False] * 21]
    return charts.hour_map(["Mon", "Tue"], values, due, unit="g", gap_word="no reading", colours=palette(mode))


def uses(mode: str = "light") -> dict[str, Any]:
    bands = [charts.Band("it", "IT load", "", [3.3, None, 3.4]), charts.Band("cooling", "Cooling", "", [0.9, None, 1])]
    sure = [True, True, False]
    return charts.use_bars(LABELS, [1], bands, sure, unit="MWh", gap_word="no reading", colours=palette(mode))


def racks(mode: str = "light") -> dict[str, Any]:
    tokens = palette(mode)
    cells = [charts.RackCell(0, 0, 4, "95 %", "A01 · 3.8 kW"), charts.RackCell(1, 0, None, "?", "A02 · unknown")]
    return charts.rack_map(["01", "02"], ["A"], cells, ramp=tokens.temp, colours=tokens)


def gauge_over_line(mode: str = "light") -> dict[str, Any]:
    return charts.beneath(gauge(mode), line(mode), upper_px=charts.GAUGE_PX, name="days", colours=palette(mode))


def uses_over_line(mode: str = "light") -> dict[str, Any]:
    return charts.beneath(uses(mode), line(mode), upper_px=300, name="PUE by month", colours=palette(mode))


BUILDERS = [area, flow, gauge, line, bars, hours, uses, racks, gauge_over_line, uses_over_line]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("build", BUILDERS)
def test_an_option_is_json_that_streamlit_takes_as_it_is(build: Any, mode: str) -> None:  # noqa: ANN401 - builders
    option = build(mode)
    assert json.loads(json.dumps(option, allow_nan=False)) == option
    assert echarts_chart._normalize_spec(option)[0] == option


@pytest.mark.parametrize("build", BUILDERS)
def test_dark_takes_dark_tokens(build: Any) -> None:  # noqa: ANN401 - builders
    text = json.dumps(build("dark"))
    light, dark = asdict(palette("light")), asdict(palette("dark"))
    used = {token for token, colour in dark.items() if isinstance(colour, str) and colour in text}
    assert used
    assert not [token for token in used if str(light[token]) in text]


def test_gaps_are_neither_bridged_nor_hidden() -> None:
    option = area()
    assert all(series["connectNulls"] is False for series in option["series"])
    assert option["series"][0]["data"] == [3.3, None, 3.4]
    assert option["series"][0]["markArea"]["data"] == [[{"xAxis": 0, "name": "no reading"}, {"xAxis": 2}]]
    assert line()["series"][0]["connectNulls"] is False
    assert line()["series"][0]["markArea"]["data"] == [[{"xAxis": 0, "name": "no reading"}, {"xAxis": 2}]]


def test_only_the_widest_gap_bears_the_word() -> None:
    bands = [charts.Band("it", "IT", "IT", [None] * 9)]
    option = charts.power_area(
        list("abcdefghi"), [], bands, unit="W", gaps=[(0, 1), (3, 8)], gap_word="gap", colours=palette("light")
    )
    assert [span[0]["name"] for span in option["series"][0]["markArea"]["data"]] == ["", "gap"]


def test_the_axis_reaches_above_a_limit() -> None:
    bands = [charts.Band("it", "IT", "IT", [3.0, None]), charts.Band("cooling", "C", "C", [1.0, 1.0])]
    option = charts.power_area(
        ["a", "b"], [], bands, unit="MW", gaps=[], gap_word="", colours=palette("light"), limit=(6.0, "6 MW")
    )
    assert option["yAxis"]["max"] == 8.0
    assert option["series"][-1]["markLine"]["data"] == [{"yAxis": 6.0}]
    empty = charts.power_area([], [], [], unit="MW", gaps=[], gap_word="", colours=palette("light"))
    assert "max" not in empty["yAxis"]


def test_a_day_without_a_value_is_hatched_and_the_day_that_runs_looks_unfinished() -> None:
    series = bars()["series"][0]
    assert series["data"][1] == {"value": None}
    assert series["markArea"]["data"] == [[{"xAxis": 1, "name": "no reading"}, {"xAxis": 1}]]
    assert "image" in series["data"][2]["itemStyle"]["color"]
    assert bars()["yAxis"]["min"] == 0


def test_hours_without_a_reading_are_hatched_and_hours_to_come_are_absent() -> None:
    option = hours()
    cells = {tuple(cell["value"][:2]): cell for cell in option["series"][0]["data"]}
    assert len(cells) == 24 + 3
    assert cells[0, 1]["visualMap"] is False
    assert cells[0, 1]["tooltip"]["formatter"] == "no reading"
    assert cells[1, 1]["value"][2] == 120.0
    assert (option["visualMap"]["min"], option["visualMap"]["max"]) == (100, 300)


def test_both_sides_of_a_flow_meet_in_the_facility_and_one_source_is_the_facility_itself() -> None:
    links = flow()["series"][0]["links"]
    assert sum(link["value"] for link in links if link["target"] == "Facility") == 574.0
    assert sum(link["value"] for link in links if link["source"] == "Facility") == 574.0
    alone = charts.energy_flow(
        [charts.Node("grid", "Grid", 3.0, "3")],
        charts.Node("all", "Facility", 3.0, "3"),
        [charts.Node("it", "IT", 3.0, "3")],
        unit="MWh",
        colours=palette("light"),
    )
    assert {link["source"] for link in alone["series"][0]["links"]} == {"Grid"}


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
    assert gauge()["series"][2]["axisLine"]["lineStyle"]["color"][0][0] == pytest.approx(0.494)
    bare = charts.pue_gauge(1.36, low=None, high=None, printed="1.36", colours=palette("light"))
    assert len(bare["series"]) == 1


def test_a_bar_that_is_not_sure_is_hatched_and_a_gap_is_shaded() -> None:
    it = uses()["series"][0]
    assert "itemStyle" not in it["data"][0]
    assert it["data"][2]["itemStyle"]["color"]["repeat"] == "repeat"
    assert it["markArea"]["data"][0][0]["name"] == "no reading"


def test_a_line_beneath_bars_stands_under_them_and_keeps_its_own_values() -> None:
    both, above, below = uses_over_line(), uses(), line()
    upper, lower = both["grid"]
    assert (upper["left"], upper["right"]) == (lower["left"], lower["right"])
    assert upper["top"] + upper["height"] == 300 - above["grid"]["bottom"]
    assert lower["top"] == 300 + charts.NAME_PX + below["grid"]["top"]
    assert [axis.get("gridIndex", 0) for axis in both["xAxis"]] == [0, 1]
    assert [axis["boundaryGap"] for axis in both["xAxis"]] == [True, True]  # a point stands under its bar
    assert both["series"][:-1] == above["series"]
    assert both["series"][-1]["data"] == below["series"][0]["data"]
    assert both["series"][-1]["tooltip"] == {"valueFormatter": "%.3f"}
    assert both["title"]["text"] == "PUE by month"
    assert both["legend"]["data"] == ["IT load", "Cooling"]  # the line has its name above it


def test_a_line_beneath_a_gauge_has_the_only_axes() -> None:
    both, gauge_, line_ = gauge_over_line(), gauge(), line()
    assert both["series"] == [*gauge_["series"], *line_["series"]]
    assert both["xAxis"] == line_["xAxis"]
    assert both["grid"]["top"] == charts.GAUGE_PX + charts.NAME_PX + line_["grid"]["top"]
    assert gauge_["series"][0]["center"][1] < charts.GAUGE_PX  # sizes in pixels: they hold in the larger drawing


def test_a_month_of_which_nothing_is_known_is_hatched_and_no_zero() -> None:
    pairs = [(1.0, 2.0), (None, None), (3.0, None)]
    option = charts.pair_bars(
        LABELS, pairs, names=("a", "b"), unit="t", gap_word="no reading", colours=palette("light")
    )
    first, second = option["series"]
    assert [mark[0]["xAxis"] for mark in first["markArea"]["data"]] == [1]
    assert "markArea" not in second


def test_under_bars_a_ratio_is_hatched_as_wide_as_a_bar_where_it_is_not_known() -> None:
    option = charts.ratio_days(
        LABELS, [1], [None, 1.3, 1.2], name="PUE", end="1.20", gap_word="-", colours=palette("light"), under_bars=True
    )
    of_line, of_bars = option["series"]
    assert "markArea" not in of_line
    assert (of_bars["type"], of_bars["data"]) == ("bar", [])  # bars begin and end where their bands do
    assert [[edge["xAxis"] for edge in span] for span in of_bars["markArea"]["data"]] == [[0, 0]]


@pytest.mark.parametrize(("cells", "edge"), [(336, 1), (720, 0)])
def test_a_month_of_hours_has_no_edges_that_hide_thin_bands_on_a_phone(cells: int, edge: int) -> None:
    labels, values = [str(at) for at in range(cells)], [1.0] * cells
    bands = [charts.Band(use, use, "1 kW", values) for use in ("it", "cooling")]
    option = charts.power_area(labels, [], bands, unit="kW", gaps=[], gap_word="-", colours=palette("light"))
    assert {series["lineStyle"]["width"] for series in option["series"]} == {edge}


def test_names_of_neighbouring_measures_stand_on_lines_of_their_own() -> None:
    blocks = [charts.Block(name, 10.0, -5.0, "") for name in ("a", "b", "c")]
    option = charts.abatement_curve(blocks, width_unit="t", height_unit="EUR/t", colours=palette("light"))
    away = [series["markPoint"]["data"][0]["label"]["distance"] for series in option["series"]]
    assert away[0] == away[2] < away[1]


def test_a_line_of_one_point_has_no_name_beside_an_end() -> None:
    nothing: list[float | None] = [None] * 3
    columns: dict[str, list[float | None]] = {"even": [3.0, 2.0, 1.0], "booked": [3.0, None, None], "expected": nothing}
    columns |= {"low_80": nothing, "high_80": nothing}
    words = charts.CourseWords("Even use", "Booked", "Expected", "Band")
    option = charts.course(LABELS, [1], columns, words=words, unit="MWh", colours=palette("light"), from_zero=True)
    named = {one["name"] for one in option["series"] if one.get("endLabel", {}).get("show")}
    assert named == {"Even use"}


def test_a_rack_that_is_unknown_has_no_colour_of_the_scale() -> None:
    known, unknown = racks()["series"][0]["data"]
    assert known["label"]["color"] == "#FFFFFF"  # on red
    assert (unknown["visualMap"], unknown["value"][2]) == (False, -1)
    assert unknown["itemStyle"]["color"]["repeat"] == "repeat"


def test_a_scale_of_shares_has_a_colour_ramp_of_its_own() -> None:
    tokens = palette("light")
    option = charts.hour_map(
        ["Mon"], [[0.5] * 24], [[True] * 24], unit="MW", gap_word="-", colours=tokens, ramp=tokens.seq_power, step=0.1
    )
    assert option["visualMap"]["inRange"]["color"] == list(tokens.seq_power)
    assert option["visualMap"]["text"] == ["0.6", "0.5"]
