"""A month's report as its people make it: files, checks, three signatures, seal."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from jsonschema import validate
from openpyxl import load_workbook

from collectors.store.evidence import FOLDER
from config.errors import InputError
from tests.ui.reports.office import LATE, Office
from ui.exports.layout import layout
from ui.exports.pdf import pdf
from ui.reports.kept import content_of
from ui.reports.period import period

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, capsys, monkeypatch)


def test_every_file_says_the_same_and_a_second_time_the_same_bytes(office: Office) -> None:
    for out in ("one", "two"):
        office.run("report", "2026-04", "--site", "s", "--out", str(office.folder / out))
    names = sorted(file.name for file in (office.folder / "one").iterdir())
    assert names == [f"s-2026-04{end}" for end in ("-en.pdf", "-en.xlsx", "-zh.pdf", "-zh.xlsx", ".csv", ".json")]
    latin = layout(json.loads((office.folder / "one" / "s-2026-04.json").read_text()), None, "en")
    assert not re.search("[\u2e80-\uffef]", json.dumps(latin, ensure_ascii=False)), "English needs no Chinese font"
    for name in names:
        assert (office.folder / "one" / name).read_bytes() == (office.folder / "two" / name).read_bytes(), name
    content = json.loads((office.folder / "one" / "s-2026-04.json").read_text())
    validate(content, json.loads(office.run("report", "schema")))
    figures = {row["name"]: row for row in content["sites"][0]["figures"]}
    shown = office.run("kpi", "--from", "2026-04", "--name", "pue", "--name", "it_energy_kwh", "--json")
    for row in shown:
        assert figures[row["name"]]["value"] == row["value"]
        assert figures[row["name"]]["low"] == row["low"]
    rows = csv.DictReader(io.StringIO((office.folder / "one" / "s-2026-04.csv").read_text()))
    assert {row["name"]: row["value"] for row in rows}["pue"] == str(figures["pue"]["value"])
    book = load_workbook(office.folder / "one" / "s-2026-04-en.xlsx")
    head, *cells = book["Figures"].iter_rows(values_only=True)
    by_name = {row[2]: dict(zip(head, row, strict=True)) for row in cells}
    assert by_name["PUE"]["value"] == figures["pue"]["value"]
    hours = list(book["Hours, mean W"].iter_rows(min_row=2, values_only=True))
    assert len(hours) == 30 * 24
    assert sum(row[2] is None for row in hours) >= len(LATE) // 3600, "a gap stays a gap"
    assert {row[2] for row in hours} == {1500.0, None}
    assert [row[1] for row in hours] == [row["start"] for row in content["sites"][0]["hourly"]]
    months = list(book["Last twelve months"].iter_rows(min_row=2, values_only=True))
    assert [row["start"] for row in content["sites"][0]["trend"]] == [row[1] for row in months]
    assert [row[3] for row in months] == [None, figures["facility_energy_kwh"]["value"]], (
        "March was seen for half of it"
    )
    behind = {row[1:4] for row in book["Lineage"].iter_rows(min_row=2, values_only=True)}
    assert ("it_energy_kwh", "point", "s/ups") in behind
    assert not [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    assert (office.folder / "one" / "s-2026-04-en.pdf").read_bytes().startswith(b"%PDF-")
    assert len(content["sites"][0]["course"]) == 30


def test_three_people_sign_and_a_seal_never_changes(office: Office) -> None:
    (one,) = office.run("report", "prepare", "2026-04", "--site", "s", "--json")
    again = office.run("report", "prepare", "2026-04", "--site", "s", "--json")
    assert again == [one], "the same content is the same report"
    id_ = one["id"]
    assert "ada took a step of report" in office.run("report", "review", id_, code=2)
    assert "it has to be reviewed next" in office.run("report", "approve", id_, code=2)
    office.person("bob")
    office.run("report", "review", id_)
    assert "another person must do this one" in office.run("report", "approve", id_, code=2)
    assert "only an approved one can be sealed" in office.run("report", "seal", id_, code=2)
    office.person("cyd")
    office.run("report", "approve", id_)
    (sealed,) = office.run("report", "seal", id_, "--json")
    assert (sealed["state"], sealed["prepared_by"], sealed["approved_by"]) == ("sealed", "ada", "cyd")
    assert "is sealed" in office.run("report", "review", id_, code=2)
    assert all(row["ok"] for row in office.run("report", "verify", id_, "--json"))
    assert "say the same" in office.run("report", "diff", id_)
    before = office.run("report", "2026-04", "--site", "s", "--format", "json", "--out", str(office.folder / "a"))
    kept = (office.folder / "a" / "s-2026-04.json").read_bytes()

    office.late_readings()
    found = {row["figure"]: row for row in office.run("report", "diff", id_, "--json")}
    assert found["it_energy_kwh"]["before"] is not None
    assert found["it_energy_kwh"]["now"] == pytest.approx(720.0)
    causes = found["it_energy_kwh"]["causes"]
    assert any("ledger rows of s/ups were revised since: readings" in text for text in causes), causes
    assert "Causes: " in office.run("report", "diff", id_)
    assert (
        office.run("report", "2026-04", "--site", "s", "--format", "json", "--out", str(office.folder / "a")) == before
    )
    assert (office.folder / "a" / "s-2026-04.json").read_bytes() == kept, "what is sealed stays"
    assert "is sealed: give --restates" in office.run("report", "prepare", "2026-04", "--site", "s", code=2)
    (new,) = office.run("report", "prepare", "2026-04", "--site", "s", "--restates", "late readings", "--json")
    assert (new["restates"], new["why"]) == (id_, "late readings")
    content = content_of(office.company.service, office.company.service.stores.state.reports.get(new["id"]))
    validate(content, json.loads(office.run("report", "schema")))
    laid = layout(content, None, "en")["restated"]
    assert id_ in laid["title"]
    assert ["s: IT energy", "734\N{NO-BREAK SPACE}kWh", "720\N{NO-BREAK SPACE}kWh"] in [row[:3] for row in laid["rows"]]
    assert any("were revised since: readings" in text for text in laid["causes"])
    assert len(office.run("report", "list", "--json")) == 2
    assert office.company.service.stores.state.audit.verify() is None


def test_books_that_changed_since_preparation_are_not_signed(office: Office) -> None:
    (one,) = office.run("report", "prepare", "2026-04", "--site", "s", "--json")
    office.late_readings()
    office.person("bob")
    assert "the books changed since report" in office.run("report", "review", one["id"], code=2)


def test_a_changed_configuration_is_named_as_the_cause(office: Office) -> None:
    id_ = office.sealed()
    path = office.folder / "wattlas.toml"
    path.write_text(path.read_text().replace("max_w = 3000.0", "max_w = 2500.0"))
    causes = office.run("report", "diff", id_, "--json")[0]["causes"]
    assert any("the configuration changed from" in text for text in causes)


def test_an_auditor_gets_everything_in_one_file_and_sees_damage(office: Office) -> None:
    (office.folder / "note.txt").write_bytes(b"5 L")
    row = ["--kind", "fuel", "--site", "s", "--subject", "eu-mrr-per-litre:diesel:CO2", "--unit", "L", "--value", "5"]
    row += ["--from", "2026-04-01", "--to", "2026-04-30", "--evidence", str(office.folder / "note.txt")]
    gas = ["--kind", "fuel", "--site", "s", "--subject", "epa:natural_gas:CO2", "--unit", "m^3", "--value", "0"]
    office.run("records", "add", *gas, "--from", "2026-04-01", "--to", "2026-04-30")
    (record,) = office.run("records", "add", *row, "--json")
    office.person("bob")
    office.run("records", "approve", "all")
    office.person("ada")
    id_ = office.sealed()
    pack = office.folder / "april.zip"
    office.run("report", "pack", id_, str(pack))
    with zipfile.ZipFile(pack) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.read(f"records/{record['id']}-v1-note.txt") == b"5 L"
        lines = {row["code"]: row for row in json.loads(archive.read("report.json"))["sites"][0]["frameworks"]}
    assert lines["E1-5 fuel"]["value"] == pytest.approx(5 * 35.776 / 3600, rel=1e-6)  # MWh, gas of 0 m3 needs no value
    assert lines["302-1 a"]["value"] == pytest.approx(5 * 38.6 / 1000, rel=1e-6)  # GJ
    assert {"report.json", "configuration.json", "ledger-s.parquet", "audit-log.jsonl", "s-2026-04-en.pdf"} <= names
    office.run("report", "2026-04", "--site", "s", "--out", str(office.folder / "out"))
    assert not list((office.folder / "out").glob("*note*")), "what proves a record is in the pack alone"
    assert "overwrites nothing" in office.run("report", "pack", id_, str(pack), code=2)
    victim = office.folder / "data" / FOLDER / manifest["files"]["ledger-s.parquet"]
    victim.write_bytes(b"forged")
    rows = {row["file"]: row for row in office.run("report", "verify", id_, "--json", code=1)}
    assert "was changed after it was kept" in rows["ledger-s.parquet"]["text"]
    victim.unlink()
    assert "cannot be read" in office.run("report", "pack", id_, str(office.folder / "b.zip"), code=2)


def test_what_blocks_a_signature_is_told_with_its_remedy(office: Office) -> None:
    assert "the period is not over" in office.run("report", "prepare", "2026-05", "--site", "s", code=2)
    words = ["--kind", "fuel", "--site", "s", "--subject", "eu-mrr-per-litre:diesel:CO2", "--unit", "L", "--value", "5"]
    office.run("records", "add", *words, "--from", "2026-04-01", "--to", "2026-04-30")
    assert "1 records and 0 estimates of the period wait" in office.run("report", "prepare", "2026-04", code=2)
    levels = {row["name"]: row["level"] for row in office.run("report", "check", "2026-04", "--json")}
    assert (levels["approvals"], levels["log"]) == ("blocks", "ok")
    with closing(sqlite3.connect(office.folder / "data" / "state.sqlite")) as state, state:
        state.execute("INSERT INTO record_approval SELECT id, 1, 'bob', 1, 0 FROM record")
    assert "approved as it stands: it was written past Wattlas" in office.run("report", "prepare", "2026-04", code=2)
    assert "was written past Wattlas" in office.run("audit", "verify", code=2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["2026-13"], '"2026-13" is no period of a report'),
        (["2026-04", "--site", "x"], '"x" is no subject of a report'),
        (["2026-04", "--format", "doc"], '--format "doc" is none of a report'),
        (["2026-04", "--lang", "fr"], '--lang "fr" is none of a report'),
        (["verify", "nope"], '"nope" is no report'),
    ],
)
def test_what_is_no_report_is_told(office: Office, words: list[str], told: str) -> None:
    assert told in office.run("report", *words, code=2)


def test_a_quarter_of_the_company_goes_by_month(office: Office) -> None:
    office.run("report", "2026-Q2", "--format", "json", "--out", str(office.folder))
    content = json.loads((office.folder / "company-2026-Q2.json").read_text())
    validate(content, json.loads(office.run("report", "schema")))
    assert [row["start"][:7] for row in content["sites"][0]["course"]] == ["2026-03", "2026-04"]
    assert {row["name"] for row in content["company_figures"]} >= {"facility_energy_kwh", "pue"}


def test_periods() -> None:
    assert (str(period("2026-Q3").first), str(period("2026-Q3").end)) == ("2026-07-01", "2026-10-01")
    assert (period("2026").months, str(period("2026").end)) == (12, "2027-01-01")
    assert (period("2026-01").year_before().label, str(period("2026-01").year_before().end)) == (
        "2025-01",
        "2025-02-01",
    )


def test_a_machine_without_a_chinese_font_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        def families(self) -> list[str]:
            return ["Libertinus Serif"]

    monkeypatch.setattr("ui.exports.pdf._machine_fonts", Bare)
    from datetime import UTC, datetime

    with pytest.raises(InputError, match="no Chinese font: install fonts-noto-cjk"):
        pdf({"lang": "zh", "title": "报告"}, at=datetime(2026, 1, 1, tzinfo=UTC))
