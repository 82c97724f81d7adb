"""Every figure that a report prints is found again, of a sealed one after its readings are gone."""

from __future__ import annotations

import json
from math import isclose
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from tests.ui.company import HEAD, START, Company
from tests.ui.reports.office import POINTS
from ui.cli import main
from ui.exports.files import files
from ui.reports.content import report_content
from ui.reports.kept import content_of
from ui.reports.period import period
from ui.reports.sealing import prepare, seal, sign, verify
from ui.reports.tracing import names_of, of_report, report_trace, traces

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.reports import Report

DAY = 86_400
YEARS = 5 * 366 * DAY
SECOND = """
[[sites]]
id = "t"
name = "Shanghai"
zone = "US"
time_zone = "Asia/Shanghai"
currency = "EUR"
pue_category = 1
factor_year = "latest_published"
[organisation]
approach = "operational_control"
[[organisation.entities]]
id = "own"
name = "Own"
share = 1.0
[[organisation.holdings]]
site = "s"
entity = "own"
operational_control = true
financial_control = true
share = 1.0
electricity_scope = 2
[[organisation.holdings]]
site = "t"
entity = "own"
operational_control = true
financial_control = true
share = 1.0
electricity_scope = 2
[[points]]
id = "t/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 3600 }
valid_from = "2026-04-10T00:00:00Z"
[[points]]
id = "t/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 3600 }
valid_from = "2026-04-10T00:00:00Z"
"""


DRAFTED = (
    "company/facility_energy_kwh",
    "company/scope_2_location_kgco2e",
    "s/pue",
    "t/it_energy_kwh",
    "t/GRI 302-1 c",
)


class Sealed:
    """A company of two sites, the second one opened within the month, and its sealed report of April."""

    def __init__(self, company: Company) -> None:
        times = range(0, 55 * DAY, 3600)
        for site in ("s", "t"):
            since = 27 * DAY if site == "t" else 0
            company.read(f"{site}/utility", [(at, 1500.0) for at in times if at >= since])
            company.read(f"{site}/ups", [(at, 1000.0) for at in times if at >= since])
        company.keep()
        self.company, service = company, company.service
        report = prepare(service, "company", period("2026-04"), who="ada")
        self.draft = {name: list(of_report(service, report.id, name)) for name in DRAFTED}
        for step in ("reviewed", "approved"):
            sign(service, report.id, step, who="ada")
        self.report = seal(service, report.id, who="ada", render=lambda *_: {})
        days = [name for name in names_of(self.content(report)) if "@2026-04" in name]
        self.names = [name for name in names_of(self.content(report)) if "@" not in name] + days[:: len(days) // 12]
        self.traces = {name: list(of_report(service, report.id, name)) for name in self.names}

    def content(self, report: Report) -> dict[str, Any]:
        return content_of(self.company.service, report)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    head = HEAD.replace("[company]", "[company]\nsolo = true")
    return Sealed(Company(tmp_path_factory.mktemp("traces"), POINTS + SECOND, head=head, now=START + 60.0 * DAY))


def printed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row["name"]: row["value"] for row in rows if row["kind"] in {"figure", "line"}}


def test_every_printed_figure_is_found_and_the_company_is_the_sum_of_its_sites(sealed: Sealed) -> None:
    content = sealed.content(sealed.report)
    assert len(sealed.traces) > 60
    for name, rows in sealed.traces.items():
        assert name in printed(rows), name
    of_sites = {f"{part['id']}/{one['name']}": one for part in content["sites"] for one in part["figures"]}
    for one in content["company_figures"]:
        trace = sealed.traces[f"company/{one['name']}"]
        parts = [row for row in trace if row["kind"] == "part"]
        assert parts or not one["value"], one["name"]
        if one["value"] and one["unit"] != "1":
            assert isclose(sum(part["value"] * part["weight"] for part in parts), one["value"]), one["name"]
            assert {row["kind"] for row in trace} >= {"formula", "point"}, "the sites' own traces follow"
        assert all(part["value"] == of_sites[part["name"]]["value"] for part in parts)


