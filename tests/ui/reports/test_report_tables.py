"""Tables of a report with more rows than a page has room for: the PDF says how many it left out, files hold all."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from openpyxl import load_workbook

from analytics.report import PRINTED, printed_claims
from ui.exports.site_tables import tables
from ui.exports.steering_tables import steering_tables
from ui.exports.workbook import workbook
from ui.text import t

NONE: dict[str, Any] = dict.fromkeys(("records", "estimates", "frameworks", "figures"), ())


def contract(number: int) -> dict[str, Any]:
    reason = None if number % 2 else "not retired"
    kwh = float(number % 2)
    return {"contract": f"c{number}", "certificate": f"GO-{number}", "kwh": kwh, "share": 0.0, "reason": reason}


def contracts_of(part: dict[str, Any], lang: str) -> dict[str, Any]:
    return next(table for table in tables(part, lang) if table["title"] == t("report.contracts", lang))


def test_ten_thousand_contracts_are_a_table_and_a_line() -> None:
    shown, rest = printed_claims([contract(number) for number in range(10_000)])
    part = {**NONE, "contracts": shown, "contracts_rest": rest}
    for lang, told in (("en", "9,940 more, 5,000 of them without credit"), ("zh", "另有 9,940 批，其中 5,000 批不计")):  # noqa: RUF001 - Chinese
        table = contracts_of(part, lang)
        assert len(table["rows"]) == PRINTED + 1
        assert all(row[2] and not row[3] for row in table["rows"][:-1]), "those that count"
        assert told in table["rows"][-1][3]
        assert "4.94" in table["rows"][-1][2], "MWh of the others"


def test_a_report_of_before_this_table_is_laid_out_whole() -> None:
    assert len(contracts_of({**NONE, "contracts": [contract(number) for number in range(100)]}, "en")["rows"]) == 100


def test_a_site_may_be_called_as_another_sheet_is() -> None:
    parts = [
        {**NONE, "id": id_, "course": [], "frameworks": []} for id_ in ("figures", "Gri", "a" * 35, "a" * 34, "history")
    ]
    facts = dict.fromkeys(("schema", "wattlas", "demo", "company", "subject", "start", "end", "config_hash"), "x")
    line = {
        **dict.fromkeys(("code", "name_en", "unit", "reason", "figures", "basis"), "x"),
        "framework": "GRI",
        "value": 1,
    }
    parts[0]["frameworks"] = [line]
    content = {**facts, "label": "2026-04", "sites": parts, "checks": []}
    raw = workbook(content, [], "en", at=datetime(2026, 5, 1, tzinfo=UTC))
    names = load_workbook(io.BytesIO(raw)).sheetnames
    assert names[:6] == ["Figures", "figures 2", "Gri", "a" * 31, f"{'a' * 29} 2", "history 2"]
    assert "GRI 2" in names
    assert "stand in the reports of months" in load_workbook(io.BytesIO(raw))["Hours, mean W"]["A2"].value


def test_a_status_stands_beside_the_probability_that_it_is_of() -> None:
    """60 % is at risk; that measures to come would make it 85 % is said after it."""
    row = {
        **dict.fromkeys(("id", "metric", "unit", "status", "reason", "so_far"), ""),
        "goal": 1.0,
        "allowed": 1.0,
        "target_year": 2030,
        "expected": 1.0,
        "low_80": 0.9,
        "high_80": 1.1,
        "metric": "pue",
        "unit": "1",
        "status": "at risk",
        "probability": 0.6,
        "probability_with_measures": 0.85,
    }
    printed = {lang: next(steering_tables({"targets": [row]}, lang))["rows"][0][4] for lang in ("en", "zh")}
    assert printed["en"].replace("\u00a0", " ") == "At risk, 60 %, with measures 85 %"
    assert "60" in printed["zh"]
    alone = next(steering_tables({"targets": [{**row, "probability_with_measures": None}]}, "en"))["rows"][0][4]
    assert alone.replace("\u00a0", " ") == "At risk, 60 %"


def test_a_factor_is_told_in_chinese_apart_from_its_source() -> None:
    use = {
        "id": "own:DE",
        "value": 400.0,
        "unit": "gCO2e/kWh",
        "zone": "DEU",
        "year": 2025,
        "basis": "average, direct",
        "source": "Office",
        "note": "factor of 2025, the latest published for 2026",
    }
    part = {**NONE, "contracts": [], "figures": [{"factors": [use]}]}
    (row,) = next(table for table in tables(part, "zh") if table["title"] == t("report.factors", "zh"))["rows"]
    assert row[1:] == ["400 gCO2e/kWh, DEU 2025, 平均、直接", "Office; 2025 年因子，为 2026 年可得的最新发布值"]  # noqa: RUF001 - Chinese
