"""`wattlas init`: a site file for this machine that loads, overwrites nothing, and leads to a first PUE."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from analytics.intervals import PointRule, intervals
from collectors.finding import Machine
from collectors.judge import judge_readings
from collectors.registry import build
from config.errors import InputError
from config.loading import load_settings
from tests.peers.nvml import GPUS, MIGS, build_stub, run_beside
from tests.peers.powercap import PACKAGE_UJ, powercap_tree, set_register
from ui.books.judging import rule
from ui.cli import main
from ui.setup.init import begin, this_machine
from ui.setup.whereabouts import whereabouts

NOW = 1_772_366_400  # 2026-03-01T12:00:00Z
WATTS = 280.0


def bare(tmp_path: Path, **places: Path) -> Machine:
    """A machine on which nothing is found but what `places` name."""
    nowhere = tmp_path / "nowhere"
    where = {"powercap": nowhere, "devices": nowhere, **places}
    return Machine("node7", nvml=False, nut_port=None, exporters={}, **where)


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("WATTLAS_CONFIG", "WATTLAS_DATA"):
        monkeypatch.setenv(variable, "")  # remembered, so that what a command sets is undone
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.setup.init.this_machine", lambda: bare(tmp_path))


def registers(path: Path, *, hours: int, grid_kw: float, it_kw: float) -> None:
    """A month's beginning as a small company has it: two registers, read each quarter of an hour."""
    begin_at = datetime(2026, 3, 1, tzinfo=UTC)
    lines = ["time,grid energy_counter [kWh],it energy_counter [kWh]"]
    for quarter in range(4 * hours + 1):
        at = (begin_at + timedelta(minutes=15 * quarter)).isoformat()
        lines.append(f"{at},{5000 + grid_kw * quarter / 4},{3000 + it_kw * quarter / 4}")
    path.write_text("\n".join(lines) + "\n")


