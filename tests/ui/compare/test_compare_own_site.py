"""`wattlas compare` with an own site: measured PUE, carbon intensity and power of nodes come from the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.compare.file import load_comparison
from tests.ui.company import START, TREE, Company
from tests.ui.compare.options import CLOUD, DAY, MIXED, NOW, OWN
from ui.cli import main
from ui.compare.ranking import compared

if TYPE_CHECKING:
    from pathlib import Path


def test_an_own_site_brings_its_measured_pue_and_carbon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    company = Company(tmp_path, TREE.replace("power = 60", "power = 900"), now=NOW)
    company.steady("s/utility", 1500.0, end=40 * DAY, step=900)
    company.steady("s/ups", 1000.0, end=40 * DAY, step=900)
    company.keep()
    file = tmp_path / "c.toml"
    file.write_text(CLOUD + OWN.format(site="s"))
    found = compared(load_comparison(file), service=company.service, now=NOW)
    cloud, own = found["strategies"]
    assert any("pue 1.500 measured at s over 30 days" in text for text in own["told"])
    assert own["market_kgco2e"] is None
    assert any("no residual factor of USA for 2026" in text for text in own["told"])
    assert "network_share not given: no network beside the devices" in own["told"]
    assert own["location_kgco2e"]["p50"] / own["facility_energy_kwh"]["p50"] == pytest.approx(0.375, rel=0.1)
    assert found["break_even"][0]["owned"] == "own"
    assert {cloud["scope"], own["scope"]} == {3}
    text = "\n".join(found["advice"])
    assert "Own costs less than Cloud above" in text
    file.write_text(CLOUD + OWN.format(site="nope"))
    assert main(["compare", str(file), "--config", str(tmp_path / "wattlas.toml")]) == 2
    assert '"nope" is no site of wattlas.toml' in capsys.readouterr().err


def test_power_of_nodes_like_them_comes_from_the_books(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Company(tmp_path, TREE.replace("power = 60", "power = 900"), now=START + 10.0 * DAY)
    made.read("s/ups", [(at, 400.0 if at % DAY < DAY / 4 else 1600.0) for at in range(0, 10 * DAY, 900)])
    made.keep()
    file = tmp_path / "c.toml"
    text = MIXED.replace('id = "own"', 'id = "own"\nmeasured_points = ["s/ups"]\nmeasured_devices = 2')
    file.write_text(text)
    rows = compared(load_comparison(file), service=made.service, now=made.now)["strategies"]
    told = " ".join(rows[1]["told"])
    assert "busy_kw 0.800 measured, 75th to 99th percentile of s/ups over 90 days" in told
    assert "idle_kw 0.200 measured, lowest 5 %" in told
    assert "assumed" not in told
    assert main(["compare", str(file)]) == 2
    file.write_text(text.replace("measured_devices = 2", ""))
    assert main(["compare", str(file)]) == 2
    assert "measured_devices, how many are behind them" in capsys.readouterr().err
