"""A site of 27,000 points and a year of its ledger, 946 M rows: figures, disk against `wattlas check` (issue 13).

A twentieth of the servers unless `BILLION=1` says otherwise: the full size takes 25 GB of disk and half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.ledger_row import INTERVAL_S
from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.test_page import empty_page, look_s, timed
from tests.bench.thousand_meters import ledger_of
from tests.peers.influx_server import free_port
from tests.program import Program
from tests.ui.pages.test_browser import WIDE_PX, Visit, _until_it_answers, browser
from ui.books.keeping import SEQUENCE_MARK, TIME_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    from playwright.sync_api import Browser

    from collectors.store.books import Books

__all__ = ["browser"]  # a fixture, found by name
pytestmark = [pytest.mark.bench, pytest.mark.peer]

HALLS = 27
SERVERS = 999 if os.environ.get("BILLION") else 50  # in each hall
ROUNDS = 5
NOW = int(time.time()) // INTERVAL_S * INTERVAL_S - 2 * INTERVAL_S
START = NOW - 365 * 86_400


def edges() -> list[int]:
    """A year that ends now, cut at the months of UTC."""
    first = datetime.fromtimestamp(START, UTC)
    months = [(first.year + (first.month + n) // 12, (first.month + n) % 12 + 1) for n in range(12)]
    return [START, *(int(datetime(year, month, 1, tzinfo=UTC).timestamp()) for year, month in months), NOW]


EDGES = edges()
PERIOD = ("--from", f"{datetime.fromtimestamp(START, UTC):%Y-%m-%dT%H:%M:%SZ}", "--to", "now", "--json")
HEAD = """
[company]
name = "Bench"
currency = "EUR"
[[sites]]
id = "b"
name = "Bench"
zone = "CN"
time_zone = "UTC"
currency = "EUR"
pue_category = 2
[[points]]
id = "b/utility"
role = "utility"
max_w = 3e8
interval_s = { power = 10 }
"""
HALL = """
[[points]]
id = "b/pdu-{hall:02}"
role = "pdu"
parent = "b/utility"
max_w = 1e7
interval_s = {{ power = 10 }}
[[templates]]
name = "hall{hall:02}"
pattern = "h{hall:02}-[001-{servers:03}]"
site = "b"
role = "server"
parents = ["pdu-{hall:02}"]
max_w = 2000
interval_s = {{ power = 10 }}
"""


def site_file(folder: Path, servers: int = SERVERS) -> Path:
    path = folder / "wattlas.toml"
    path.write_text(HEAD + "".join(HALL.format(hall=hall, servers=servers) for hall in range(HALLS)))
    return path


def halls(start: int, end: int, servers: int) -> Iterator[pa.Table]:
    """Ledger rows of [start, end) hall by hall, then those of the PDUs and of the utility, a third more than all."""
    noise, totals = np.random.default_rng(start), []
    for hall in range(HALLS):
        kwh = 0.1 + 0.02 * noise.random((servers, (end - start) // INTERVAL_S))
        totals.append(kwh.sum(axis=0))
        yield ledger_of([f"b/h{hall:02}-{number:03}" for number in range(1, servers + 1)], kwh, start)
    pdus = [f"b/pdu-{hall:02}" for hall in range(HALLS)]
    yield ledger_of([*pdus, "b/utility"], np.vstack([*totals, sum(totals) * 1.33]), start)


def write_year(books: Books, servers: int = SERVERS) -> int:
    rows = 0
    for start, end in pairwise(EDGES):
        for table in halls(start, end, servers):
            rows += table.num_rows
            mark = {SEQUENCE_MARK: rows, TIME_MARK: end + 86_400}
            books.write(table, watermark=mark, cause="bench", now=end)
    books.compact(EDGES[-1] + 40 * 86_400)
    return rows


def wattlas(*arguments: str) -> tuple[float, str]:
    command = [sys.executable, "-m", "ui.cli", *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout


def page_seconds(browser: Browser, config: Path, folder: Path) -> tuple[float, float]:
    """Median seconds of an empty Streamlit page and of our Overview of seven days, both warm."""
    port = free_port()
    program = Program(config)
    with (
        empty_page(folder) as empty,
        program.running(program.command("ui", "--port", str(port)), log=folder / "ui.log"),
    ):
        _until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")
        visit = timed(Visit(browser, f"http://127.0.0.1:{port}", mode="light", width=WIDE_PX))
        found = [(look_s(visit, empty), look_s(visit, visit.server)) for _ in range(ROUNDS + 1)]
        empty_s, ours_s = zip(*found[1:], strict=True)
        return median(empty_s), median(ours_s)


def test_a_year_of_27000_points(tmp_path: Path, browser: Browser) -> None:
    config = site_file(tmp_path)
    stores = Stores(load_settings(config).store.data)
    began = time.perf_counter()
    rows = write_year(stores.books)
    written_s = time.perf_counter() - began
    start_s = min(wattlas("--version")[0] for _ in range(3))
    found = [wattlas("--config", str(config), "kpi", *PERIOD) for _ in range(3)]
    kpi_s = min(seconds for seconds, _ in found) - start_s
    figures = {row["name"]: row["value"] for row in json.loads(found[0][1])}
    check_s, text = wattlas("--config", str(config), "check", "--json")
    said_gb = json.loads(text)[0]["ledger_gb_per_year"]
    disk_gb = sum(stores.books.ledger.snapshot().sizes().values()) / 1e9  # what compaction replaced goes in a day
    print(
        f"\n{rows} ledger rows written in {written_s:.0f} s; all site figures of the year {kpi_s:.2f} s beyond start "
        f"(<= 2); check {check_s:.1f} s; disk {disk_gb:.2f} GB, check said {said_gb:.2f} GB ({said_gb / disk_gb:.2f})"
    )
    empty_s, ours_s = page_seconds(browser, config, tmp_path)
    print(f"empty page {empty_s:.2f} s, Overview {ours_s:.2f} s: {ours_s / empty_s:.2f} of it (<= 2)")
    assert figures["pue"] == pytest.approx(1.33, rel=1e-9)
    assert 0.8 <= said_gb / disk_gb <= 1.2
    assert kpi_s <= 2.0
    assert ours_s <= 2 * empty_s
