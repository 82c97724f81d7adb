"""The command line: starts at once, says one sentence per mistake, prints JSON and nothing else."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.errors import ConfigError
from ui.cli import COMMANDS, main
from ui.progress import progress
from ui.serving.post import claim
from ui.serving.supervise import Orders

ROOT = Path(__file__).parents[2]
SITE = """
[company]
name = "Test"
currency = "EUR"
[[sites]]
id = "t"
name = "Test site"
zone = "FR"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
[[points]]
id = "grid"
site = "t"
role = "utility"
max_w = 4000
interval_s = { power = 900 }
[[points]]
id = "srv"
site = "t"
role = "server"
parent = "grid"
max_w = 2000
interval_s = { power = 900 }
"""


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with a site file, and no place handed on from another test."""
    for variable in ("WATTLAS_CONFIG", "WATTLAS_DATA"):
        monkeypatch.setenv(variable, "")  # remembered, so that what a command sets is undone
        monkeypatch.delenv(variable)
    (tmp_path / "wattlas.toml").write_text(SITE)
    monkeypatch.chdir(tmp_path)


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    place = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *argv],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **place},
    )


def test_version_loads_nothing_heavy() -> None:
    assert run("--version").stdout.startswith("wattlas ")
    code = (
        "import sys, ui.cli; sys.exit(bool({'pyarrow', 'pydantic', 'streamlit', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": str(ROOT)}).returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"wattlas {name}" in text
    assert "--install-completion" not in text


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["nothing"], "No such command 'nothing'."),
        (["kpi"], "Missing option '--from'."),
        (["kpi", "--from", "yesterday"], "--from 'yesterday' is no time: give an ISO 8601 date"),
        (["kpi", "--from", "now", "--to", "-1h"], "--from now is not before --to -1h"),
        (["kpi", "--from", "today", "--site", "x"], '"x" is no site of wattlas.toml'),
        (["kpi", "--from", "today", "--category", "4"], "Invalid value for '--category'"),
        (["ledger", "show", "--from", "-1h", "--point", "t/srw"], '"t/srw" is no point of wattlas.toml'),
        (
            ["ledger", "show", "--from", "-1h", "--metric", "nope"],
            '"nope" is no metric; use one of power, power_average',
        ),
        (["ledger", "history", "--from", "-1h", "--metric", "nope"], '"nope" is no metric'),
        (["export", "readings", "--from", "-1h", "--metric", "nope"], '"nope" is no metric'),
        (["--config", "none.toml", "check"], "there is no such file"),
        (["check", "--config", "none.toml"], "there is no such file"),
        (["import"], "Name the file to import"),
        (["import", "none.csv"], "none.csv: there is no such file"),
        (["import", "--undo", "import:0"], "names no import"),
        (["export", "ledger", "--from", "-1h", "--out", "x.xlsx"], "name a file that ends in .csv or .parquet"),
        (["export", "ledger", "--from", "-1h", "--out", "no/such/folder.csv"], "No such file or directory"),
        (["export", "dreams", "--from", "-1h"], "Invalid value for"),
        (["inventory", "diff", "none.csv"], "wattlas.toml"),
        (["reload"], "No collector works on"),
        (["backup", "b.tar"], "holds no stores"),
        (["restore", "none.tar"], "none.tar"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("wattlas: ")
    assert err.count("\n") == 1
    assert says in err


def test_several_mistakes_are_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.toml").write_text(
        SITE.replace("max_w = 4000", "max_watt = 4000").replace("max_w = 2000", "max_w = -1")
    )
    assert main(["check", "--config", "bad.toml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("wattlas: bad.toml [[points]]") for line in lines)


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    command = f"{sys.executable} -m ui.cli check --json | head -c 1"
    done = subprocess.run(  # noqa: S602 - a pipe is what this test is about
        command, shell=True, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.stdout == "["
    assert done.stderr == ""


def test_an_address_that_cannot_be_served_is_said_before_anything_starts() -> None:
    done = run("up", "--host", "203.0.113.1", "--access", "proxy")
    assert done.returncode == 2
    assert re.fullmatch(r"wattlas: Cannot serve on 203.0.113.1:8501 \(.*\): choose another with .*\n", done.stderr)


def test_pages_without_sign_in_are_not_opened_to_the_network() -> None:
    for command in ("up", "ui", "demo"):
        done = run(command, "--host", "0.0.0.0")  # noqa: S104 - that is what is refused
        assert done.returncode == 2
        assert "would open pages without sign-in to the network" in done.stderr
        assert done.stderr.count("\n") == 1


def test_check_prints_the_site_as_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    text = capsys.readouterr().out
    assert "1 site, 2 points, 0 sources" in text
    assert re.search(r"facility +t/grid", text)
    assert re.search(r"server +t/srv +0 to 2,000 W +power every 900 s", text)
    assert "GB of readings" in text


def test_check_json_names_boundary_and_volume(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json"]) == 0
    (site,) = json.loads(capsys.readouterr().out)
    assert site["facility"] == ["t/grid"]
    assert site["points"][1]["parents"] == ["t/grid"]
    assert site["ledger_gb_per_year"] >= 0


PLACE = ("--config", "other/site.toml", "--data", "stores")


@pytest.mark.parametrize("argv", [(*PLACE, "check"), ("check", *PLACE)])
def test_the_place_is_taken_before_and_after_the_command(
    argv: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "site.toml").write_text(SITE.replace("Test site", "Elsewhere"))
    assert main(list(argv)) == 0
    text = capsys.readouterr().out
    assert "Elsewhere" in text
    assert str(tmp_path / "stores") in text


def test_version_is_printed_and_an_interruption_is_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wattlas ")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("config.loading.load_settings", interrupted)
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "")


def test_collect_runs_until_told_to_stop_and_keeps_the_books(tmp_path: Path) -> None:
    asked = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM))
    asked.start()
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        assert main(["collect"]) == 0
    finally:
        asked.join()
        for number, former in kept.items():
            signal.signal(number, former)
    assert (tmp_path / "data" / "spool" / "spool.sqlite").exists()


def test_a_reload_reaches_the_collector_of_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    former = signal.getsignal(signal.SIGHUP)
    orders = Orders()
    signal.signal(signal.SIGHUP, lambda *_: orders.reload.set())
    try:
        with claim(tmp_path / "data"):
            assert main(["reload"]) == 0
    finally:
        signal.signal(signal.SIGHUP, former)
    assert orders.reload.is_set()
    assert f"collector {os.getpid()} takes it now" in capsys.readouterr().out


def test_a_reload_never_moves_the_stores(tmp_path: Path) -> None:
    from ui.commands.collect import _same_folder, checked_service

    service = checked_service(Path("wattlas.toml"), Path("elsewhere"))
    with pytest.raises(ConfigError, match="data is another folder now"):
        _same_folder(service, tmp_path / "data")
    assert _same_folder(service, tmp_path / "elsewhere") is service


def test_progress_is_a_bar_for_a_person_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, drawn in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress("Counting") as report:
            report(1, 2)
            report(2, 0)
        assert bool(stream.getvalue()) == drawn
