"""Who used it, as users ask: jobs taken in, figures by tenant and job that add up to the site's, and what is behind."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import CollectError
from tests.ui.company import HEAD, START, Company
from ui.cli import main
from ui.jobs import fetch_all

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 60 }
[[points]]
id = "s/water"
role = "water"
interval_s = { water_counter = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "utility"
max_w = 2000.0
tenant = "platform"
interval_s = { power = 60 }
[[points]]
id = "s/n1-gpu-0"
role = "component"
parent = "n1"
max_w = 800.0
interval_s = { power = 60 }
[[points]]
id = "s/n2"
role = "server"
parent = "utility"
max_w = 1000.0
interval_s = { power = 60 }
[[tariffs]]
id = "flat"
site = "s"
currency = "EUR"
[[tariffs.rates]]
name = "day"
price_per_kwh = 0.2
[[clusters]]
id = "alpha"
site = "s"
[[clusters.nodes]]
hosts = "n1"
gpu = "{host}-gpu-{n}"
cpus = 8
gpus = 1
idle_w = 100.0
gpu_idle_w = 50.0
[[clusters.nodes]]
hosts = "n2"
cpus = 8
"""
JOBS = """id,start,end,nodes,team,model,cpus,gpus,tokens,steps
1,2026-03-14T00:00:00Z,2026-03-14T01:00:00Z,n1,red,llm,8,1,1000000,
2,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,n2,blue,,4,,,500
"""
PERIOD = ["--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T02:00:00Z"]


