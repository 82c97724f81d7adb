"""The demo company on the embedded store and on InfluxDB: the same history, the same figures."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from config.loading import load_settings
from tests.peers.influx_server import influxd, running
from ui.cli import main
from ui.demo import company as demo
from ui.demo.company import demo_site_file, make_history, server_keys
from ui.service import Service, open_service

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi

NOW = int(time.time()) // 900 * 900
DAYS = 10
ARGUMENTS: dict[str, Any] = {"user": None, "password": None, "token": None, "org": None}


def made(folder: Path, server: dict[str, Any] | None = None) -> Service:
    site_file = demo_site_file(folder, server)
    service = replace(open_service(site_file, folder / "data"), now=lambda: NOW)
    if service.stores.influx is not None:
        from collectors.store.influx import bootstrap

        found = bootstrap.init(service.stores.influx.server, raw_retention_months=14)
        assert all(one.ok for one in found), found
    make_history(service)
    service.ship()
    return service


def figures(service: Service) -> list[Kpi]:
    day = NOW // 86_400 * 86_400
    spans = [(day - 7 * 86_400, day), (day - 3 * 86_400 + 420, day - 86_400 + 60)]  # booked; and off the grid
    names = ["pue", "it_energy_kwh", "emissions_location_kgco2e", "wue", "energy_cost", "matched_share_hourly"]
    found = [kpi for start, end in spans for kpi in service.kpis(site=None, start=start, end=end, names=names)]
    return [replace(kpi, config_hash="") for kpi in found]  # the site files differ in [store]


@pytest.mark.peer
def test_influxdb_gives_the_figures_of_the_embedded_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "HISTORY_S", DAYS * 86_400)
    lake = figures(made(tmp_path / "lake"))
    with running(influxd(tmp_path / "influxd")) as peer:
        server = made(tmp_path / "server", server_keys(peer.url, **ARGUMENTS))
        assert figures(server) == lake
        assert server.stores.influx is not None
        assert server.stores.influx.journal.dead_count() == 0
    assert sum(kpi.value is not None for kpi in lake) > 20


def test_the_store_of_a_demo_is_asked_for_in_words_that_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["demo", "--history-only", "--data", str(tmp_path)]
    assert main([*folder, "--store", "influxdb"]) == 2
    assert "needs --url" in capsys.readouterr().err
    assert main([*folder, "--url", "http://127.0.0.1:8086"]) == 2
    assert "belong to --store influxdb" in capsys.readouterr().err


@pytest.mark.peer
def test_a_server_that_is_away_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["demo", "--history-only", "--data", str(tmp_path)]
    assert main([*folder, "--store", "influxdb", "--url", "http://127.0.0.1:9"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "127.0.0.1:9" in said


def test_a_secret_stands_in_the_environment_and_a_demo_keeps_its_store(tmp_path: Path) -> None:
    keys = server_keys('http://127.0.0.1:8086/a"b', **ARGUMENTS | {"user": "w", "password": "DEMO_PASSWORD"})
    store = load_settings(demo_site_file(tmp_path, keys)).store
    assert (store.kind, store.url, store.bucket_raw) == ("influxdb", 'http://127.0.0.1:8086/a"b', "wattlas_demo_raw")
    assert store.password is not None
    assert store.password.env == "DEMO_PASSWORD"
    assert demo_site_file(tmp_path) == tmp_path / "wattlas.toml"  # asked for no store: what is there stands
    with pytest.raises(InputError, match="keeps the demo's readings elsewhere"):
        demo_site_file(tmp_path, server_keys("http://127.0.0.1:8087", **ARGUMENTS))
