"""Starts workers on one data folder, kills them or not, and proves what must stand afterwards (design 8.4)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROW_BITS
from collectors.store.books import Books
from collectors.store.doctor import examine
from collectors.store.layout import READINGS
from collectors.store.open import Stores
from collectors.store.parquet import Where
from collectors.store.shipper import ship
from tests.collectors.store.tables import plain
from tests.soak.store_workers import CHUNKS, GRACE_S, POINTS, keep_books

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


CREW = ("accept", "accept", "bring", "move", "move", "keep", "look")


def started(data: Path, role: str, name: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.soak.store_workers", role, str(data), name, str(seconds)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def kill_rounds(data: Path, rounds: int, *, seed: int, crew_names: Sequence[str] = CREW, longest_s: float = 2.5) -> int:
    """Start the crew so many times and kill -9 each at a moment of its own; return how many were killed."""
    chance = random.Random(seed)  # noqa: S311 (repeatable moments)
    killed = 0
    for number in range(rounds):
        names = [f"{role}-{number}-{i}" for i, role in enumerate(crew_names)]
        crew = [started(data, name.split("-")[0], name, 600) for name in names]
        while not all((data / "acks" / name).exists() for name in names):  # their imports take seconds
            time.sleep(0.02)
        moments = sorted((chance.uniform(0.0, longest_s), i) for i in range(len(crew)))
        begin = time.monotonic()
        for moment, i in moments:
            time.sleep(max(begin + moment - time.monotonic(), 0))
            crew[i].kill()
        for worker in crew:
            _, said = worker.communicate(timeout=60)
            assert worker.returncode == -9, f"{names} ended by itself: {said}"
            killed += 1
    return killed


def work_together(data: Path, seconds: float, *, crew_names: Sequence[str] = (*CREW, "look")) -> None:
    """Let the crew work side by side for a while; none may fail or complain."""
    crew = [started(data, role, f"{role}-{i}", seconds) for i, role in enumerate(crew_names)]
    for worker in crew:
        _, said = worker.communicate(timeout=seconds + 120)
        assert (worker.returncode, said) == (0, ""), said


def proven(data: Path) -> Counter[str]:
    """Check everything the workers said they finished, and return what was counted."""
    stores = Stores(data)
    ship(stores.spool, stores.lake, grace_s=GRACE_S)
    tables = stores.lake.table.snapshot().read(Where())
    rows = plain(pa.concat_tables([READINGS.schema.empty_table(), *tables]))
    here = Counter((row["origin"], row["time"]) for row in rows)
    assert len({row["seq"] for row in rows}) == len(rows), "a sequence was given twice"
    assert set(here.values()) <= {POINTS}, "a batch is in the archive in part, or more than once"
    said = [
        line
        for file in (data / "acks").iterdir()
        for line in file.read_text().splitlines()
        if line.startswith("accept")
    ]
    acked = {(line.split()[0], int(line.split()[1])) for line in said}
    assert acked <= set(here), f"{len(acked - set(here))} accepted batches are lost"
    imported = {line for file in (data / "acks").glob("bring*") for line in file.read_text().splitlines()}
    chunks = Counter(origin for origin, _ in here if origin.startswith("import:"))
    assert all(chunks[origin] == CHUNKS for origin in imported), "an import said to be done is not whole"
    unacked = sum(not origin.startswith("import:") for origin, _ in here) - len(acked)
    booked = (stores.spool.highest() + 1 << ROW_BITS) - 1
    keep_books(stores.archive, stores.books, booked)
    clean = Books(data / "clean")
    keep_books(stores.archive, clean, booked)
    compared = [name for name in clean.rows().column_names if name != "revision"]
    assert plain(stores.books.rows(), compared) == plain(clean.rows(), compared), (
        "the ledger is not a clean recomputation"
    )
    history = plain(stores.books.history(), ["point", "metric", "start", "revision"])
    standing = plain(stores.books.rows(), ["point", "metric", "start", "revision"])
    assert len(history) == sum(row["revision"] for row in standing), "a revision has no former row"
    assert examine(data) == []
    return Counter(batches=len(here), acked=len(acked), unacked=unacked, imports=len(imported), revised=len(history))
