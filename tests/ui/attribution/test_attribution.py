"""Who used it, as users ask: figures by tenant and job that add up to the site's, and what is behind."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.ui.attribution.desk import COUNTER, EACH, PERIOD, POINTS, Desk, by_subject, with_jobs
from tests.ui.company import START

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return with_jobs(tmp_path_factory.mktemp("desk"))


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


def test_a_counter_stands_before_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path)
    desk.company.points = POINTS + COUNTER
    desk.company.read("s/llm", [(at, 5e5 + at * 100) for at in range(0, 7201, 900)], "token_counter")
    desk.company.keep()
    desk.run(capsys, "jobs", "import", str(tmp_path / "jobs.csv"), "--cluster", "alpha")
    (wall,) = desk.rows(capsys, "kpi", *PERIOD, "--per", "token", "--of", "llm", "--name", "facility_energy_kwh")
    assert wall["value"] == pytest.approx(1.05 * 3.6e6 / 720_000)
    assert "counters s/llm" in wall["method"]


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
