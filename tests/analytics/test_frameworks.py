"""Figures in a framework's own unit, under its code."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.frameworks import framework_rows
from analytics.report import NAMES
from config.frameworks import framework_lines

FIGURES: dict[str, dict[str, Any]] = {name: {"value": None, "unit": "1", "reason": "dark"} for name in NAMES} | {
    "bought_energy_kwh": {"value": 2_000_000.0, "unit": "kWh", "reason": None},
    "facility_energy_kwh": {"value": 2_500_000.0, "unit": "kWh", "reason": None},
    "matched_share_renewable": {"value": 0.25, "unit": "1", "reason": None},
    "emissions_location_kgco2e": {"value": 726_000.0, "unit": "kgCO2e", "reason": None},
    "fuel_energy_hhv_kwh": {"value": 1000.0, "unit": "kWh", "reason": None},
    "pue": {"value": 1.25, "unit": "1", "reason": None},
}


def test_every_line_is_a_figure_of_the_report_in_its_unit() -> None:
    rows = {(row["framework"], row["code"]): row for row in framework_rows(framework_lines(), FIGURES)}
    assert rows["ESRS E1", "E1-5 purchased"]["value"] == pytest.approx(2000.0)  # MWh
    assert rows["ESRS E1", "E1-5 9"]["value"] == pytest.approx(500.0)  # a quarter of it
    assert rows["ESRS E1", "E1-6 scope 2 LBM"]["value"] == pytest.approx(726.0)  # t
    assert rows["GRI", "302-1 c"]["value"] == pytest.approx(9000.0)  # 2.5 GWh x 3.6
    assert rows["GRI", "302-1 a"]["value"] == pytest.approx(3.6)
    assert rows["SASB", "TC-SI-130a.1 (1) fuel"]["value"] == pytest.approx(3.6)
    assert rows["ESRS E1", "E1-5 fuel"]["reason"] == "dark"
    assert rows["China", "green power"]["value"] == pytest.approx(25.0)
    assert rows["China", "EEUE"]["value"] == 1.25
    scope_1 = rows["GRI", "305-1"]
    assert (scope_1["value"], scope_1["reason"]) == (None, "dark")
    assert "GB/T 2589" in rows["China", "tce"]["reason"]
    assert all(row["basis"] for row in rows.values())
