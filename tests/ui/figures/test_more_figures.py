"""Figures of few sites by the command line: other carriers, source water, upstream, hardware, zones, traces."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from config.records.rows import Entry
from tests.ui.company import HEAD, Company
from ui.cli import main
from ui.figures.named import FIGURES

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 900 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 900 }
[[points]]
id = "s/hall"
role = "pdu"
parent = "ups"
max_w = 2000.0
interval_s = { power = 900 }
[[points]]
id = "s/a"
role = "server"
parent = "hall"
max_w = 2000.0
interval_s = { power = 900, utilisation = 900 }
[[points]]
id = "s/chiller"
role = "cooling"
parent = "utility"
max_w = 1000.0
interval_s = { power = 900 }
[[points]]
id = "s/loop"
role = "heat_removed"
max_w = 5000.0
interval_s = { power = 900 }
[[points]]
id = "s/city"
role = "water"
interval_s = { water = 900 }
"""
FACTORS = """id,zone,year,value,unit,basis,scope,source,licence
d,XT,2026,400,gCO2e/kWh,average,direct,Office,CC0
u,XT,2026,50,gCO2e/kWh,average,upstream,Office,CC0
l,XT,2026,5,percent,average,grid_loss,Office,CC0
w,XT,2026,2,L/kWh,average,water,Office,CC0
"""
POWERS = {"s/utility": 1500.0, "s/ups": 1000.0, "s/hall": 900.0, "s/a": 800.0, "s/chiller": 300.0, "s/loop": 1200.0}
DAY_OF = ["--from", "2026-03-15", "--to", "2026-03-16", "--json"]  # of the site's own clock


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "own.csv").write_text(FACTORS)
    head = HEAD.replace('currency = "EUR"', 'currency = "EUR"\nhardware_lifetime_years = 4', 1)
    head = head.replace('zone = "US"', 'zone = "XT"\ncarriers = ["chilled_water"]')
    made = Company(tmp_path, POINTS, head + '[factors]\nfiles = ["own.csv"]\n')
    for point, watts in POWERS.items():
        made.steady(point, watts, end=3 * DAY, step=900)
    made.read("s/a", [(at, 0.4) for at in range(0, 3 * DAY, 900)], metric="utilisation")
    made.read("s/city", [(at, 0.45) for at in range(0, 3 * DAY, 900)], metric="water")
    made.keep()
    return made


