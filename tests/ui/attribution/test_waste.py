"""The waste finder: what it tells of a small hall, and what it keeps quiet about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.attribution.desk import HOUR, PERIOD, POINTS, Desk

if TYPE_CHECKING:
    from pathlib import Path

JOBS = """id,start,end,nodes,team,cpus,gpus,gpu_use,cpu_use
1,2026-03-14T00:00:00Z,2026-03-14T01:00:00Z,n1,red,8,1,0.1,
2,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,n2,blue,4,,,0.9
"""
HOURS_A_YEAR = 365.25 * 24


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("waste"))
    made.company.points = POINTS.replace("gpu_idle_w = 50.0", "gpu_idle_w = 50.0\ngpu_cap_w = 510.0")
    (made.folder / "jobs.csv").write_text(JOBS)
    _ = made.company.service
    return made


def test_without_records_nobody_is_idle(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {row["kind"] for row in desk.rows(capsys, "waste", *PERIOD)}
    assert "idle node" not in kinds
    assert "low utilisation" not in kinds


def test_each_finding_has_energy_money_and_tonnes_a_year(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run(capsys, "jobs", "import", str(desk.folder / "jobs.csv"), "--cluster", "alpha")
    rows = {row["kind"]: row for row in desk.rows(capsys, "waste", *PERIOD, "--below", "0.5")}
    idle = rows["idle node"]
    assert (idle["where"], idle["kwh"]) == ("s/n1", pytest.approx(0.7))  # the second hour
    assert idle["kwh_a_year"] == pytest.approx(1.05 * HOURS_A_YEAR / 2)  # at the wall
    assert (idle["money_a_year"], idle["currency"]) == (pytest.approx(0.2 * 1.05 * HOURS_A_YEAR / 2), "EUR")
    assert idle["tco2e_a_year"] is None or idle["tco2e_a_year"] > 0
    low = rows["low utilisation"]
    assert (low["where"], low["kwh"]) == ("alpha/1", pytest.approx(0.7 * 0.9))
    assert low["kwh_a_year"] == pytest.approx(1.05 * 0.9 * HOURS_A_YEAR / 2)
    capped = rows["GPU at its power limit"]
    assert (capped["where"], capped["kwh"], capped["text"][:29]) == (
        "s/n1-gpu-0",
        pytest.approx(1.0),
        "at its power limit 100% of th",
    )
    assert idle["text"] == "powered 50% of the time known (100% of the period) without any job that holds a part of it"
    stranded = rows["stranded power"]
    assert (stranded["where"], stranded["kw"], stranded["kwh_a_year"]) == ("s/utility", pytest.approx(3.5), None)
    assert "alpha/1" in desk.run(capsys, "waste", *PERIOD)
    assert HOUR == 3600


def test_a_hall_that_stands_idle_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Records before and after say that the period's hour had no job: the worse the waste, the more is told."""
    other = Desk(tmp_path)
    other.company.points = POINTS.replace("gpu_idle_w = 50.0", "gpu_idle_w = 50.0\ngpu_cap_w = 510.0")
    other.company.points = other.company.points.replace("gpus = 1\n", "gpus = 1\nsupply_efficiency = 0.8\n")
    jobs = "id,start,end,nodes\n1,2026-03-14T00:00:00Z,2026-03-14T00:15:00Z,n1\n"
    (tmp_path / "jobs.csv").write_text(jobs + "2,2026-03-14T01:30:00Z,2026-03-14T01:45:00Z,n1\n")
    _ = other.company.service
    other.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    hour = ["--from", "2026-03-14T00:15:00Z", "--to", "2026-03-14T01:15:00Z"]
    found = {(row["kind"], row["where"]): row for row in other.rows(capsys, "waste", *hour)}
    assert (
        found["idle node", "s/n2"]["text"]
        == "powered 100% of the time known (100% of the period) without any job that holds a part of it"
    )
    assert found["idle node", "s/n1"]["kwh"] == pytest.approx(0.7)
    card = found["GPU at its power limit", "s/n1-gpu-0"]
    assert card["kwh"] == pytest.approx(0.5 / 0.8)  # before the power supply, as its node is
    late = other.rows(capsys, "waste", *PERIOD)
    (idle,) = (row for row in late if row["where"] == "s/n2")
    assert "100% of the time known (88% of the period)" in idle["text"]
    assert idle["kwh_a_year"] == pytest.approx(0.45 * HOURS_A_YEAR)


def test_a_site_without_clusters(desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = Desk(tmp_path)
    other.company.points = POINTS.partition("[[clusters]]")[0].replace("max_w = 5000.0", "max_w = 2000.0")
    _ = other.company.service
    assert other.rows(capsys, "waste", *PERIOD) == []
