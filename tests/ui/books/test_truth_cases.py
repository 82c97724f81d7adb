"""Every trace with known energy, from the file to the printed JSON, as its user would do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.traces import KINDS, trace, write_trace
from tests.ui.case_site import write_case
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SHARED = [
    "counter_and_power", "counter_clean", "counter_coarse", "counter_exchange", "counter_gap", "counter_reset",
    "counter_wrap", "power_clean", "power_disorder", "power_drops", "power_duplicates", "power_gap", "power_jitter",
    "power_sentinels",
    "power_seven_minutes", "power_zeros", "tree_hall",
]  # fmt: skip


def wattlas(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:  # noqa: ANN401 - JSON
    """Run one command and return the JSON that it printed."""
    assert main(list(argv)) == 0, capsys.readouterr().err
    out = capsys.readouterr().out
    return json.loads(out) if "--json" in argv else None


def check_case(folder: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = json.loads((folder / "truth.json").read_text())
    config = str(write_case(work, spec["meters"]))
    wattlas(capsys, "--config", config, "import", str(folder / "readings.csv"))
    for wanted in spec["expect"]:
        period = ["--from", wanted["start"], "--to", wanted["end"], "--json"]
        if "kpi" in wanted:
            category = ["--category", str(wanted["category"])]
            kpis = wattlas(capsys, "--config", config, "kpi", *category, *period)
            (figure,) = [k for k in kpis if k["name"] == wanted["kpi"]]
            assert figure["value"] == pytest.approx(wanted["value"], rel=wanted["rel_tol"]), figure
            continue
        rows = wattlas(capsys, "--config", config, "ledger", "show", "--point", wanted["meter"], *period)
        rows = [row for row in rows if row["metric"] == wanted["metric"]]
        check_rows(rows, wanted)


def check_rows(rows: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    from datetime import datetime

    seconds = (datetime.fromisoformat(wanted["end"]) - datetime.fromisoformat(wanted["start"])).total_seconds()
    assert len(rows) * 900 == seconds, "one row per interval"
    energy_kwh = sum(row["energy_kwh"] for row in rows)
    assert energy_kwh == pytest.approx(wanted["energy_kwh"], rel=wanted["rel_tol"])
    measured = sum(row["measured"] for row in rows) / len(rows)
    coverage = measured + sum(row["estimated"] for row in rows) / len(rows)
    assert coverage >= wanted.get("coverage_min", 0.0)
    assert coverage <= wanted.get("coverage_max", 1.0) + 1e-9
    assert measured <= wanted.get("measured_share_max", 1.0) + 1e-9


@pytest.mark.parametrize("case", SHARED)
def test_shared_trace(case: str, truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_case(truth / case, tmp_path, capsys)


@pytest.mark.parametrize("kind", KINDS)
def test_own_trace(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / kind
    write_trace(trace(kind, seed=20261123), folder)
    check_case(folder, tmp_path, capsys)