def test_points_are_counted_over_the_time_that_the_amount_speaks_of(sealed: Sealed) -> None:
    (point,) = [row for row in sealed.draft["t/it_energy_kwh"] if row["kind"] == "point"]
    (figure,) = [row for row in sealed.draft["t/it_energy_kwh"] if row["kind"] == "figure"]
    assert (point["start"], point["end"]) == ("2026-04-10T00:00:00Z", "2026-04-30T16:00:00Z")
    assert point["readings"] == 20 * 24 + 16, "those of the days since it is there"
    assert point["energy_kwh"] == pytest.approx(figure["value"])
    assert (point["measured"], point["missing"]) == pytest.approx((1.0, 0.0))


def test_a_day_and_a_month_are_found_again_in_what_was_sealed(sealed: Sealed) -> None:
    def traced(name: str, report: str) -> list[dict[str, Any]]:
        return list(of_report(sealed.company.service, report, name))

    day = traced("s/facility_energy_kwh@2026-04-07", sealed.report.id)
    assert (day[0]["value"], day[0]["start"]) == (pytest.approx(36.0), "2026-04-06T22:00:00Z")
    (point,) = [row for row in day if row["kind"] == "point"]
    assert (point["rows"], point["energy_kwh"], point["missing"]) == (96, pytest.approx(36.0), 0.0)
    (of_books,) = [row for row in traced("s/facility_energy_kwh@2026-04-07", "2026-04") if row["kind"] == "point"]
    assert of_books["energy_kwh"] == pytest.approx(36.0)
    before = traced("s/facility_energy_kwh@2026-03", sealed.report.id)
    assert "point" in {row["kind"] for row in before}, "of the trend the books tell"
    assert "note" not in {row["kind"] for row in before}
    for name in ("s/facility_energy_kwh@2026-05-01", "company/pue@2026-04-07", "s/cue@2026-04-07"):
        with pytest.raises(InputError, match=f"prints no {name.partition('@')[0]} of 2026-0"):
            traced(name, sealed.report.id)


def test_a_sealed_report_answers_when_readings_are_gone(sealed: Sealed) -> None:
    company = sealed.company
    for company.now in (START + 61.0 * DAY, START + float(YEARS)):
        company.service.ship()
    company.service.upkeep()
    service = company.service
    assert service.stores.archive.read(["s/ups"], None, START, START + 50 * DAY).num_rows == 0, "raw readings expired"
    for name, before in sealed.traces.items():
        assert list(of_report(service, sealed.report.id, name)) == before, name
    for name, before in sealed.draft.items():
        assert json.loads(json.dumps(before)) == sealed.traces[name], "sealed as it was read from the books"
    assert all(row["ok"] for row in verify(service, sealed.report))
    company.now = START + 60.0 * DAY


def test_the_seal_holds_counts_and_hashes_of_readings(sealed: Sealed) -> None:
    rows = verify(sealed.company.service, sealed.report)
    assert {"traces.json", "readings-s.json", "readings-t.json"} <= {row["file"] for row in rows}


def test_the_command_finds_figures_of_reports_and_drafts(
    sealed: Sealed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTLAS_CONFIG", str(sealed.company.folder / "wattlas.toml"))
    id_ = sealed.report.id

    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["trace", *words]) == code
        return "".join(capsys.readouterr())

    assert json.loads(run(id_, "s/pue", "--json"))[0]["name"] == "s/pue"
    assert json.loads(run(id_, "s/GRI 302-1 c", "--json"))[0]["unit"] == "GJ"
    assert "no conversion factor" in json.loads(run(id_, "s/China tce", "--json"))[0]["text"]
    assert json.loads(run("2026-04", "it_energy_kwh", "--site", "s", "--json"))[0]["name"] == "s/it_energy_kwh"
    assert "write one of s/wue, t/wue" in run(id_, "wue", code=2)
    assert 'the report prints no figure "pu"; did you mean "pue"' in run(id_, "pu", code=2)
    assert "leave --site out" in run(id_, "pue", "--site", "s", code=2)
    assert "a report has its own period" in run(id_, "pue", "--from", "2026-04", code=2)
    assert "say when" in run("pue", code=2)
    assert "is no report" in run("abc", "pue", code=2)


