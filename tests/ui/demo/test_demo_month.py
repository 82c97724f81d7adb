"""A month of the demo company, completed from templates alone: nothing is left to do, and every door says the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.api.asgi import Client
from tests.ui.company import instant
from tests.ui.pages.pages import SEEN, Held, cells, draw
from ui import format as fmt
from ui.api.app import api
from ui.cli import main
from ui.demo import company as demo
from ui.demo.company import demo_site_file, make_history
from ui.exports.files import files
from ui.records.entering import approve_records, import_records, template_rows
from ui.records.todo import todo_rows
from ui.reports.content import report_content
from ui.reports.period import period
from ui.service import Service, open_service
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Row = dict[str, Any]

NOW = instant("2026-04-09T00:00:00Z")  # the last lot of March is retired by then
MARCH = period("2026-03")
OWN = {"section", "year_before", "year_before_reason", "change"}  # what a report adds to a figure
DIESEL = "eu-mrr-per-litre:diesel:CO2"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "HISTORY_S", 40 * 86_400)
        service = replace(open_service(demo_site_file(folder), folder / "data"), now=lambda: NOW)
        make_history(service)
        service.ship()
    return service


def left(service: Service) -> list[dict[str, Any]]:
    return [row for site in service.settings.sites for row in todo_rows(service, site, "2026-03")]


def filled(service: Service, row: dict[str, str], told: dict[str, Any]) -> dict[str, str]:
    """A template's row as its clerk fills it in: bills follow the meters, 12 L of diesel for 3 hours."""
    if row["kind"] == "invoice_electricity":
        site = service.settings.site(row["site"])
        (bought,) = service.kpis(site=site.id, start=told["start"], end=told["end"], names=["bought_energy_kwh"])
        return row | {"subject": told["subject"], "value": str(round((bought.value or 0.0) * 1.005, 1))}
    if row["kind"] == "genset_hours":
        return row | {"subject": told["subject"], "value": "3"}
    return row | {"subject": DIESEL, "value": "12"}


def test_a_month_is_completed_from_templates_alone(company: Service, tmp_path: Path) -> None:
    wanted = left(company)
    assert {row["kind"] for row in wanted} == {"fuel", "genset_hours", "invoice_electricity"}
    blocked = [row for row in report_content(company, "company", MARCH)["checks"] if row["level"] == "blocks"]
    assert blocked == []
    rows = []
    for told in wanted:
        head, blank = template_rows([told["site"]], [told["kind"]], month=MARCH.first)
        zone_span = {"start": instant("2026-03-01T00:00:00Z"), "end": instant("2026-04-01T00:00:00Z"), **told}
        rows.append(filled(company, dict(zip(head, blank, strict=True)), zone_span))
    file = tmp_path / "march.csv"
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = import_records(company, file, who="ana")
    assert len(found) == len(wanted)
    assert {row["do"] for row in left(company)} == {"approve"}
    start, end = instant("2026-03-01T00:00:00+01:00"), instant("2026-04-01T00:00:00+02:00")
    scope_1: dict[str, Any] = {"site": "fra1", "start": start, "end": end, "names": ["emissions_scope_1_kgco2e"]}
    (before,) = company.kpis(**scope_1)
    assert before.value is None, "what nobody approved is in no figure"
    approve_records(company, [one.id for one in found], who="bob")
    assert left(company) == []
    (after,) = company.kpis(**scope_1)
    assert after.value == pytest.approx(12 * 2.651, rel=1e-3)
    content = report_content(company, "fra1", MARCH)
    printed = {row["name"]: row["value"] for row in content["sites"][0]["figures"]}
    assert printed["emissions_scope_1_kgco2e"] == after.value
    assert {row["kind"] for row in content["sites"][0]["records"]} == {"fuel", "genset_hours", "invoice_electricity"}


@pytest.fixture(scope="module")
def report(company: Service) -> Row:
    return report_content(company, "fra1", MARCH)


def figures(report: Row) -> dict[str, Row]:
    (site,) = report["sites"]
    return {row["name"]: {key: value for key, value in row.items() if key not in OWN} for row in site["figures"]}


def by_api(company: Service, names: Mapping[str, Row]) -> dict[str, Row]:
    _, text = company.stores.state.tokens.create(
        name="same", scopes=["kpis"], site="fra1", expires_at=None, who="ann", at=int(company.now())
    )
    client = Client(api(Held(company), ["127.0.0.1"]), text)  # type: ignore[arg-type]  # asks for no more of it
    wanted = "".join(f"&name={name}" for name in names)
    answer = client.get(f"/api/v1/kpis?from=2026-03&site=fra1&limit=1000{wanted}")
    assert answer.status == 200
    return {row["name"]: row for row in answer.json["items"]}


def by_command(company: Service, names: Mapping[str, Row], capsys: pytest.CaptureFixture[str]) -> dict[str, Row]:
    place = ["--config", str(company.settings.path), "--data", str(company.settings.store.data)]
    wanted = [word for name in names for word in ("--name", name)]
    assert main([*place, "kpi", "--from", "2026-03", "--site", "fra1", *wanted, "--json"]) == 0
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)}


def test_api_command_and_report_give_the_same_rows(
    company: Service, report: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    said = figures(report)
    assert sum(row["value"] is not None for row in said.values()) > 10
    assert by_api(company, said) == said
    assert by_command(company, said, capsys) == said


def test_the_page_prints_them_to_the_last_digit(company: Service, report: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, company, "reports", subject="fra1", month="2026-03")
    assert not app.exception
    shown = {row[0]: row[1:3] for row in cells(app) if len(row) > 2}
    for name, row in figures(report).items():
        printed = [fmt.quantity(row["value"], row["unit"]), fmt.bounds(row["low"], row["high"], row["unit"])]
        assert shown[t(f"figures.{name}", "en")] == [one.translate(SEEN) for one in printed], name


def test_the_files_hold_them_whole(report: Row) -> None:
    made = files(report, None, formats=["csv", "json"], langs=["en"])
    (text,) = (
        raw.decode("utf-8-sig") for name, raw in made.items() if name.endswith(".csv") and "contracts" not in name
    )
    (whole,) = (json.loads(raw) for name, raw in made.items() if name.endswith(".json"))
    assert figures(whole) == figures(report)
    values = {row["name"]: row["value"] for row in csv.DictReader(io.StringIO(text))}
    for name, row in figures(report).items():
        assert (float(values[name]) if values[name] else None) == row["value"], name