def run(company: Company, capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
    folder = company.folder
    capsys.readouterr()
    assert main([*argv, "--config", str(folder / "wattlas.toml"), "--data", str(folder / "data")]) == code
    out, err = capsys.readouterr()
    return json.loads(out) if code == 0 else err


def approve(company: Company, kind: str, subject: str, amount: float, unit: str, days: tuple[date, date]) -> None:
    records = company.service.stores.state.records
    entry = Entry(
        kind=kind, site="s", subject=subject, start=days[0], end=days[1], value=amount, unit=unit, amount=amount
    )
    (saved,) = records.add([entry], who="ana", at=int(company.now))
    records.approve([saved.id], who="ben", at=int(company.now), solo=False)


def figure(company: Company, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = run(company, capsys, "kpi", *DAY_OF, "--name", name)
    return found[0]


def test_figures_of_few_sites(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    def value(name: str) -> float:
        found = figure(company, capsys, name)
        assert found["reason"] is None, found["reason"]
        assert isinstance(found["value"], float)
        return found["value"]

    assert value("cer") == pytest.approx(4.0)  # 1,200 W of heat for 300 W
    assert value("iteusv") == pytest.approx(40.0)
    # 0.45 L a quarter are 1.8 L/h for 1 kWh of IT; the mix takes 2 L/kWh at a PUE of 1.5
    assert value("wue") == pytest.approx(1.8)
    assert value("wue_with_source") == pytest.approx(1.8 + 1.5 * 2)
    # 36 kWh: 50 g upstream and 400 x 0.05 / 0.95 g lost on the way
    assert value("emissions_upstream_kgco2e") == pytest.approx(36 * (0.05 + 0.4 * 0.05 / 0.95))
    assert "chilled_water is in pue_mixed" in figure(company, capsys, "pue")["method"]
    assert "all-electric" in figure(company, capsys, "pue_category_0")["reason"]


def test_records_that_figures_need(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no approved record of chilled_water" in figure(company, capsys, "pue_mixed")["reason"]
    assert "no approved record of hardware" in figure(company, capsys, "emissions_embodied_kgco2e")["reason"]
    march = (date(2026, 3, 1), date(2026, 4, 1))
    approve(company, "other_energy", "chilled_water", 31 * 7.2, "kWh", march)
    approve(company, "hardware", "rack", 1000.0, "kgCO2e", (date(2026, 1, 1), date(2026, 1, 2)))
    mixed = figure(company, capsys, "pue_mixed")
    assert mixed["value"] == pytest.approx(1.5 * (36 + 7.2) / 36)
    assert "7.2 kWh of chilled_water x 1: plain kWh" in mixed["method"]
    assert figure(company, capsys, "emissions_embodied_kgco2e")["value"] == pytest.approx(24 * 0.0285388, rel=1e-5)
    part = run(company, capsys, "kpi", "--from", "2026-03-15T01:00", "--to", "2026-03-15T02:00", "--json",
               "--name", "pue_mixed")  # fmt: skip
    assert "whole days" in part[0]["reason"]


def test_a_zone_has_a_partial_pue(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(company, capsys, "kpi", *DAY_OF, "--zone", "hall", "--category", "3")
    assert [one["name"] for one in found] == ["ppue", "facility_energy_kwh", "it_energy_kwh"]
    assert [one["value"] for one in found] == [
        pytest.approx(900 / 800),
        pytest.approx(0.9 * 24),
        pytest.approx(0.8 * 24),
    ]
    assert "zone fed by s/hall" in found[0]["method"]
    assert "leave --name" in run(company, capsys, "kpi", *DAY_OF, "--zone", "hall", "--name", "pue", code=2)
    assert "nowhere" in run(company, capsys, "kpi", *DAY_OF, "--zone", "nowhere", code=2)


def test_the_records_behind_a_figure_are_traced(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    approve(company, "hardware", "rack", 1000.0, "kgCO2e", (date(2026, 1, 1), date(2026, 1, 2)))
    rows = run(company, capsys, "trace", "emissions_embodied_kgco2e", "--site", "s", *DAY_OF)
    (found,) = (row for row in rows if row["kind"] == "record")
    assert (found["of"], found["entered_by"], found["approved_by"]) == ("hardware", "ana", "ben")
    assert found["text"].endswith("entered by ana, approved by ben")


def test_every_figure_can_be_traced(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    for name in FIGURES:
        rows = run(company, capsys, "trace", name, "--site", "s", *DAY_OF)
        assert rows[0]["name"] == name
        assert any(row["kind"] == "formula" and row["text"] for row in rows), name


def test_category_0_of_an_all_electric_site(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.head = company.head.replace('carriers = ["chilled_water"]', "")
    _ = company.service
    found = figure(company, capsys, "pue_category_0")
    assert math.isclose(found["value"], 1.5)
    assert figure(company, capsys, "pue_mixed")["reason"].startswith("the site file names no carriers")


def test_a_factor_that_is_lacking_is_named(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    (company.folder / "own.csv").write_text(
        FACTORS.splitlines()[0] + "\nr,XT,2026,600,gCO2e/kWh,residual,direct,Office,CC0\n"
    )
    lacking = figure(company, capsys, "emissions_upstream_kgco2e")["reason"]
    assert "no upstream factor of XT for 2026" in lacking
    assert "no grid loss share of XT for 2026" in lacking
    assert "No direct average factor of XT" in lacking
    assert "no water factor of XT" in figure(company, capsys, "wue_with_source")["reason"]