class Desk:
    """One folder; `run` is a command in it."""

    def __init__(self, folder: Path) -> None:
        self.company = Company(folder, POINTS, HEAD)
        self.folder = folder
        day = 2 * HOUR
        for point, watts in (("s/utility", 1500.0), ("s/n1", 700.0), ("s/n1-gpu-0", 500.0), ("s/n2", 300.0)):
            self.company.steady(point, watts, end=day)
        self.company.read("s/water", [(at, 1000 + at / 900) for at in range(0, day + 1, 900)], "water_counter")
        self.company.keep()
        (folder / "jobs.csv").write_text(JOBS)

    def run(self, capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main([*argv, "--config", str(self.folder / "wattlas.toml")]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    def rows(self, capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run(capsys, *argv, "--json"))
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"))
    assert (
        main(
            [
                "jobs",
                "import",
                str(made.folder / "jobs.csv"),
                "--cluster",
                "alpha",
                "--config",
                str(made.folder / "wattlas.toml"),
            ]
        )
        == 0
    )
    return made


EACH = {"platform": 0.7, "red": 0.7, "blue": 0.3, "unallocated": 0.3}


def by_subject(rows: list[dict[str, Any]], name: str) -> dict[str, float]:
    return {row["of"]: row["value"] for row in rows if row["name"] == name}


def test_tenants_add_up_to_the_site(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "kpi", *PERIOD, "--by", "tenant")
    # n1: red has all of it for one hour of two, the platform holds it afterwards. n2: blue has half of its idle 300 W
    it = by_subject(rows, "it_energy_kwh")
    assert it == {of: pytest.approx(kwh) for of, kwh in EACH.items()}
    site = {row["name"]: row["value"] for row in desk.rows(capsys, "kpi", *PERIOD)}
    assert by_subject(rows, "facility_energy_kwh") == {of: pytest.approx(kwh * 1.5) for of, kwh in it.items()}
    for name in ("facility_energy_kwh", "emissions_location_kgco2e", "emissions_market_kgco2e", "energy_cost"):
        assert sum(by_subject(rows, name).values()) == pytest.approx(site[name])
    assert sum(by_subject(rows, "water_l").values()) == pytest.approx(8.0)
    assert by_subject(rows, "energy_cost")["red"] == pytest.approx(1.05 * 0.2)
    (red,) = (row for row in rows if row["of"] == "red" and row["name"] == "it_energy_kwh")
    assert red["method"] == (
        "shares of its nodes, idle power by reservation; 100% of it on nodes whose GPUs are counted; "
        "idle power 150 W a node, as declared"
    )
    assert (red["measured"], red["missing"]) == (1.0, 0.0)


def test_models_jobs_and_rules(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    by_model = by_subject(desk.rows(capsys, "kpi", *PERIOD, "--by", "model"), "it_energy_kwh")
    assert by_model == {"llm": pytest.approx(0.7), "(none)": pytest.approx(0.3), "unallocated": pytest.approx(1.0)}
    jobs = desk.rows(
        capsys, "kpi", *PERIOD, "--by", "job", "--of", "alpha/2", "--idle", "equal", "--name", "it_energy_kwh"
    )
    assert [(row["of"], row["value"]) for row in jobs] == [("alpha/2", pytest.approx(0.6))]
    assert "idle power by equal" in jobs[0]["method"]


def test_chargeback_is_one_line_each(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    text = desk.run(capsys, "kpi", *PERIOD, "--by", "tenant", "--csv")
    rows = {row["of"]: row for row in csv.DictReader(io.StringIO(text))}
    assert float(rows["red"]["energy_cost"]) == pytest.approx(0.21)
    assert (rows["red"]["currency"], rows["red"]["site"], rows["red"]["by"]) == ("EUR", "s", "tenant")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--by", "tenent"], 'did you mean "tenant"'),
        (["--by", "tenant", "--idle", "fair"], "--idle"),
        (["--by", "tenant", "--name", "pue"], "--name"),
        (["--of", "red"], "give --by too"),
        (["--by", "tenant", "--company"], "leave --zone"),
    ],
)
def test_slips_are_sentences(desk: Desk, capsys: pytest.CaptureFixture[str], argv: list[str], words: str) -> None:
    assert words in desk.run(capsys, "kpi", *PERIOD, *argv, code=2)


def test_what_is_behind_a_figure(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "trace", "energy_cost", *PERIOD, "--by", "tenant", "--of", "red", "--rows")
    kinds = [row["kind"] for row in rows]
    assert kinds[:5] == ["figure", "formula", "formula", "formula", "site"]
    assert kinds[kinds.index("job") - 1] == "tariff"
    named = {row["kind"]: row for row in rows}
    assert (named["job"]["name"], named["job"]["version"]) == ("alpha/1", 1)
    points = [(row["name"], row["readings"]) for row in rows if row["kind"] == "point"]
    own = [("s/n1", 120), ("s/n1-gpu-0", 120)]
    assert (points, kinds.count("row")) == ([*own, ("s/utility", 120)], 24)
    held = desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "platform")
    assert [row["name"] for row in held if row["kind"] == "point"] == ["s/n1", "s/n1-gpu-0"]
    assert desk.rows(capsys, "trace", "it_energy_kwh", *PERIOD, "--by", "tenant", "--of", "nobody") == []
    assert "go together" in desk.run(capsys, "trace", "it_energy_kwh", *PERIOD, "--of", "red", code=2)


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


def test_wall_to_token_and_step(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "kpi", *PERIOD, "--per", "token")
    found = {(row["of"], row["name"]): row for row in rows}
    wall = found["llm", "energy_per_token_j"]
    assert (wall["value"], wall["unit"]) == (pytest.approx(1.05 * 3.6e6 / 1e6), "J/token")
    assert wall["method"].startswith("over 1e+06 tokens (records of 1 of 1 jobs)")
    assert found["llm", "emissions_location_per_token_gco2e"]["value"] > 0
    assert found["llm", "water_per_token_l"]["value"] == pytest.approx(8 * 0.7 / 2 / 1e6)
    assert "nobody counted any token" in found["(none)", "energy_per_token_j"]["reason"]
    steps = desk.rows(capsys, "kpi", *PERIOD, "--per", "step", "--by", "job", "--of", "alpha/2")
    assert steps[0]["value"] == pytest.approx(0.45 * 3.6e6 / 500)
    hours = desk.rows(capsys, "kpi", *PERIOD, "--per", "gpu-hour", "--of", "llm", "--name", "it_energy_kwh")
    assert [row["value"] for row in hours] == [pytest.approx(0.7 * 3.6e6)]
    assert "--per" in desk.run(capsys, "kpi", *PERIOD, "--per", "word", code=2)
    assert "--fleet" in desk.run(capsys, "kpi", *PERIOD, "--per", "token", "--fleet", code=2)


COUNTER = """
[[points]]
id = "s/llm"
role = "other"
interval_s = { token_counter = 900 }
[[models]]
id = "llm"
counters = ["s/llm"]
"""


def test_a_counter_stands_before_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    desk.company.points = POINTS + COUNTER
    desk.company.read("s/llm", [(at, 5e5 + at * 100) for at in range(0, 7201, 900)], "token_counter")
    desk.company.keep()
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    (wall,) = desk.rows(capsys, "kpi", *PERIOD, "--per", "token", "--of", "llm", "--name", "facility_energy_kwh")
    assert wall["value"] == pytest.approx(1.05 * 3.6e6 / 720_000)
    assert "counters s/llm" in wall["method"]


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


def test_a_model_on_a_server_of_its_own_needs_no_scheduler(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    own = COUNTER.replace('counters = ["s/llm"]', 'counters = ["s/llm"]\npoints = ["s/n2"]')
    desk.company.points = POINTS.partition("[[clusters]]")[0] + own
    desk.company.read("s/llm", [(at, 5e5 + at * 100) for at in range(0, 7201, 900)], "token_counter")
    desk.company.keep()
    (wall,) = desk.rows(capsys, "kpi", *PERIOD, "--per", "token", "--name", "facility_energy_kwh")
    assert (wall["of"], wall["value"]) == ("llm", pytest.approx(0.6 * 1.5 * 3.6e6 / 720_000))
    monkeypatch.setattr("ui.attribution.per_work._bought", lambda *_: iter([(720_000.0, START, START + 7200)]))
    (both,) = desk.rows(capsys, "kpi", *PERIOD, "--per", "token", "--name", "facility_energy_kwh")
    assert both["value"] == wall["value"], "a gateway counts what the bill states again"
    assert "counters s/llm; tokens that bills state not added" in both["method"]


def test_the_fleet_is_the_sum_of_its_sites(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    rows = desk.rows(capsys, "kpi", *PERIOD, "--by", "tenant", "--fleet", "--name", "it_energy_kwh")
    fleet = {row["of"]: row["value"] for row in rows if row["site"] == "fleet"}
    assert fleet == {of: pytest.approx(kwh) for of, kwh in EACH.items()}
