"""Processes that work on one data folder until they are killed; each says what it finished in a file of its own.

python -m tests.soak.store_workers ROLE DATA NAME SECONDS
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import arrow_of, numpy_of, one_text
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.batches import ROW_BITS
from collectors.store.books import SEQUENCE_MARK, Books
from collectors.store.open import Stores
from collectors.store.order import groups, row_keys
from collectors.store.shipper import ship
from tests.collectors.store.tables import DAY, tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collectors.store.archive import Archive
    from collectors.store.influx.archive import InfluxArchive

POINTS = 10
CHUNKS = 5
GRACE_S = 2  # short, so that rows are purged while others read and ship


class Acks:
    """One line per finished piece of work; a line written survives the process that wrote it."""

    def __init__(self, data: Path, name: str) -> None:
        (data / "acks").mkdir(parents=True, exist_ok=True)
        self._file = os.open(data / "acks" / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(self, word: str) -> None:
        os.write(self._file, f"{word}\n".encode())


def accept(stores: Stores, name: str, acks: Acks) -> Iterator[None]:
    """Accept small batches of series of its own, one second after the other."""
    for second in range(10**6):
        stores.spool.accept(tick(DAY + 7 * second, points=POINTS, origin=name), key=None)
        acks.say(f"{name} {DAY + 7 * second}")
        yield


def bring(stores: Stores, _: str, acks: Acks) -> Iterator[None]:
    """Import files in chunks, always from the first one on, as a user repeats a killed import."""
    for file in range(10**6):
        for chunk in range(CHUNKS):
            rows = tick(DAY - 86_400 + 900 * file + chunk, points=POINTS, origin=f"import:{file}")
            stores.spool.accept(rows, key=f"import:{file}:{chunk}")
        acks.say(f"import:{file}")
        yield


def move(stores: Stores, _: str, acks: Acks) -> Iterator[None]:
    """Ship, compact and vacuum."""
    for turn in range(10**6):
        ship(stores.spool, stores.lake, grace_s=GRACE_S)
        if turn % 7 == 6:
            stores.lake.compact(DAY + 86_400)
        if turn % 40 == 39:
            stores.lake.vacuum()
            stores.books.compact(DAY + 40 * 86_400)
        acks.say(str(turn))
        time.sleep(0.02)
        yield


def keep(stores: Stores, _: str, acks: Acks) -> Iterator[None]:
    """A ledger job in small: what arrived since the watermark is summed by quarter hour."""
    for turn in range(10**6):
        with stores.books.keeping():
            keep_books(stores.archive, stores.books, (stores.spool.highest() << ROW_BITS) | ((1 << ROW_BITS) - 1))
        acks.say(str(turn))
        time.sleep(0.05)
        yield


def look(stores: Stores, _: str, acks: Acks) -> Iterator[None]:
    """Read without any lock: what was there once stays, and nothing is there twice."""
    seen = booked = 0
    for turn in range(10**6):
        rows = stores.archive.read(columns=["point", "metric", "time", "seq"])
        assert rows.num_rows >= seen, f"{seen - rows.num_rows} readings are gone"
        assert len(np.unique(numpy_of(rows["seq"]))) == rows.num_rows, "a reading is there twice"
        ledger = stores.books.rows(columns=["point", "metric", "start"])
        assert ledger.num_rows >= booked, f"{booked - ledger.num_rows} ledger rows are gone"
        assert len(np.unique(row_keys(ledger, "start"))) == ledger.num_rows, "a ledger row is there twice"
        seen, booked = rows.num_rows, ledger.num_rows
        stores.spool.latest()
        acks.say(f"{turn} {seen} {booked}")
        yield


def keep_books(archive: Archive | InfluxArchive, books: Books, mark: int) -> None:
    """Compute and write the quarter hours that readings above the books' watermark touch."""
    touched = archive.touched(books.watermark(SEQUENCE_MARK))
    if not touched.num_rows:
        return
    start = pc.min(touched["first"]).as_py() // 900 * 900
    end = pc.max(touched["last"]).as_py() // 900 * 900 + 900
    points = touched["point"].cast(pa.string()).to_pylist()
    rows = archive.read(points=points, start=start, end=end, columns=["point", "metric", "time", "value"])
    books.write(summed(rows), watermark={SEQUENCE_MARK: mark}, cause="late readings", now=int(time.time()))


def summed(rows: pa.Table) -> pa.Table:
    """One ledger row per series and quarter hour with readings: their sum, in whatever order they came."""
    begin = numpy_of(rows["time"]) // 900 * 900
    cells = rows.select(["point", "metric"]).append_column("time", arrow_of(begin))
    order, starts = groups(row_keys(cells, "time"))
    energy = np.add.reduceat(numpy_of(rows["value"])[order], starts)
    first, count = order[starts], len(starts)
    names = rows.select(["point"]).combine_chunks().take(arrow_of(first))
    columns = {
        "start": arrow_of(begin[first]),
        "end": arrow_of(begin[first] + 900),
        "point": names["point"],
        "metric": one_text("energy", count),
        "unit": one_text("W", count),
        "quality": one_text("measured", count),
        "method": one_text("power", count),
        "config_hash": one_text("0" * 16, count),
        "revision": arrow_of(np.zeros(count, np.int32)),
        **{name: arrow_of(np.ones(count)) for name in ("measured",)},
        **{name: arrow_of(np.zeros(count)) for name in ("estimated", "missing")},
        **{name: arrow_of(energy) for name in ("energy_kwh", "value", "low_kwh", "high_kwh")},
    }
    return pa.Table.from_arrays([columns[name] for name in LEDGER_SCHEMA.names], schema=LEDGER_SCHEMA)


ROLES: dict[str, Callable[[Stores, str, Acks], Iterator[None]]] = {
    "accept": accept,
    "bring": bring,
    "move": move,
    "keep": keep,
    "look": look,
}


def main(role: str, data: str, name: str, seconds: str) -> None:
    """Work until killed or until so many seconds have passed."""
    end = time.monotonic() + float(seconds)
    for _ in ROLES[role](Stores(Path(data)), name, Acks(Path(data), name)):
        if time.monotonic() > end:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
