"""One report, four formats: every figure and every line of a framework says the same in each, N/A included."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from tests.ui.company import HEAD, START, Company
from tests.ui.reports.office import POINTS
from ui.exports.files import files
from ui.exports.layout import layout
from ui.figures.eed import eed_rows
from ui.format import printed
from ui.reports.content import EDITION, report_content
from ui.reports.period import period
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
DAY = 86_400
NUMBERS = ("value", "low", "high", "measured", "estimated", "missing", "year_before")
SCALES = {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "GWh": 1e6, "kgCO₂e": 1.0, "tCO₂e": 1e3, "ktCO₂e": 1e6, "%": 0.01}
ABSENT, TO = "-", "\u2013\u2060\u00a0"
FLOOR = """
floor_area_m2 = 100.0
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Row:
    """April 2026 with the EU's sheet of the year beside it, as its files and as what the PDF prints."""
    folder: Path = tmp_path_factory.mktemp("formats")
    company = Company(folder, POINTS, HEAD + FLOOR, now=START + 60.0 * DAY)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.read(point, [(at, watts) for at in range(17 * DAY, 48 * DAY, 3600) if not 30 * DAY < at < 31 * DAY])
    company.keep()
    content = report_content(company.service, "s", period("2026-04"))
    content["sites"][0]["eed"] = eed_rows(company.service, company.service.settings.site("s"), 2026, edition=EDITION)
    made = files(content, None, formats=("json", "csv", "xlsx"), langs=("en",))
    return {
        "json": json.loads(made["s-2026-04.json"])["sites"][0],
        "csv": list(csv.DictReader(io.StringIO(made["s-2026-04.csv"].decode()))),
        "book": load_workbook(io.BytesIO(made["s-2026-04-en.xlsx"])),
        "pdf": layout(content, None, "en")["sites"][0],
    }


def rows_of(report: Row, sheet: str) -> list[Row]:
    head, *rows = report["book"][sheet].values
    return [dict(zip(head, row, strict=True)) for row in rows]


def shown(text: str) -> float | None:
    """The number that a printed quantity says, in the unit in which it is stored."""
    if text == ABSENT:
        return None
    number, _, unit = text.replace("<", "").replace(">", "").replace(",", "").strip().partition("\u00a0")
    return float(number) * SCALES.get(unit, 1.0)


def near(value: float) -> Any:  # noqa: ANN401 - pytest's own
    """What three printed digits, or two decimals of a ratio, say of a value."""
    return pytest.approx(value, rel=5e-3, abs=5e-3)


def written(value: object) -> object:
    """A value as a workbook's file has it: sixteen digits of a number."""
    return float(f"{value:.16g}") if isinstance(value, float) else value


def test_every_figure_is_the_same_in_json_csv_and_workbook(report: Row) -> None:
    figures = report["json"]["figures"]
    assert {row["value"] is None for row in figures} == {True, False}, "figures with and without a value"
    for figure, line, cells in zip(figures, report["csv"], rows_of(report, t("report.figures", "en")), strict=True):
        assert (line["name"], cells["name"]) == (figure["name"], t(f"figures.{figure['name']}", "en"))
        for key in NUMBERS:
            assert (float(line[key]) if line[key] else None) == figure[key], f"{figure['name']} {key} in CSV"
            assert cells[key] == written(figure[key]), f"{figure['name']} {key} in the workbook"
        for key in ("unit", "reason", "method"):
            assert (line[key] or None) == (cells[key] or None) == (figure[key] or None)


def test_every_figure_of_the_pdf_is_that_of_the_json_to_its_last_digit(report: Row) -> None:
    rows = [row for section in report["pdf"]["sections"] for row in section["rows"]]
    by_name = {t(f"figures.{row['name']}", "en"): row for row in report["json"]["figures"]}
    assert sorted(row[0] for row in rows) == sorted(by_name)
    for name, value, interval, *shares, before, _ in rows:
        figure = by_name[name]
        assert printed(figure["unit"]) in value or figure["unit"] in {"1", "kWh", "kgCO2e"} or value == ABSENT
        assert shown(value) == (None if figure["value"] is None else near(figure["value"]))
        assert shown(before) == figure["year_before"]
        assert (interval == ABSENT) == (figure["low"] is None or figure["high"] is None)
        assert shown(interval.split(TO)[-1]) == (None if interval == ABSENT else near(figure["high"]))
        for text, key in zip(shares, ("measured", "estimated", "missing"), strict=True):
            assert shown(text) == pytest.approx(figure[key], abs=0.01), f"{name} {key}: {text}"


@pytest.mark.parametrize("framework", ["ESRS", "GRI", "SASB", "China"])
def test_every_line_of_a_framework_is_the_same_in_json_and_workbook(report: Row, framework: str) -> None:
    lines = [row for row in report["json"]["frameworks"] if row["framework"].startswith(framework)]
    cells = rows_of(report, lines[0]["framework"])
    printed = {row[0]: row for table in report["pdf"]["tables"] for row in table["rows"]}
    for line, cell in zip(lines, cells, strict=True):
        assert cell["value"] == ("N/A" if line["value"] is None else written(line["value"]))
        assert (cell["code"], cell["unit"], cell["reason"]) == (line["code"], line["unit"], line["reason"])
        said = printed[f"{line['framework']} {line['code']}"][2]
        assert (said == "N/A") == (line["value"] is None)


def test_every_line_of_the_eu_is_the_same_in_json_and_workbook(report: Row) -> None:
    lines = report["json"]["eed"]
    assert {row["value"] == "N/A" for row in lines} == {True, False}
    head, *rows = report["book"]["EU 2024-1364"].values
    for line, row in zip(lines, rows, strict=True):
        cell = dict(zip(head[:11], row, strict=False))
        assert cell["value"] == written(line["value"])
        assert [cell[key] for key in ("code", "unit", "reason")] == [line[key] for key in ("code", "unit", "reason")]