def test_a_figure_that_is_not_printed_is_refused(sealed: Sealed) -> None:
    content = report_content(sealed.company.service, "s", period("2026-04"))
    with pytest.raises(InputError, match="prints no figure"):
        list(report_trace(sealed.company.service, content, "t/pue"))
    assert files(content, None, formats=["json"])


def test_a_value_of_the_year_before_is_found_again_and_sealed(tmp_path: Path) -> None:
    made = Company(tmp_path, POINTS, head=HEAD.replace("[company]", "[company]\nsolo = true"), now=START + 60.0 * DAY)
    for since in (17 * DAY, 17 * DAY - 365 * DAY):
        times = range(since, since + 32 * DAY, 3600)
        made.read("s/utility", [(at, 1500.0) for at in times])
        made.read("s/ups", [(at, 1000.0) for at in times])
    made.keep()
    service = made.service
    report = prepare(service, "s", period("2026-04"), who="ada")
    drafted = list(of_report(service, report.id, "pue@year_before"))
    assert drafted[0]["value"] == pytest.approx(1.5)
    assert drafted[0]["start"].startswith("2025-03-31")
    assert {"s/utility", "s/ups"} <= {row["name"] for row in drafted if row["kind"] == "point"}
    for step in ("reviewed", "approved"):
        sign(service, report.id, step, who="ada")
    sealed = seal(service, report.id, who="ada", render=lambda *_: {})
    assert list(of_report(service, sealed.id, "s/pue@year_before")) == drafted, "from the seal's own evidence"
    content = content_of(service, sealed)
    assert "s/pue@year_before" in names_of(content)
    content["company_figures"] = [{"name": "pue", "section": "sums"}]
    with pytest.raises(InputError, match="without a value of the year before"):
        list(report_trace(service, content, "company/pue@year_before"))


def test_the_lines_of_the_eu_sheet_lead_to_figures_lines_and_records(tmp_path: Path) -> None:
    made = Company(tmp_path, POINTS, head=HEAD, now=START + 60.0 * DAY)
    made.read("s/utility", [(at, 1500.0) for at in range(0, 3 * DAY, 3600)])
    made.keep()
    service = made.service
    content = report_content(service, "s", period("2026"))
    record: dict[str, Any] = {
        "id": "r1",
        "kind": "eed_fact",
        "subject": "SCR",
        "from": "2026-01-01",
        "to": "2026-12-31",
        "text": "",
    }
    record |= {"value": 120.0, "unit": "m2", "entered_by": "ada", "approved_by": "bob"}
    content["sites"][0]["records"].append(record)

    def traced(name: str) -> list[dict[str, Any]]:
        return list(report_trace(service, content, name))

    assert [row["name"] for row in traced("EU III.a PUE") if row["kind"] == "part"] == [
        "s/EU II.1.d EDC",
        "s/EU II.1.e EIT",
    ]
    assert "s/utility" in {row["name"] for row in traced("s/EU II.1.d EDC")}
    assert "s/utility" not in {row["name"] for row in traced("s/EU II.1.d EDC-BG")}, "no generator"
    assert "120 m2, entered by ada, approved by bob" in traced("EU II.1.c SCR")[1]["text"]
    assert traced("EU I.1.a DC_NAME")[1]["text"].startswith("site file")
    names = [name for name in names_of(content) if "/EU " in name]
    assert len(names) == len(set(names)) == len(content["sites"][0]["eed"])
    kept = json.loads(traces(service, content))["traces"]
    assert kept.keys() >= set(names)
