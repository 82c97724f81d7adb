"""The company's figures by scope, by the command line: by control, by equity, of one entity, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.electricity.contracts import Quality
from tests.ui.company import HEAD, START, TREE, Company
from ui.cli import main
from ui.figures.organisation import HOSTED, PARTLY, hosted
from ui.reports.content import report_content
from ui.reports.period import period

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
DAY_OF = ["--from", "2026-03-15", "--to", "2026-03-16"]  # of each site's own clock
SECOND = HEAD.split("[[sites]]")[1].replace('id = "s"', 'id = "colo"').replace("Small site", "Cage")
TREES = (TREE + TREE.replace('"s/', '"colo/')).replace("power = 60", "power = 900")
ORGANISATION = """
[organisation]
approach = "{approach}"
entities = [{{ id = "de", name = "GmbH", share = 1.0 }}, {{ id = "jv", name = "Venture", share = 0.5 }}]
[[organisation.holdings]]
site = "s"
entity = "de"
operational_control = true
financial_control = true
share = 1.0
electricity_scope = 2
[[organisation.holdings]]
site = "colo"
entity = "jv"
operational_control = false
financial_control = false
share = 0.6
electricity_scope = 3
"""

LATER = """
[[organisation.holdings]]
site = "s"
entity = "jv"
operational_control = false
financial_control = false
share = 1.0
electricity_scope = 3
valid_from = 2026-03-15T00:00:00Z
"""


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path, TREES, HEAD + "[[sites]]" + SECOND + ORGANISATION.format(approach="operational_control"))
    for point, watts in {"s/utility": 1500.0, "s/ups": 1000.0, "colo/utility": 1000.0, "colo/ups": 800.0}.items():
        made.steady(point, watts, end=3 * DAY, step=900)
    made.keep()
    return made


def asked(company: Company, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, Any]]:
    assert main(["kpi", *DAY_OF, "--json", "--config", str(company.folder / "wattlas.toml"), *options]) == 0
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)}


def test_a_report_prints_hosted_electricity_under_no_line_of_scope_2(company: Company) -> None:
    march = report_content(company.service, "company", period("2026-03"))
    lines = {(site["id"], row["code"]): row for site in march["sites"] for row in site["frameworks"]}
    assert lines["s", "305-2 location"]["reason"] != HOSTED
    assert (lines["colo", "305-2 location"]["value"], lines["colo", "305-2 location"]["reason"]) == (None, HOSTED)
    company.head = company.head.replace("scope = 2", "scope = 2\nvalid_to = 2026-03-15T00:00:00Z") + LATER
    changed = hosted(company.service, company.service.settings.site("s"), start=START, end=START + 3 * DAY)
    assert changed == PARTLY


def test_each_kwh_is_of_one_scope(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(company, capsys, "--company")
    # 1.5 kW and 1 kW for a day of 24 h
    assert found["scope_2_energy_kwh"]["value"] == pytest.approx(36.0)
    assert found["scope_3_hosted_energy_kwh"]["value"] == pytest.approx(24.0)
    assert found["scope_2_location_kgco2e"]["value"] > 0
    assert "operational_control" in found["scope_2_energy_kwh"]["method"]
    assert "colo is not controlled" in found["scope_1_kgco2e"]["method"]
    site = asked(company, capsys, "--site", "s", "--name", "emissions_location_kgco2e")
    assert found["scope_2_location_kgco2e"]["value"] == site["emissions_location_kgco2e"]["value"]


def test_an_entity_has_its_own_and_equity_its_share(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    of_venture = asked(company, capsys, "--entity", "jv")
    assert of_venture["scope_2_energy_kwh"]["value"] == 0.0
    assert of_venture["scope_3_hosted_energy_kwh"]["value"] == pytest.approx(24.0)
    path = company.folder / "wattlas.toml"
    path.write_text(path.read_text().replace('operational_control"\nentities', 'equity_share"\nentities'))
    by_equity = asked(company, capsys, "--company")
    assert by_equity["scope_3_hosted_energy_kwh"]["value"] == pytest.approx(24.0 * 0.6 * 0.5)


def test_a_site_that_changes_hands_within_the_company_keeps_its_certificates(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    """36 kWh of the day, 40 of certificates: all of it is matched, though the load is not cut evenly at the holding."""
    quality = ", ".join(f"{name} = true" for name in Quality.model_fields)
    lot = '{ id = "GO-1", mwh = 0.04, from = 2026-03-15T04:00:00Z, to = 2026-03-15T23:00:00Z, '
    contract = f"""
[[contracts]]
id = "go"
kind = "certificates"
sites = {{ s = 1.0 }}
zones = ["US"]
technology = "wind"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
quality = {{ {quality} }}
certificates = [{lot}retired_at = 2026-03-20T00:00:00Z }}]
"""
    at = "2026-03-15T05:00:00Z"
    later = LATER.replace("= false", "= true").replace("scope = 3", "scope = 2").replace("2026-03-15T00:00:00Z", at)
    company.head = company.head.replace("scope = 2", f"scope = 2\nvalid_to = {at}", 1) + later + contract
    assert company.service.settings.contracts
    site = asked(company, capsys, "--site", "s", "--name", "emissions_market_kgco2e")["emissions_market_kgco2e"]
    assert site["value"] == 0.0
    assert asked(company, capsys, "--company")["scope_2_market_kgco2e"]["value"] == 0.0
    assert asked(company, capsys, "--entity", "de")["scope_2_market_kgco2e"]["value"] > 0.0


def test_a_site_that_is_nobodys_leaves_no_figure(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    path = company.folder / "wattlas.toml"
    path.write_text(path.read_text().replace("scope = 3", "scope = 3\nvalid_from = 2026-03-15T12:00:00Z"))
    found = asked(company, capsys, "--company")
    assert {row["value"] for row in found.values()} == {None}
    assert "colo belongs to no entity for all of the period" in found["scope_2_energy_kwh"]["reason"]


def test_what_cannot_be_asked_is_told(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    path = company.folder / "wattlas.toml"
    where = [*DAY_OF, "--config", str(path)]
    assert main(["kpi", *where, "--company", "--name", "pue"]) == 2
    assert "speak of all sites" in capsys.readouterr().err
    assert main(["kpi", *where, "--entity", "jvv"]) == 2
    assert 'did you mean "jv"' in capsys.readouterr().err
    path.write_text(path.read_text().split("[organisation]", maxsplit=1)[0] + TREES)
    assert main(["kpi", *where, "--company"]) == 2
    assert "no [organisation]" in capsys.readouterr().err
