"""Figures in a framework's own unit, under its code."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.frameworks import framework_rows
from analytics.report import NAMES
from config.reports.frameworks import Line, framework_lines

FIGURES: dict[str, dict[str, Any]] = {name: {"value": None, "unit": "1", "reason": "dark"} for name in NAMES} | {
    "bought_energy_kwh": {"value": 2_000_000.0, "unit": "kWh", "reason": None},
    "facility_energy_kwh": {"value": 2_500_000.0, "unit": "kWh", "reason": None},
    "matched_share_renewable": {"value": 0.25, "unit": "1", "reason": None},
    "emissions_location_kgco2e": {"value": 726_000.0, "unit": "kgCO2e", "reason": None},
    "fuel_energy_hhv_kwh": {"value": 1000.0, "unit": "kWh", "reason": None},
    "genset_energy_kwh": {"value": 400.0, "unit": "kWh", "reason": None},
    "ref": {"value": 0.4, "unit": "1", "reason": None},
    "pue": {"value": 1.25, "unit": "1", "reason": None},
}


def test_every_line_is_a_figure_of_the_report_in_its_unit() -> None:
    rows = {(row["framework"], row["code"]): row for row in framework_rows(framework_lines(), FIGURES, hosted=None)}
    assert rows["ESRS E1", "E1-5 purchased"]["value"] == pytest.approx(2000.0)  # MWh
    assert rows["ESRS E1", "E1-5 9"]["value"] == pytest.approx(500.0)  # a quarter of it
    assert rows["ESRS E1", "E1-6 scope 2 LBM"]["value"] == pytest.approx(726.0)  # t
    assert rows["GRI", "302-1 c"]["value"] == pytest.approx(9000.0)  # 2.5 GWh x 3.6
    assert rows["GRI", "302-1 a"]["value"] == pytest.approx(3.6)
    assert rows["SASB", "TC-SI-130a.1 (1) fuel"]["value"] == pytest.approx(3.6)
    assert rows["ESRS E1", "E1-5 fuel"]["reason"] == "dark"
    assert rows["ESRS E1", "E1-5 total"]["reason"] == "dark", "no total without the fuel"
    assert rows["ESRS E1", "E1-5 10"]["value"] == pytest.approx(499.6)  # 2,500 less 2,000 bought, less the generators'
    whole_kwh = 2_500_000 - 400 + 1000  # what generators made of fuel is counted once, as fuel
    assert rows["SASB", "TC-SI-130a.1 (1)"]["value"] == pytest.approx(whole_kwh * 3.6e-3)  # GJ
    assert rows["SASB", "TC-SI-130a.1 (2)"]["value"] == pytest.approx(100 * 2_000_000 / whole_kwh)
    assert rows["SASB", "TC-SI-130a.1 (3)"]["value"] == pytest.approx(100 * 0.4 * 2_500_000 / whole_kwh)
    assert rows["SASB", "TC-SI-130a.1 (3)"]["figures"] == (
        "ref x facility_energy_kwh / (facility_energy_kwh - genset_energy_kwh + fuel_energy_hhv_kwh)"
    )
    assert "WRI Aqueduct" in rows["SASB", "TC-SI-130a.2 stress"]["reason"]
    assert rows["China", "green power"]["value"] == pytest.approx(25.0)
    assert rows["China", "EEUE"]["value"] == 1.25
    scope_1 = rows["GRI", "305-1"]
    assert (scope_1["value"], scope_1["reason"]) == (None, "dark")
    assert "GB/T 2589" in rows["China", "tce"]["reason"]
    assert all(row["basis"] for row in rows.values())


def test_electricity_that_is_of_scope_3_stands_under_no_scope_2() -> None:
    rows = {row["code"]: row for row in framework_rows(framework_lines(), FIGURES, hosted="hosted")}
    scope_2 = {"E1-6 scope 2 LBM", "E1-6 scope 2 MBM", "305-2 location", "305-2 market"}
    assert {code for code, row in rows.items() if row["reason"] == "hosted"} == scope_2
    assert rows["E1-6 scope 2 LBM"]["value"] is None
    assert rows["E1-5 purchased"]["value"] == pytest.approx(2000.0)


def line(figures: str, over: str = "") -> Line:
    return Line("F", "1", "one", "one", figures, over, "percent" if over else "MWh", "basis")


def test_a_share_of_nothing_is_none_and_what_is_left_of_equals_is_zero() -> None:
    one = {"value": 0.0, "unit": "kWh", "reason": None}
    (row,) = framework_rows([line("a", "b")], {"a": one, "b": one}, hosted=None)
    assert (row["value"], row["reason"]) == (None, "no energy was used in this period")
    third = {"value": 0.1 + 0.2, "unit": "kWh", "reason": None}
    (row,) = framework_rows([line("a-b")], {"a": third, "b": {**third, "value": 0.3}}, hosted=None)
    assert row["value"] == 0
