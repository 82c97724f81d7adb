"""Hours of the ledger, mirrored to the bucket that never expires: what dashboards beside Wattlas read.

    energy_hourly,point=fra1/srv-1,site=fra1 kwh=0.42,low_kwh=0.41,high_kwh=0.43,measured=1,... 1795413600

The ledger stays the book; this is its copy. A ledger file that the journal does not name holds something new: the hours
that its rows lie in are written again, whole. A late reading changes its file, so its hour follows by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of
from collectors.store.influx.delivery import deliver
from collectors.store.influx.lines import Lines, escaped_tags
from collectors.store.layout import LEDGER
from collectors.store.order import groups, one_dictionary, pick, row_keys, take
from collectors.store.parquet import Where, read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from collectors.store.books import Books
    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal
    from collectors.store.snapshot import Snapshot

MEASUREMENT = "energy_hourly"
PREFIX = "hours:"
HOUR_S = 3600
CELLS_PER_HOUR = 4
ROWS_AT_ONCE = 1_000_000
ENERGY = Where.of(None, ["energy"], None, None)
COLUMNS = ("start", "end", "point", "metric", "energy_kwh", "low_kwh", "high_kwh", "measured", "estimated", "revision")


def mirror(books: Books, journal: Journal, server: Server, *, at: int) -> int:
    """Bring the hourly bucket up to the ledger and return the hours written.

    Raises:
        StoreUnavailable: the server did not take them; the next call does it again.
    """
    return int(books.ledger.read(lambda snapshot: _mirror(books, journal, server, at, snapshot)))


def _mirror(books: Books, journal: Journal, server: Server, at: int, snapshot: Snapshot) -> int:
    paths, known = snapshot.paths(ENERGY), journal.mirrored(PREFIX)
    written = 0
    for path in paths:
        if path in known:
            continue
        rows = read_file(books.ledger.root, path, LEDGER, ENERGY, COLUMNS)
        hours = sum(_post(part, journal, server, at) for part in _whole_hours(books, rows))
        journal.note_mirrored(PREFIX, path, hours)
        written += hours
    journal.forget_mirrored(PREFIX, known.keys() - set(paths))
    return written


def _whole_hours(books: Books, rows: pa.Table) -> Iterator[pa.Table]:
    """Yield the ledger's rows of every hour that `rows` lie in, some points at a time; some may be in other files."""
    if not rows.num_rows:
        return
    points = sorted(one_dictionary(rows["point"]).dictionary.to_pylist())
    wanted = np.unique(_hour(rows))
    start, end = int(wanted.min()), int(wanted.max()) + HOUR_S
    step = max(ROWS_AT_ONCE * HOUR_S // (CELLS_PER_HOUR * (end - start)), 1)
    for at in range(0, len(points), step):
        found = books.rows(points[at : at + step], ["energy"], start, end, COLUMNS)
        yield pick(found, np.isin(_hour(found), wanted))


def _hour(rows: pa.Table) -> NDArray[np.int64]:
    return numpy_of(rows["start"]) // HOUR_S * HOUR_S


def _post(rows: pa.Table, journal: Journal, server: Server, at: int) -> int:
    lines = hour_lines(rows)
    bucket = server.keys.bucket_hourly
    result = deliver(lines, lambda body: server.write(bucket, body))
    if result.dead:
        journal.bury([(bucket, *letter) for letter in result.dead], at=at)
    return len(lines)


def hour_lines(rows: pa.Table) -> Lines:
    """Turn ledger rows of metric energy into one line per point and hour, stamped with the hour's start (UTC)."""
    if not rows.num_rows:
        return Lines(memoryview(b""), np.zeros(0, np.int64), np.zeros(0, np.int64))
    hour = _hour(rows)
    at = rows.schema.get_field_index("start")
    order, starts = groups(row_keys(rows.set_column(at, rows.schema.field(at), pa.array(hour)), "start"))
    rows, hour = take(rows, order), hour[order][starts]
    sums = _sums(rows, starts)
    points = take(rows.select(["point"]), starts)["point"].to_pylist()
    heads = {point: f"{MEASUREMENT}{escaped_tags(point=point)} " for point in set(points)}
    texts = [
        f"{heads[point]}{','.join(map('='.join, zip(sums, values, strict=True)))} {time}\n".encode()
        for point, time, *values in zip(points, hour.tolist(), *sums.values(), strict=True)
    ]
    return Lines(memoryview(b"".join(texts)), np.cumsum([len(text) for text in texts]), hour)


def _sums(rows: pa.Table, starts: NDArray[np.int64]) -> dict[str, list[str]]:
    """Energy added up, shares of the hour's booked time, seconds booked, highest revision; as text."""
    seconds = (numpy_of(rows["end"]) - numpy_of(rows["start"])).astype(np.float64)
    booked = np.add.reduceat(seconds, starts)
    kwh = np.nan_to_num(numpy_of(rows["energy_kwh"]))
    low, high = (np.where(np.isnan(end := numpy_of(rows[name])), kwh, end) for name in ("low_kwh", "high_kwh"))
    shares = {name: numpy_of(rows[name]) * seconds for name in ("measured", "estimated")}
    floats = {"kwh": kwh, "low_kwh": low, "high_kwh": high, **shares}
    added = {name: np.add.reduceat(values, starts) for name, values in floats.items()}
    added |= {name: added[name] / booked for name in shares}
    added["missing"] = np.clip(1.0 - added["measured"] - added["estimated"], 0.0, 1.0)
    found = {name: [repr(value) for value in values.tolist()] for name, values in added.items()}
    whole = {"seconds": booked.astype(np.int64), "rev": np.maximum.reduceat(numpy_of(rows["revision"]), starts)}
    return found | {name: [f"{value}i" for value in values.tolist()] for name, values in whole.items()}
