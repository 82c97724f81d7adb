"""A year of two points out of 35 million ledger rows, and all of it month by month against a bare pyarrow read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from collectors.store.books import Books
from tests.collectors.store.tables import ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POINTS = 1000
COLUMNS = ["point", "metric", "start", "energy_kwh", "measured", "estimated", "missing"]


@pytest.mark.bench
def test_a_year_of_a_thousand_points(tmp_path: Path) -> None:
    books = Books(tmp_path)
    edges = [int(datetime(2026 + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()) for month in range(13)]
    spans = list(pairwise(edges))
    rows = 0
    begin = time.perf_counter()
    for mark, (start, end) in enumerate(spans):
        table = ledger(POINTS, (end - start) // 900, start=start, seed=mark)
        rows += books.write(table, watermark={"sequence": mark}, cause="readings", now=end).new
    write_s = time.perf_counter() - begin
    two = [
        _seconds(lambda: books.rows(points=["fra1/srv-0100", "fra1/srv-0700"], metrics=["energy"])) for _ in range(7)
    ]
    every = [_seconds(lambda: [table.num_rows for table in books.months(columns=COLUMNS)]) for _ in range(3)]
    files = books.ledger.snapshot().sizes()
    bare = [_seconds(lambda: [_bare(books.ledger.root / file) for file in files]) for _ in range(3)]
    late = ledger(1, 96, start=edges[5], seed=99)
    late_s = _seconds(lambda: books.write(late, watermark={"sequence": 99}, cause="late readings", now=edges[-1]))
    print(
        f"\n{rows / 1e6:.1f} M ledger rows: written in {write_s:.0f} s, {sum(files.values()) / rows:.1f} B/row\n"
        f"two points' year {min(two) * 1e3:.0f} ms; all rows, 7 columns {min(every):.2f} s, "
        f"bare pyarrow {min(bare):.2f} s; 96 late rows of one point {late_s:.2f} s"
    )
    assert min(two) <= 0.1
    assert min(every) <= 3 * min(bare)


def _bare(path: Path) -> int:
    return int(pq.read_table(path, columns=COLUMNS, read_dictionary=["point", "metric"]).num_rows)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
