"""What stands in config/deploy is read by the programs it is for; queries of the dashboard run on a real server."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.store.influx import bootstrap
from tests.collectors.influx.shop import shop
from tests.collectors.store.tables import ledger
from tests.peers.influx_server import influxd, running

DEPLOY = Path(__file__).parents[2] / "config" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEPLOY / "energy_hourly.json").read_text())
    return found


def queries() -> list[str]:
    return [target["query"] for panel in dashboard()["panels"] for target in panel["targets"]]


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in dashboard()["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


@pytest.mark.peer
def test_every_query_of_the_dashboard_gives_rows(tmp_path: Path) -> None:
    hour = int(time.time()) // 3600 * 3600 - 7200
    with running(influxd(tmp_path / "influxd")) as peer:
        one = shop(tmp_path / "data", peer.url)
        bootstrap.init(one.influx.server, raw_retention_months=13)
        for seed in (1, 2):
            one.stores.books.write(ledger(2, 8, start=hour, seed=seed), watermark={}, cause="x", now=hour)
            one.ship()
        span = f"time >= {hour}s AND time < {hour + 7200}s"
        for text in [*queries(), *(each["query"] for each in dashboard()["templating"]["list"][1:])]:
            asked = (
                text.replace("$timeFilter", span).replace("$site", "(fra1)").replace("$point", r"(fra1\/srv-0001|x)")
            )
            (found,) = json.loads(peer.ask("/query", db="energy_hourly", q=asked, epoch="s"))["results"]
            assert found["series"][0]["values"], asked


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_name_commands_that_exist(unit: Path) -> None:
    from ui.cli import COMMANDS

    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit)
    command = re.search(r"/wattlas (\w+)", parser["Service"]["ExecStart"])
    assert command
    assert command[1] in COMMANDS
    if shutil.which("systemd-analyze"):
        told = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
        assert "Unknown" not in told.stderr


def test_the_compose_file_opens_loopback_alone() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    ports = re.findall(r'ports: \["([^"]+)"\]', text)
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert "influxdb:2.7" in text
    assert not re.search(r"(?i)(token|password): [\"']?\w{8,}[\"']?$", text)
