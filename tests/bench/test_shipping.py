"""Shipping from spool to lake against one bare `write_deltalake` of the same rows, and reading them back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from collectors.store.lake import Lake
from collectors.store.shipper import ship
from collectors.store.spool import Spool
from tests.collectors.store.tables import DAY, DAY_S, many

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POINTS = 1000
FLUSH_S = 300  # what a shipper finds after five minutes of 1,000 series at 10 s
ROUNDS = 9
SAMPLES = 8640


@pytest.mark.bench
def test_shipping_of_five_minutes(tmp_path: Path) -> None:
    spool, lake = Spool(tmp_path / "spool.sqlite"), Lake(tmp_path / "lake")
    spent: dict[str, list[float]] = {"bare": [], "ship": []}
    for number in range(ROUNDS):
        start = DAY + FLUSH_S * number
        for second in range(0, FLUSH_S, 10):
            spool.accept(many(POINTS, 1, start=start + second))
        rows = _plain(spool.after(max(lake.version_of(spool.app_id), 0)))
        spent["bare"].append(_seconds(lambda rows=rows: _bare(tmp_path / "bare", rows)))  # type: ignore[misc]
        spent["ship"].append(_seconds(lambda: ship(spool, lake)))
    middle = {name: float(np.median(seconds)) for name, seconds in spent.items()}
    speed = {name: POINTS * FLUSH_S / 10 / seconds for name, seconds in middle.items()}
    print(
        f"\nship {speed['ship']:,.0f} rows/s ({middle['ship'] * 1e3:.0f} ms), bare write_deltalake "
        f"{speed['bare']:,.0f} rows/s ({middle['bare'] * 1e3:.0f} ms), {speed['ship'] / speed['bare']:.2f} of it"
    )
    assert speed["ship"] >= 0.5 * speed["bare"]


@pytest.mark.bench
def test_shipping_and_reading_of_a_day(tmp_path: Path) -> None:
    spool, lake = Spool(tmp_path / "spool.sqlite"), Lake(tmp_path / "lake")
    for first in range(0, SAMPLES, 480):
        spool.accept(many(POINTS, 480, start=DAY + 10 * first))
    rows = _plain(spool.after(0))
    bare_s = _seconds(lambda: _bare(tmp_path / "bare", rows))
    ship_s = _seconds(lambda: ship(spool, lake))
    compact_s = _seconds(lambda: lake.compact(DAY + DAY_S))
    files = lake.table.snapshot().sizes()
    read = [_seconds(lambda: lake.read(spool=spool)) for _ in range(5)]
    texts = ["point", "metric", "quality", "reason", "origin"]
    plain = [
        _seconds(lambda: [pq.read_table(lake.table.root / f, read_dictionary=texts) for f in files]) for _ in range(5)
    ]
    one = [_seconds(lambda: lake.read(points=["fra1/srv-0500"], spool=spool)) for _ in range(5)]
    tiles = [_seconds(lambda: lake.series(["fra1/srv-0500"], "power", DAY, DAY + DAY_S, 500)) for _ in range(5)]
    print(
        f"\n{rows.num_rows / 1e6:.2f} M rows: ship {ship_s:.2f} s, bare write_deltalake {bare_s:.2f} s "
        f"({bare_s / ship_s:.2f} of its speed), compact {compact_s:.2f} s, "
        f"{sum(files.values()) / rows.num_rows:.2f} B/row\n"
        f"day as Arrow {min(read):.3f} s, bare pyarrow read {min(plain):.3f} s; "
        f"one series {min(one) * 1e3:.0f} ms, as 500 buckets {min(tiles) * 1e3:.0f} ms"
    )
    assert ship_s <= 2 * bare_s
    assert min(read) <= 3 * min(plain)


def _plain(rows: pa.Table) -> pa.Table:
    """What a bare writer is given: the same columns as texts, timestamps and a day to partition by."""
    columns = {
        name: rows[name].cast(pa.string()) if pa.types.is_dictionary(rows[name].type) else rows[name]
        for name in rows.column_names
    }
    columns["time"] = pa.compute.multiply(rows["time"], 1_000_000).cast(pa.timestamp("us", "UTC"))
    columns["day"] = pa.compute.strftime(columns["time"], "%Y-%m-%d")
    return pa.table(columns)


def _bare(path: Path, rows: pa.Table) -> None:
    write_deltalake(str(path), rows, mode="append", partition_by=["day"])


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
