"""A site of 27,000 points and a year of its ledger, 946 M rows: figures, disk against `wattlas check` (issue 13).

A twentieth of the servers unless `BILLION=1` says otherwise: the full size takes 25 GB of disk and half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.ledger_row import INTERVAL_S
from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.test_year_of_kpi import EDGES
from tests.bench.thousand_meters import ledger_of
from ui.keeping import SEQUENCE_MARK, TIME_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from collectors.store.books import Books

HALLS = 27
SERVERS = 999 if os.environ.get("BILLION") else 50  # in each hall
PERIOD = ("--from", "2025-01-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z", "--json")
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


def site_file(folder: Path) -> Path:
    path = folder / "wattlas.toml"
    path.write_text(HEAD + "".join(HALL.format(hall=hall, servers=SERVERS) for hall in range(HALLS)))
    return path


def halls(start: int, end: int) -> Iterator[pa.Table]:
    """Ledger rows of [start, end) hall by hall, then those of the PDUs and of the utility, a third more than all."""
    noise, totals = np.random.default_rng(start), []
    for hall in range(HALLS):
        kwh = 0.1 + 0.02 * noise.random((SERVERS, (end - start) // INTERVAL_S))
        totals.append(kwh.sum(axis=0))
        yield ledger_of([f"b/h{hall:02}-{number:03}" for number in range(1, SERVERS + 1)], kwh, start)
    pdus = [f"b/pdu-{hall:02}" for hall in range(HALLS)]
    yield ledger_of([*pdus, "b/utility"], np.vstack([*totals, sum(totals) * 1.33]), start)


def write_year(books: Books) -> int:
    rows = 0
    for start, end in pairwise(EDGES):
        for table in halls(start, end):
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


@pytest.mark.bench
def test_a_year_of_27000_points(tmp_path: Path) -> None:
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
    disk_gb = sum(stores.books.ledger.snapshot().sizes().values()) / 1e9  # what compaction replaced goes in a week
    print(
        f"\n{rows} ledger rows written in {written_s:.0f} s; all site figures of the year {kpi_s:.2f} s beyond start "
        f"(<= 2); check {check_s:.1f} s; disk {disk_gb:.2f} GB, check said {said_gb:.2f} GB ({said_gb / disk_gb:.2f})"
    )
    assert figures["pue"] == pytest.approx(1.33, rel=1e-9)
    assert 0.8 <= said_gb / disk_gb <= 1.2
    assert kpi_s <= 2.0
