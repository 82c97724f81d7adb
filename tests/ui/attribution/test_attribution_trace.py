"""Behind figures of subjects: who held a node once, its GPUs, what is nobody's, counters, nodes that are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.attribution.desk import COUNTER, HOUR, PERIOD, POINTS, Desk
from tests.ui.company import HEAD, START, Company
from ui.attribution.figures import Attribution, attributed
from ui.attribution.gather import Gathered
from ui.attribution.period import asked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("trace"))
    n1, rest = POINTS[POINTS.index('[[points]]\nid = "s/n1"\n') :].split("\n[[points]]", 1)
    held = n1.replace("platform", "old") + '\n[[points.changes]]\nfrom = 2026-03-14T01:00:00Z\ntenant = "new"'
    made.company.points = POINTS.split('[[points]]\nid = "s/n1"\n')[0] + held + "\n[[points]]" + rest + COUNTER
    made.company.read("s/llm", [(at, 5e5 + at * 100) for at in range(0, 2 * HOUR + 1, 900)], "token_counter")
    made.company.keep()
    return made


def points(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["name"]: row["readings"] for row in rows if row["kind"] == "point"}


def test_who_held_a_node_once_and_its_gpus(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    for tenant in ("old", "new"):
        rows = desk.rows(capsys, "trace", "facility_energy_kwh", *PERIOD, "--by", "tenant", "--of", tenant)
        assert points(rows) == {"s/n1": 120, "s/n1-gpu-0": 120, "s/utility": 120}, tenant
        (whole,) = (row for row in rows if row["name"] == "s/utility")
        assert whole["role"] == "utility, of the site's figure"


def test_what_is_nobody_s_leads_to_its_nodes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "unallocated")
    assert set(points(rows)) == {"s/n2"}


def test_wall_to_token_leads_to_its_counters(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run(capsys, "jobs", "import", str(desk.folder / "jobs.csv"), "--cluster", "alpha")
    rows = desk.rows(capsys, "trace", "energy_per_token_j", *PERIOD, "--by", "model", "--of", "llm")
    assert rows[0]["name"] == "energy_per_token_j"
    assert rows[0]["value"] == pytest.approx(1.05 * 3.6e6 / 720_000)
    named = [row["name"] for row in rows if row["kind"] == "formula"]
    assert named[-2:] == ["analytics.attribution.per_work.per_unit", "analytics.energy.energy_kwh"]
    assert points(rows) == {"s/n1": 120, "s/n1-gpu-0": 120, "s/llm": 8, "s/utility": 120}


def test_what_is_behind_the_site_s_figure_is_behind_its_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path)
    utility = POINTS[: POINTS.index('[[points]]\nid = "s/water"')]
    overhead = '[[points]]\nid = "s/overhead"\nrole = "overhead"\nprovider_pue = 1.3\nprovider_pue_source = "letter"\n'
    desk.company.points = overhead + POINTS.replace(utility, "").replace('parent = "utility"\n', "")
    desk.company.keep()
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    whole = desk.rows(capsys, "trace", "energy_cost", *PERIOD)
    part = desk.rows(capsys, "trace", "energy_cost", *PERIOD, "--by", "tenant", "--of", "red")
    assert "s/overhead" in points(part)
    assert set(points(whole)) <= set(points(part))
    for kind in ("factor", "formula", "tariff"):
        assert {row["name"] for row in whole if row["kind"] == kind} <= {
            row["name"] for row in part if row["kind"] == kind
        }


def test_a_node_that_was_taken_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    n2 = POINTS[POINTS.index('[[points]]\nid = "s/n2"') : POINTS.index("[[tariffs]]")]
    desk.company.points = POINTS.replace(n2, "").replace('[[clusters.nodes]]\nhosts = "n2"\ncpus = 8\n', "")
    _ = desk.company.service
    rows = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "blue")
    assert "no meter sees" in str(rows[0]["text"])
    assert [(row["name"], row["role"]) for row in rows if row["kind"] == "point"] == [("s/n2", "not in the site file")]


def test_a_record_without_a_node_is_named_with_the_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    span = "2026-03-14T00:00:00Z,2026-03-14T00:02:00Z"
    (tmp_path / "jobs.csv").write_text(f"id,start,end,nodes,team\n1,{span},,red\n2,{span},n2,red\n")
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    rows = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "red")
    assert str(rows[0]["text"]).startswith("1 of its job records name no node")
    told = [str(row["text"]) for row in rows if row["kind"] == "job"]
    assert [text.startswith("it names no node: import it with its nodes; version 1") for text in told] == [True, False]


def test_a_node_that_changes_hands_within_a_quarter_hour(tmp_path: Path) -> None:
    """At 00:50, 5 of 15 minutes in: 0.7 kW for 50 and 70 minutes, and each may have had all of that quarter hour."""
    desk = Desk(tmp_path)
    n1, rest = POINTS[POINTS.index('[[points]]\nid = "s/n1"\n') :].split("\n[[points]]", 1)
    change = '\n[[points.changes]]\nfrom = 2026-03-14T00:50:00Z\ntenant = "new"'
    desk.company.points = POINTS.split('[[points]]\nid = "s/n1"\n')[0] + n1 + change + "\n[[points]]" + rest
    service = desk.company.service
    found = attributed(
        service, service.settings.site("s"), START, START + 2 * HOUR, by="tenant", names=["it_energy_kwh"]
    )
    kpis = {one.of: one.kpi for one in found}
    old, new = kpis["platform"], kpis["new"]
    assert (old.value, new.value) == (pytest.approx(0.7 * 50 / 60), pytest.approx(0.7 * 70 / 60))
    assert (old.low, old.high) == (pytest.approx(0.7 * 45 / 60), pytest.approx(0.7))
    assert (new.low, new.high) == (pytest.approx(0.7), pytest.approx(0.7 * 75 / 60))
    assert old.estimated > 0
    assert sum(one.value or 0.0 for one in kpis.values()) == pytest.approx(2.0)


def test_a_silent_node_is_bounded_by_its_gpus(tmp_path: Path) -> None:
    """n1 drew 150 W and is silent for the second hour, in which its GPU drew 500 W: it took 0.5 kWh at least."""
    company = Company(tmp_path, POINTS, HEAD)
    for point, first, second in (("s/utility", 500.0, 900.0), ("s/n1", 150.0, None), ("s/n1-gpu-0", 50.0, 500.0)):
        until = 2 * HOUR if second else HOUR
        company.read(point, [(at, first if at < HOUR else second or first) for at in range(0, until + 1, 60)])
    company.steady("s/n2", 300.0, end=2 * HOUR)
    company.keep()
    service = company.service
    question = asked(service, service.settings.site("s"), START + HOUR, START + 2 * HOUR)
    shared = Attribution(Gathered(question, "tenant"))
    platform = next(one for one in shared.sums.amounts() if one.subject == "platform")
    assert platform.own["lost"] == pytest.approx(0.5, rel=0.01)
    assert platform.own["low"] == pytest.approx(0.5, rel=0.01)
    facility = shared.part("facility_energy_kwh", platform, replace(shared.own(platform), reason=None))
    assert facility.value == pytest.approx(0.9 * 0.5 / 0.8, rel=0.02)
    assert (facility.low or 0.0) <= (facility.value or 0.0) <= (facility.high or 0.0)
