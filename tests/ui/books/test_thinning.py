"""Thinning as its user sees it: devices by the day, figures as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.company import HEAD, START, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

STORE = """
[store]
raw_retention_months = 1
thin_after_months = 2
"""
TREE = "".join(
    f"""
[[points]]
id = "s/{name}"
role = "{role}"
{f'parent = "{parent}"' if parent else ""}
max_w = 5000.0
interval_s = {{ power = 900 }}
"""
    for name, role, parent in (
        ("utility", "utility", ""),
        ("ups", "ups", "utility"),
        ("pdu", "pdu", "ups"),
        ("srv", "server", "pdu"),
        ("gpu", "component", "srv"),
        ("pump", "cooling", "utility"),
    )
)
WATTS = {"utility": 3000.0, "ups": 2000.0, "pdu": 1900.0, "srv": 800.0, "gpu": 500.0, "pump": 700.0}
DAY_S = 86_400
DAYS = 20  # from 14 March, over the end of the month


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = Company(tmp_path_factory.mktemp("thin"), points=TREE + STORE, head=HEAD, now=START + (DAYS + 1) * DAY_S)
    for name, watts in WATTS.items():
        times = range(0, DAYS * DAY_S, 900)
        made.read(f"s/{name}", [(at, watts + (at // 900 % 7) * 10) for at in times])
    made.keep()
    return made


def figures(company: Company) -> dict[str, Any]:
    first, end = START - 13 * DAY_S - 3600, START + 18 * DAY_S - 7200  # March in Berlin
    kpis = company.service.kpis(site="s", start=first, end=end, names=["facility_energy_kwh", "it_energy_kwh", "pue"])
    return {kpi.name: (kpi.value_reported, kpi.value_measured, kpi.measured) for kpi in kpis}


def qualities(company: Company, point: str, day: int) -> set[object]:
    return {row["quality"] for row in company.rows(point, day * DAY_S, (day + 1) * DAY_S)}


def test_devices_are_thinned_once_they_are_old_and_figures_stay(company: Company) -> None:
    before, energy = figures(company), {name: _energy(company, name) for name in WATTS}
    company.service.upkeep()
    assert qualities(company, "s/srv", 3) == {"measured"}, "nothing is old yet"
    company.now = START + 120 * DAY_S
    company.service.upkeep()
    assert figures(company) == before
    assert {name: _energy(company, name) for name in WATTS} == pytest.approx(energy, rel=1e-9)
    for point in ("s/srv", "s/gpu", "s/pdu"):
        thinned = point != "s/pdu"  # a PDU is no device
        assert qualities(company, point, 3) == ({"estimated"} if thinned else {"measured"})
    for point in ("s/utility", "s/ups", "s/pump"):
        assert qualities(company, point, 3) == {"measured"}
    assert qualities(company, "s/srv", 17) == {"measured"}, "31 March: its last hours are of April in Berlin"
    assert qualities(company, "s/srv", 18) == {"estimated"}
    files = company.service.stores.books.ledger.snapshot().version
    company.service.upkeep()
    assert company.service.stores.books.ledger.snapshot().version == files, "done is done"


def test_late_readings_change_no_thinned_day(company: Company) -> None:
    company.now = START + 120 * DAY_S
    company.service.upkeep()
    before = company.rows("s/srv", 0, DAYS * DAY_S)
    company.read("s/srv", [(3 * DAY_S + 450, 4000.0)])
    assert company.keep().frozen > 0
    company.service.recompute(site="s", start=START + 2 * DAY_S, end=START + 5 * DAY_S)
    assert company.rows("s/srv", 0, DAYS * DAY_S) == before


def _energy(company: Company, name: str) -> float:
    return sum(float(str(row["energy_kwh"])) for row in company.rows(f"s/{name}", DAY_S, (DAYS - 1) * DAY_S))


def test_thinning_what_readings_may_still_change_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wattlas.toml").write_text(HEAD + TREE + "[store]\nthin_after_months = 13\n")
    assert main(["--config", str(tmp_path / "wattlas.toml"), "check"]) == 2
    assert "thin_after_months must be more than raw_retention_months = 13" in capsys.readouterr().err


def test_check_says_what_thinning_leaves(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(company.folder / "wattlas.toml"), "check"]) == 0
    text = capsys.readouterr().out
    assert "Of a year of ledger older than 2 months 0.00 GB stay: devices by the day." in text
