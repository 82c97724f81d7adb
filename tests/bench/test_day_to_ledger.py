"""A day of 1,000 meters at 10 s becomes ledger: against a bare numpy trapezoid that also reads it (design 8.7)."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from collectors.store.open import Stores
from collectors.store.shipper import ship
from config.loading import load_settings
from tests.bench.thousand_meters import DAY_S, SERVERS, readings, site_file

if TYPE_CHECKING:
    from pathlib import Path

START = 1_773_446_400  # 2026-03-14T00:00:00Z
HOUR_S = 3600


@pytest.mark.bench
def test_day_of_1000_meters(tmp_path: Path) -> None:
    settings = load_settings(site_file(tmp_path))
    stores = Stores(settings.store.data)
    for hour in range(24):
        stores.spool.accept(readings(START + hour * HOUR_S, seconds=HOUR_S, seed=hour))
        ship(stores.spool, stores.lake, now=START + DAY_S)
    stores.lake.compact(before=START + 2 * DAY_S)
    bare_s, bare_kwh = best_of(3, lambda: bare(stores.data / "lake" / "readings"))
    ledger_s, rss_mb, rows_new = in_own_process(settings.path)
    kwh = np.asarray(stores.books.rows(columns=("energy_kwh",))["energy_kwh"].combine_chunks()).sum()
    print(
        f"\nday of {SERVERS} meters, {SERVERS * 8640} readings: ledger {ledger_s:.2f} s, bare {bare_s:.2f} s, "
        f"ratio {ledger_s / bare_s:.2f} (<= 5), peak {rss_mb:.0f} MB (<= 1024)"
    )
    assert rows_new == SERVERS * 96
    assert kwh == pytest.approx(bare_kwh, rel=1e-3)
    assert ledger_s <= 5 * bare_s
    assert rss_mb <= 1024


def in_own_process(path: Path) -> tuple[float, float, int]:
    """Keep the books in a process that does nothing else: seconds, peak memory in MB, rows made."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from config.loading import load_settings\n"
        "from collectors.store.open import Stores\n"
        "from ui.books.keeping import Bookkeeper\n"
        "settings = load_settings(Path(sys.argv[1]))\n"
        "began = time.perf_counter()\n"
        "kept = Bookkeeper(settings, Stores(settings.store.data), 'bench').keep(now=int(sys.argv[2]))\n"
        "seconds = time.perf_counter() - began\n"
        "lines = Path('/proc/self/status').read_text().splitlines()\n"  # getrusage would tell the parent's peak
        "peak_kb = next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))\n"
        "print(seconds, peak_kb / 1024, kept.rows_new)\n"
    )
    command = [sys.executable, "-c", code, str(path), str(START + 2 * DAY_S)]
    words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(words[0]), float(words[1]), int(words[2])


def bare(folder: Path) -> float:
    """Read time and value of every series and integrate: nothing judged, nothing cut, nothing kept."""
    files = DeltaTable(str(folder)).file_uris()
    table = pa.concat_tables(pq.ParquetFile(path).read(["point", "time", "value"]) for path in files)
    times = table["time"].cast(pa.int64()).to_numpy() / 1e6
    watts = table["value"].to_numpy()
    dt = np.diff(times)
    inside = (dt > 0) & (dt < DAY_S / 2)
    return float(((watts[1:] + watts[:-1]) / 2 * dt)[inside].sum() / 3.6e6)


def best_of(rounds: int, call: object) -> tuple[float, float]:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        value = call()  # type: ignore[operator]
        found.append((time.perf_counter() - began, value))
    return min(found)
