"""`wattlas eed` and figures as CSV: every indicator of the list, N/A with its reason, figures apart from comments."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from config.reports.eed import indicators
from tests.ui.company import START, Company
from ui.cli import main
from ui.figures.eed import eed_rows
from ui.tables import csv_cell, print_csv

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
FULL = """
floor_area_m2 = 100.0
installed_it_kw = 3.0
"""
MORE = """
[[points]]
id = "s/heat"
role = "heat_export"
max_w = 900.0
interval_s = { power = 60 }
"""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    found = Company(tmp_path, head=Company.head + FULL)
    found.points += MORE
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0), ("s/heat", 300.0)):
        found.steady(point, watts, end=2 * HOUR)
    found.keep()
    monkeypatch.setattr("time.time", lambda: float(START + 2 * HOUR))
    return found


def out(company: Company, capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    capsys.readouterr()
    path = str(company.folder / "wattlas.toml")
    assert main([*argv, "--config", path, "--data", str(company.folder / "data")]) == code
    text, err = capsys.readouterr()
    return text if code == 0 else err


def test_every_indicator_stands_there_with_a_value_or_a_reason(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(out(company, capsys, "eed", "--year", "2026", "--json"))
    assert len(rows) == len(indicators())
    assert all((row["value"] == "N/A") == bool(row["reason"]) for row in rows)
    found = {row["code"]: row for row in rows}
    assert (found["PDIT"]["value"], found["SDC"]["value"], found["DC_NAME"]["value"]) == (3.0, 100.0, "Small site")
    assert "of the energy by last known power is missing" in found["EDC"]["reason"], "two hours are no year"
    assert "no genset points" in found["EDC-BG"]["reason"]
    assert found["SIZE"]["value"] == "below the scheme"
    draft = json.loads(out(company, capsys, "eed", "--year", "2026", "--edition", "2026 draft", "--json"))
    assert {row["verified_rule"] for row in draft} == {False}
    assert "is no edition" in out(company, capsys, "eed", "--year", "2026", "--edition", "2027", code=2)
    assert "has not begun" in out(company, capsys, "eed", "--year", "2030", code=2)


def test_no_gap_makes_the_year_look_better(tmp_path: Path) -> None:
    begin, lost = -73 * 24 * HOUR - HOUR, {at * HOUR for at in range(-400, -360)}
    figures: dict[str, dict[str, Any]] = {}
    for gap in ("none", "s/ups", "s/heat"):
        (tmp_path / gap.replace("/", "-")).mkdir()
        one = Company(tmp_path / gap.replace("/", "-"), head=Company.head + FULL, now=float(START))
        one.points = (Company.points + MORE).replace("power = 60", "power = 3600")
        for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0), ("s/heat", 300.0)):
            one.read(point, [(at, watts) for at in range(begin, HOUR, HOUR) if point != gap or at not in lost])
        one.keep()
        rows = eed_rows(one.service, one.service.settings.site("s"), 2026, edition="2024/1364")
        figures[gap] = {row["code"]: row["value"] for row in rows}
    assert figures["none"]["PUE"] == pytest.approx(1.5)
    assert figures["s/ups"]["PUE"] == pytest.approx(1.5), "what was put in for unseen IT is never below the line"
    assert figures["none"]["ERF"] == pytest.approx(0.2)
    assert figures["s/heat"]["EREUSE"] < figures["none"]["EREUSE"]
    assert figures["s/heat"]["ERF"] < 0.2


def test_a_site_that_opened_within_the_year_reports_the_part_that_it_ran(tmp_path: Path) -> None:
    one = Company(tmp_path, head=Company.head + FULL, now=float(START + 3 * 24 * HOUR))
    one.points = one.points.replace("power = 60 }", "power = 3600 }\nvalid_from = 2026-03-15T11:00:00Z")
    begin = 35 * HOUR
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        one.read(point, [(at, watts) for at in range(begin, 72 * HOUR + 1, HOUR)])
    one.keep()
    rows = {
        row["code"]: row for row in eed_rows(one.service, one.service.settings.site("s"), 2026, edition="2024/1364")
    }
    assert {row["start"] for row in rows.values()} == {START + 23 * HOUR}, "15 March, 00:00 in Berlin"
    assert rows["EDC"]["value"] == pytest.approx(1.5 * 37)
    assert rows["EIT"]["value"] == pytest.approx(37.0)


def test_figures_come_as_csv_too(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    span = ["kpi", "--from", "2026-03-14T00:00Z", "--to", "2026-03-14T02:00Z"]
    text = out(company, capsys, *span, "--csv")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert float(rows["pue"]["value"]) == pytest.approx(1.5)
    assert float(rows["erf"]["value"]) == pytest.approx(0.2)
    assert float(rows["ere"]["value"]) == pytest.approx(1.2)  # (1 - 0.2) * 1.5
    assert float(rows["ref"]["value"]) == 0.0
    assert json.loads(rows["pue"]["factors"]) == []
    assert rows["energy_cost"]["value"] == ""
    assert "give one of them" in out(company, capsys, *span, "--csv", "--json", code=2)


def test_no_text_of_a_csv_is_a_formula(capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[dict[str, Any]] = [{"a": "=1+1", "b": -2.5, "c": None, "d": [1]}, {"a": "@x", "b": 1, "c": "y", "d": []}]
    print_csv(rows)
    assert capsys.readouterr().out == "a,b,c,d\n'=1+1,-2.5,,[1]\n'@x,1,y,[]\n"
    assert [csv_cell(f"{sign}1") for sign in "\uff1d\uff0b\uff0d\uff20"] == [
        f"'{sign}1" for sign in "\uff1d\uff0b\uff0d\uff20"
    ]