def test_from_empty_by_an_own_csv_to_a_pue(nothing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    told = capsys.readouterr().out
    steps = re.findall(r"^  \d\. (.*)$", told, re.MULTILINE)
    assert steps[0].startswith("Open wattlas.toml")
    assert steps[1] == "wattlas import readings.csv"
    assert main(["check"]) == 0
    registers(tmp_path / "readings.csv", hours=24, grid_kw=150.0, it_kw=100.0)
    assert main(steps[1].split()[1:]) == 0
    capsys.readouterr()
    assert steps[2].startswith("wattlas kpi --from 2026-03 --name pue")
    assert main(["kpi", "--from", "2026-03-01", "--to", "2026-03-02", "--name", "pue", "--json"]) == 0
    (pue,) = json.loads(capsys.readouterr().out)
    assert pue["value"] == pytest.approx(1.5, rel=1e-9)
    assert pue["measured"] == pytest.approx(1.0)
    assert pue["category"] == 1


def test_the_file_is_never_overwritten(nothing: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wattlas.toml").write_text("mine")
    (tmp_path / "link.toml").symlink_to(tmp_path / "gone.toml")
    for argv in (["init"], ["init", "--config", "link.toml"]):
        assert main(argv) == 2
        assert "is there already, and init overwrites nothing: name another file" in capsys.readouterr().err
    assert (tmp_path / "wattlas.toml").read_text() == "mine"
    assert not (tmp_path / "gone.toml").exists()
    assert main(["init", "--config", "none/site.toml"]) == 2
    assert "none/site.toml cannot be written (No such file or directory)" in capsys.readouterr().err


def test_another_name_stands_in_every_step(nothing: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--config", "site.toml"]) == 0
    assert capsys.readouterr().out.count("--config site.toml") == 2
    assert load_settings(Path("site.toml")).points[0].id == "site1/grid"


def test_gpus_are_found_and_read(tmp_path: Path) -> None:
    begun = time.monotonic()
    told = run_beside(build_stub(tmp_path / "stub"), "-m", "ui.cli", "init", "--config", "site.toml", cwd=tmp_path)
    assert time.monotonic() - begun < 60, "first readings within a minute"
    assert "Found: 3 NVIDIA GPUs." in told
    settings = load_settings(tmp_path / "site.toml")
    source = next(source for source in settings.sources if source.kind == "nvml")
    server = source.point.removeprefix("site1/")
    assert list(source.options["gpus"].values()) == [GPUS[0], GPUS[1], GPUS[2], *MIGS]
    mig = settings.point(f"{server}-gpu-2-mig-0")
    assert (mig.parents, mig.role, mig.max_w) == ((f"site1/{server}-gpu-2",), "component", 300)
    assert settings.point(f"{server}-gpu-0").max_w == 1050
    assert set(settings.point(f"{server}-gpu-1").interval_s) == {"power", "utilisation", "temperature"}
    assert "GPUs that do not answer: 1" in told
    shown = [re.split(" {2,}", line) for line in told.splitlines() if line.startswith(f"{server}-gpus ")]
    values = {(point, metric): (value, quality) for _, point, metric, value, _, quality, *_ in shown}
    assert values[f"site1/{server}-gpu-0", "power"] == ("312.345", "measured")
    assert values[f"site1/{server}-gpu-2-mig-0", "power"] == ("120", "estimated")
    assert "1 site, 6 points" in run_beside(tmp_path, "-m", "ui.cli", "check", "--config", "site.toml", cwd=tmp_path)


def test_the_end_of_a_register_reaches_the_books(tmp_path: Path) -> None:
    """An hour at 280 W: the register wraps three times, and not a joule is lost."""
    root = powercap_tree(tmp_path / "powercap")
    begun = begin(tmp_path / "site.toml", bare(tmp_path, powercap=root), now=NOW)
    assert {(row["point"], row["value"], row["quality"]) for row in begun.rows} == {
        (f"site1/node7-{name}", 5e6 / 3.6e12, "measured") for name in ("cpu-0", "cpu-1", "cpu-0-dram", "cpu-1-dram")
    }
    settings = load_settings(tmp_path / "site.toml")
    (rapl,) = build(settings)
    found = []
    for at in range(NOW, NOW + 3601, 30):
        set_register(root, "intel-rapl:0", int(200e9 + WATTS * 1e6 * (at - NOW)) % PACKAGE_UJ)
        found += list(rapl.parse(bytes(rapl.fetch()), datetime.fromtimestamp(at, UTC)))  # type: ignore[arg-type]
    readings, rejected = judge_readings(found, settings, origin="rapl", now=NOW + 3600)
    assert rejected == 0
    one = readings.filter(pa.compute.equal(readings["point"].cast(pa.string()), "site1/node7-cpu-0"))
    state = settings.state("site1/node7-cpu-0", NOW)
    assert state is not None
    judged = rule(settings, state, NOW)
    rows = intervals(one, rules={state.id: judged}, start=NOW, end=NOW + 3600).rows
    assert sum(rows["energy_kwh"].to_pylist()) == pytest.approx(WATTS / 1e3, rel=1e-9)
    assert sum(rows["measured"].to_pylist()) == pytest.approx(4)
    without = PointRule(interval_s=judged.interval_s, max_w=judged.max_w)
    poorer = intervals(one, rules={state.id: without}, start=NOW, end=NOW + 3600).rows
    assert sum(poorer["missing"].to_pylist()) == pytest.approx(4 * 30 / 900), "four wraps, one poll each"


def test_registers_of_root_alone_are_told_and_the_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = powercap_tree(tmp_path / "powercap")
    plain = Path.read_text

    def denied(file: Path, *args: str, **kwargs: str) -> str:
        if file.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(file))
        return plain(file, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", denied)
    begun = begin(tmp_path / "site.toml", bare(tmp_path, powercap=root), now=NOW)
    assert begun.rows == ()
    assert "energy_uj is not readable for this user" in begun.silent[0]
    assert "root's alone" in begun.found[0].advice[0]


def test_a_bmc_is_advice_until_somebody_gives_it_a_user(tmp_path: Path) -> None:
    devices = tmp_path / "dev"
    devices.mkdir()
    (devices / "ipmi0").touch()
    begun = begin(tmp_path / "site.toml", bare(tmp_path, devices=devices), now=NOW)
    assert not begun.collects
    text = (tmp_path / "site.toml").read_text()
    assert [point.id for point in load_settings(tmp_path / "site.toml").points] == ["site1/grid", "site1/it"]
    freed = re.sub(r"^# (?=\[\[|\w+ += )", "", text, flags=re.MULTILINE).replace('parent = "pdu-a"', "")
    (tmp_path / "freed.toml").write_text(freed)
    settings = load_settings(tmp_path / "freed.toml")
    assert [source.id for source in settings.sources] == ["node7-bmc"]
    build(settings)


def test_every_example_in_the_file_can_be_used(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path / "powercap")
    begin(tmp_path / "site.toml", bare(tmp_path, powercap=root), now=NOW)
    freed = re.sub(r"^# (?=\[\[|\w+ += )", "", (tmp_path / "site.toml").read_text(), flags=re.MULTILINE)
    (tmp_path / "freed.toml").write_text(freed.replace('parent = "pdu-a"', 'parent = "it"'))
    settings = load_settings(tmp_path / "freed.toml")
    assert {"site1/grid", "site1/it", "site1/node7"} < {point.id for point in settings.points}


@pytest.mark.parametrize(
    ("time_zone", "zone"), [("Europe/Berlin", "DE"), ("Asia/Singapore", "SG"), ("Etc/UTC", "REGION-World")]
)
def test_a_machines_clock_tells_its_country(time_zone: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", time_zone)
    found = whereabouts()
    assert (found.time_zone, found.zone) == (time_zone, zone)


def test_a_machine_without_a_clock_setting_runs_on_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    assert whereabouts(tmp_path / "localtime").time_zone == "UTC"


@pytest.mark.parametrize(
    ("host", "server"), [("node7.example.org", "node7"), ("über kalt", "über-kalt"), ("", "server"), ("-x", "x")]
)
def test_a_host_name_becomes_a_point(host: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: host)
    assert this_machine().server == server


def test_begin_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "site.toml").touch()
    with pytest.raises(InputError, match="is there already"):
        begin(tmp_path / "site.toml", bare(tmp_path), now=NOW)
