"""Behind figures of subjects: who held a node once, its GPUs, what is nobody's, counters, nodes that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.test_attribution import COUNTER, HOUR, PERIOD, POINTS, Desk

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
        assert points(rows) == {"s/n1": 120, "s/n1-gpu-0": 120}, tenant


def test_what_is_nobody_s_leads_to_its_nodes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "unallocated")
    assert set(points(rows)) == {"s/n2"}


def test_wall_to_token_leads_to_its_counters(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run(capsys, "jobs", "import", str(desk.folder / "jobs.csv"), "--cluster", "alpha")
    rows = desk.rows(capsys, "trace", "energy_per_token_j", *PERIOD, "--by", "model", "--of", "llm")
    assert rows[0]["name"] == "energy_per_token_j"
    assert rows[0]["value"] == pytest.approx(1.05 * 3.6e6 / 720_000)
    assert [row["name"] for row in rows if row["kind"] == "formula"][-1] == "analytics.attribution.per_work.per_unit"
    assert points(rows) == {"s/n1": 120, "s/n1-gpu-0": 120, "s/llm": 8}


def test_a_node_that_was_taken_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    n2 = POINTS[POINTS.index('[[points]]\nid = "s/n2"') : POINTS.index("[[tariffs]]")]
    desk.company.points = POINTS.replace(n2, "").replace('[[clusters.nodes]]\nhosts = "n2"\ncpus = 8\n', "")
    _ = desk.company.service
    rows = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "blue")
    assert "no meter sees" in str(rows[0]["text"])
    assert [(row["name"], row["role"]) for row in rows if row["kind"] == "point"] == [("s/n2", "not in the site file")]
