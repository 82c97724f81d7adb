"""What comes late for time that a sealed report speaks of: refused, or taken and told, and a base year that moved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from config.reports.eed import indicators
from tests.ui.company import HEAD, START, Company
from tests.ui.reports.office import DAY, POINTS, Office
from ui.cli import main
from ui.reports.period import period
from ui.reports.sealing import prepare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, capsys, monkeypatch)


def test_sealed_time_is_changed_only_by_who_says_so(office: Office) -> None:
    id_ = office.sealed()
    words = ["--kind", "fuel", "--site", "s", "--subject", "eu-mrr-per-litre:diesel:CO2", "--unit", "L", "--value", "5"]
    days = ["--from", "2026-04-01", "--to", "2026-04-30"]
    assert "is sealed and this would change its period" in office.run("records", "add", *words, *days, code=2)
    (record,) = office.run("records", "add", *words, *days, "--restate", "late bill", "--json")
    assert office.run("records", "add", *words, *days, "--json") == [], "what stands already changes nothing"
    assert office.run("records", "add", *words, "--from", "2026-05-01", "--to", "2026-05-07", "--json")
    office.person("bob")
    assert "is sealed" in office.run("records", "approve", record["id"], code=2)
    assert "is sealed" in office.run("records", "approve", record["id"], "--restate", " ", code=2)
    office.run("records", "approve", record["id"], "--restate", "late bill")
    log = [line["why"] for line in office.run("audit", "log", "--what", f"record {record['id']}", "--json")]
    assert log == [f"restates {id_}: late bill"] * 2
    hardware = ["--kind", "hardware", "--site", "s", "--subject", "rack", "--from", "2026-01-06", "--unit", "kgCO2e"]
    told = office.run("records", "add", *hardware, "--value", "5000", code=2)
    assert "is sealed and this would change its period" in told, "hardware is embodied for years"
    gas = ["--kind", "refrigerant_stock", "--site", "s", "--subject", "R-134a", "--unit", "kg", "--value", "10"]
    assert "is sealed" in office.run("records", "add", *gas, "--from", "2026-05-01", code=2), "it ends April's balance"
    (rack,) = office.run("records", "add", *hardware, "--value", "5000", "--restate", "late bill", "--json")
    office.person("cyd")
    office.run("records", "approve", rack["id"], "--restate", "late bill")
    office.company.head = office.company.head.replace("[company]", "[company]\nhardware_lifetime_years = 4")
    _ = office.company.service
    causes = office.run("report", "diff", id_, "--json")[0]["causes"]
    assert f"s: record {rack['id']} version 1 came in since" in causes
    office.person("bob")
    office.company.head += "[estimates.methods]\nups = ['profile']\n"
    _ = office.company.service
    (gap,) = office.run("estimates", "propose", "--from", "2026-04", "--json")
    office.person("cyd")
    assert "is sealed" in office.run("estimates", "approve", gap["id"], code=2)
    office.run("estimates", "approve", gap["id"], "--restate", "late bill")
    assert "is sealed" in office.run("estimates", "withdraw", gap["id"], "--reason", "x", code=2)


def test_an_import_into_sealed_time_is_taken_and_told(office: Office) -> None:
    id_ = office.sealed()
    file = office.folder / "late.csv"
    file.write_text("point,metric,time,value,unit\ns/ups,power,2026-04-23T00:00:00Z,900,W\n")
    office.patch.setattr("ui.options.caller", lambda: "eve")
    assert f"Reports of that time are sealed ({id_} of s 2026-04)" in office.run("import", str(file))
    (line,) = office.run("audit", "log", "--what", "readings", "--json")
    assert (line["who"], line["why"]) == ("eve", f"of the time of sealed reports: {id_}")
    assert json.loads(line["after"])["rows"] == 1
    (note,) = office.run("import", "--list", "--json")
    undone = office.run("import", "--undo", note["origin"])
    assert f"Reports of that time are sealed ({id_} of s 2026-04)" in undone, "so it is when it is taken back"
    assert [one["what"] for one in office.run("audit", "log", "--json")].count("configuration") == 1
    path = office.folder / "wattlas.toml"
    path.write_text(path.read_text().replace("[company]", "[company]\nsolo = true"))
    office.run("report", "prepare", "2026-04", "--site", "s", "--restates", "late")
    seen = [one for one in office.run("audit", "log", "--json") if one["what"] == "configuration"]
    assert (seen[-1]["who"], json.loads(seen[-1]["after"])["solo"]) == ("eve", True)


def test_a_base_year_that_moved_beyond_the_threshold_is_to_be_recalculated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    control = "operational_control = true, financial_control = true, share = 1.0, electricity_scope = 2"
    organisation = f"""
[organisation]
approach = "operational_control"
base_year = 2025
recalculation_threshold = 0.001
entities = [{{ id = "de", name = "GmbH", share = 1.0 }}]
holdings = [{{ site = "s", entity = "de", {control} }}]
"""
    made = Company(tmp_path, POINTS, HEAD + organisation, START - 60.0 * DAY)
    start, end = (at - START for at in period("2025").span(ZoneInfo("Europe/Berlin")))
    late = range(start + 100 * DAY, start + 105 * DAY)
    made.read("s/utility", [(at, 1500.0) for at in range(start, end + 7200, 3600)])
    made.read("s/ups", [(at, 1000.0) for at in range(start, end + 7200, 3600) if at not in late])
    made.keep()
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    service = made.service
    assert main(["report", "2025", "--site", "s", "--format", "xlsx", "--lang", "en", "--out", str(tmp_path)]) == 0
    sheet = load_workbook(tmp_path / "s-2025-en.xlsx")["EU 2024-1364"]
    told = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(told) == len(indicators())
    values = {row[2]: row[4] for row in told}
    assert values["PUE"] == pytest.approx(1.5)
    assert values["SDC"] == "N/A"
    capsys.readouterr()
    report = prepare(service, "company", period("2025"), who="ada")
    made.read("s/ups", [(at, 1000.0) for at in late if at % 3600 == start % 3600])
    made.keep()
    assert main(["report", "diff", report.id, "--json"]) == 0
    found = {row["figure"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["it_energy_kwh"]["change"] < -0.001
    assert found["it_energy_kwh"]["recalculate"] is True
    path = tmp_path / "wattlas.toml"
    path.write_text(path.read_text().replace("threshold = 0.001", "threshold = 0.9"))
    assert main(["report", "diff", report.id, "--json"]) == 0
    assert not any(row["recalculate"] for row in json.loads(capsys.readouterr().out) if row["change"] is not None)
