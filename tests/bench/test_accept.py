"""Durable accept of 1,000 readings against a bare fsynced insert of the same rows, in one run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import apsw
import numpy as np
import pytest

from collectors.store.spool import Spool
from tests.collectors.store.tables import DAY, many

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

READINGS, ROUNDS = 1000, 300


@pytest.mark.bench
def test_accept_of_a_thousand_readings(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool" / "spool.sqlite")
    bare = _bare(tmp_path / "bare.sqlite")
    spent: dict[str, list[float]] = {"bare": [], "accept": []}
    for second in range(ROUNDS):
        table = many(READINGS, 1, start=DAY + 10 * second)
        rows = _plain(table)
        spent["bare"].append(_seconds(lambda rows=rows: bare(rows)))  # type: ignore[misc]
        spent["accept"].append(_seconds(lambda table=table: spool.accept(table)))  # type: ignore[misc]
    middle = {name: float(np.median(seconds)) * 1e3 for name, seconds in spent.items()}
    worst = {name: float(np.quantile(seconds, 0.99)) * 1e3 for name, seconds in spent.items()}
    print(
        f"\naccept {middle['accept']:.2f} ms (p99 {worst['accept']:.2f}), bare fsynced insert {middle['bare']:.2f} ms "
        f"(p99 {worst['bare']:.2f}), ratio {middle['accept'] / middle['bare']:.2f}"
    )
    assert middle["accept"] <= 3 * middle["bare"]


def _bare(path: Path) -> Callable[[list[tuple[object, ...]]], None]:
    """The least a durable insert can be: one table without any index, one transaction, one fsync."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE readings (point TEXT, metric TEXT, time INTEGER, value REAL)")

    def insert(rows: list[tuple[object, ...]]) -> None:
        with connection:
            connection.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows)

    return insert


def _plain(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(table[name].to_pylist() for name in ("point", "metric", "time", "value")), strict=True))


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
