"""Records of jobs as they come in: late, with lines set aside, asked of a cluster, each a line of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import CollectError
from tests.ui.attribution.desk import EACH, JOBS, PERIOD, POINTS, Desk, by_subject, with_jobs
from ui.jobs import fetch_all

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return with_jobs(tmp_path_factory.mktemp("desk"))


def test_a_late_record_changes_what_it_touches(desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = Desk(tmp_path)
    other.run(capsys, "jobs", "import", str(other.folder / "jobs.csv"), "--cluster", "alpha")
    late = JOBS.replace("T02:00:00Z,n2,blue,,4", "T01:00:00Z,n2,blue,,8")
    (tmp_path / "late.csv").write_text(late)
    said = other.run(capsys, "jobs", "import", str(tmp_path / "late.csv"), "--cluster", "alpha")
    assert said.startswith("late.csv: 0 jobs are new, 1 replace what stood, 1 say nothing new")
    it = by_subject(other.rows(capsys, "kpi", *PERIOD, "--by", "tenant"), "it_energy_kwh")
    assert it == {of: pytest.approx(kwh) for of, kwh in EACH.items()}
    history = other.rows(capsys, "jobs", "history", "2", "--cluster", "alpha")
    assert [(row["version"], row["cpu_share"]) for row in history] == [(1, 0.5), (2, 1.0)]
    assert len(other.rows(capsys, "jobs", "list", *PERIOD)) == 2
    preview = other.rows(capsys, "jobs", "import", str(tmp_path / "late.csv"), "--cluster", "alpha", "--preview")
    assert [(row["id"], row["start"]) for row in preview] == [
        ("1", "2026-03-14T00:00:00Z"),
        ("2", "2026-03-14T00:00:00Z"),
    ]
    never = JOBS.splitlines()[0] + "\n2,2026-03-14T00:00:00Z,2026-03-14T00:00:00Z,n2,blue,,8,,,\n3,2026-03-14T00:00:00Z"
    (tmp_path / "never.csv").write_text(f"{never},2026-03-14T00:00:00Z,n2,blue,,8,,,\n")
    said = other.run(capsys, "jobs", "import", str(tmp_path / "never.csv"), "--cluster", "alpha")
    assert said.startswith("never.csv: 0 jobs are new, 1 replace what stood, 0 say nothing new, 2 never ran")
    assert [row["id"] for row in other.rows(capsys, "jobs", "list", *PERIOD)] == ["1"]


def test_lines_that_are_set_aside_are_told(desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = "id,start,end,nodes\n" + "a,2026-03-14T00:00:00Z,,n9\n" * 12
    (tmp_path / "bad.csv").write_text(bad)
    said = desk.run(capsys, "jobs", "import", str(tmp_path / "bad.csv"), "--cluster", "alpha", code=2)
    assert 'line 2: "n9" is no node of cluster alpha' in said
    assert "2 more lines" in said
    assert "cannot be read" in desk.run(capsys, "jobs", "import", "nix.csv", "--cluster", "alpha", code=2)
    assert "IANA" in desk.run(
        capsys, "jobs", "import", str(tmp_path / "bad.csv"), "--cluster", "alpha", "--time-zone", "Mars", code=2
    )


def test_a_cluster_is_asked_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    program = tmp_path / "sacct"
    head = "JobIDRaw|User|State|Start|End|NodeList|AllocCPUS"
    row = "9|ann|RUNNING|2026-03-14T00:30:00|Unknown|n1|8"
    asked = 'for one in "$@"; do case "$one" in --delimiter=*) sign="${one#--delimiter=}";; esac; done'
    program.write_text(f"#!/bin/sh\n{asked}\nprintf '%s\\n%s\\n' '{head}' '{row}' | sed \"s/|/$sign/g\"\n")
    program.chmod(0o755)
    source = f'[clusters.source]\nkind = "slurm"\nprogram = "{program}"\n'
    desk.company.points = POINTS.replace("[[clusters.nodes]]", source + "[[clusters.nodes]]", 1)
    fetch_all(desk.company.service)
    (job,) = desk.rows(capsys, "jobs", "list", *PERIOD)
    assert (job["id"], job["running"], job["origin"]) == ("9", True, "source:slurm")
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(CollectError, match=r"alpha: .*sacct ended with 1"):
        fetch_all(desk.company.service)
    assert "ended with 1" in desk.run(capsys, "jobs", "fetch", "--cluster", "alpha", code=2)
    desk.company.points = POINTS
    _ = desk.company.service
    assert "has no source" in desk.run(capsys, "jobs", "fetch", "--cluster", "alpha", code=2)
    fetch_all(desk.company.service)
    desk.company.points = POINTS.replace("[[clusters.nodes]]", source.replace("slurm", "pbs") + "[[clusters.nodes]]", 1)
    _ = desk.company.service
    assert 'kind = "pbs" is unknown' in desk.run(capsys, "check", code=2)


def test_an_import_is_a_line_of_the_audit_log(desk: Desk) -> None:
    (entry,) = (one for one in desk.company.service.stores.state.audit.entries() if "job records" in one.what)
    assert '"new": 2' in entry.after or '"new":2' in entry.after
