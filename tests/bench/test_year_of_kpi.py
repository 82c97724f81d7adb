"""The PUE of a year of 1,000 meters, beyond the program's own start (design 8.7)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.thousand_meters import month_of_rows, site_file
from ui.books.keeping import SEQUENCE_MARK, TIME_MARK

if TYPE_CHECKING:
    from pathlib import Path

EDGES = [int(datetime(2025 + m // 12, m % 12 + 1, 1, tzinfo=UTC).timestamp()) for m in range(13)]
PERIOD = ("--from", "2025-01-01T00:00:00Z", "--to", "2026-01-01T00:00:00Z", "--json", "--name", "pue")


@pytest.mark.bench
def test_pue_of_a_year(tmp_path: Path) -> None:
    config = site_file(tmp_path)
    stores = Stores(load_settings(config).store.data)
    rows = 0
    for start, end in pairwise(EDGES):
        table = month_of_rows(start, end)
        rows += table.num_rows
        mark = {SEQUENCE_MARK: 1, TIME_MARK: end + 86_400}
        stores.books.write(table, watermark=mark, cause="bench", now=end)
    stores.books.compact(EDGES[-1] + 40 * 86_400)
    start_s = best(lambda: wattlas("--version"))
    one_s = best(lambda: wattlas("--config", str(config), "kpi", "--category", "1", *PERIOD))
    three_s = best(lambda: wattlas("--config", str(config), "kpi", "--category", "3", *PERIOD), rounds=2)
    read_s = best(lambda: bare_read(stores.data / "books" / "ledger"), rounds=2)
    print(
        f"\n{rows} ledger rows: --version {start_s:.2f} s; category 1 {one_s - start_s:.2f} s beyond it (<= 1); "
        f"category 3 {three_s - start_s:.2f} s beyond it, bare read {read_s:.2f} s, "
        f"ratio {(three_s - start_s) / read_s:.2f} (<= 3)"
    )
    assert one_s - start_s <= 1.0
    assert three_s - start_s <= 3 * read_s


def wattlas(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ui.cli", *arguments], check=True, capture_output=True, text=True)
    if "--json" in arguments:
        (figure,) = json.loads(done.stdout)
        assert figure["value"] == pytest.approx(1.33, rel=1e-9)


def bare_read(folder: Path) -> None:
    """Read the columns that a PUE needs, in a process of its own, as the command does."""
    code = (
        "import sys, deltalake, pyarrow.parquet as pq\n"
        "for path in deltalake.DeltaTable(sys.argv[1]).file_uris():\n"
        "    pq.ParquetFile(path, read_dictionary=['point', 'metric']).read(\n"
        "        ['start', 'end', 'point', 'metric', 'energy_kwh', 'measured', 'missing', 'low_kwh', 'high_kwh'])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)


def best(call: object, rounds: int = 3) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()  # type: ignore[operator]
        found.append(time.perf_counter() - began)
    return min(found)
