"""A cluster that is replaced by another leaves the past as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.errors import ConfigError
from tests.ui.attribution.desk import POINTS, Desk

if TYPE_CHECKING:
    from pathlib import Path

HOURS = ("2026-03-14T00:00:00Z", "2026-03-14T01:00:00Z", "2026-03-14T02:00:00Z")
ALPHA = 'id = "alpha"\nsite = "s"\n'
BETA = """
[[clusters]]
id = "beta"
site = "s"
idle = "use"
valid_from = {at}
[[clusters.nodes]]
hosts = "n2"
cpus = 4
idle_w = 100.0
"""
JOBS = """id,start,end,nodes,team,cpus,cpu_use
{id},{start},{end},n2,blue,4,0.9
"""


def asked(desk: Desk, capsys: pytest.CaptureFixture[str], first: int, last: int, *more: str) -> dict[str, Any]:
    span = ["--from", HOURS[first], "--to", HOURS[last], "--by", "team", "--name", "it_energy_kwh", *more]
    return {row["of"]: row["value"] for row in desk.rows(capsys, "kpi", *span)}


def taken_in(desk: Desk, capsys: pytest.CaptureFixture[str], cluster: str, first: int, last: int) -> None:
    file = desk.folder / f"{cluster}.csv"
    file.write_text(JOBS.format(id=f"{cluster}-1", start=HOURS[first], end=HOURS[last]))
    desk.run(capsys, "jobs", "import", str(file), "--cluster", cluster)


def test_the_past_keeps_the_nodes_of_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    taken_in(desk, capsys, "alpha", 0, 1)
    before = asked(desk, capsys, 0, 1)
    assert before["blue"] == pytest.approx(0.15), "half of the node's idle 300 W, by reservation"
    ended = POINTS.replace(ALPHA, f"{ALPHA}valid_to = {HOURS[1]}\n")
    desk.company.points = ended + BETA.format(at=HOURS[1])
    _ = desk.company.service
    taken_in(desk, capsys, "beta", 1, 2)
    assert asked(desk, capsys, 0, 1) == before
    after = asked(desk, capsys, 1, 2)
    assert after["blue"] == pytest.approx(0.3), "all four CPUs of what stands now"
    for more in ([], ["--every", "60s"]):
        both = asked(desk, capsys, 0, 2, *more)
        assert both["blue"] == pytest.approx(0.45)
        assert sum(both.values()) == pytest.approx(2.0)


def test_two_clusters_have_one_node_at_different_times_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.company.points = POINTS + BETA.format(at=HOURS[1])
    with pytest.raises(ConfigError, match=r"s/n2 is a node or GPU twice: .* with valid_to"):
        _ = desk.company.service
    desk.company.points = POINTS.replace(ALPHA, f"{ALPHA}valid_from = {HOURS[1]}\nvalid_to = {HOURS[0]}\n")
    with pytest.raises(ConfigError, match="valid_to must lie after valid_from"):
        _ = desk.company.service
