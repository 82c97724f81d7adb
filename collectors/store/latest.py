"""The newest good value of each series, kept inside the spool for live pages; the archive is not asked.

`latest` is folded: the table holds what is known up to batch `latest_upto`, and the few batches after it are looked
through when someone asks. So accepting a batch costs one row, not one per series.

A clock that was ahead leaves readings of the future when it is set back. They wait in `ahead`, so that what is measured
now is seen beside them, and none is lost: once their time is past they are as good as any other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of
from collectors.faults import FUTURE_S
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.layout import READINGS
from collectors.store.order import one_dictionary, series_keys, take, text_mask
from collectors.store.parquet import Where

if TYPE_CHECKING:
    from collections.abc import Collection

    import apsw
    from numpy.typing import NDArray

COLUMNS = """
  point TEXT NOT NULL, metric TEXT NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL, quality TEXT NOT NULL,
  reason TEXT, origin TEXT NOT NULL, device_time INTEGER, seq INTEGER NOT NULL,
  PRIMARY KEY (point, metric)) WITHOUT ROWID;
"""
LATEST, AHEAD = "latest", "ahead"
LATEST_TABLE = "".join(f"CREATE TABLE IF NOT EXISTS {table} ({COLUMNS}" for table in (LATEST, AHEAD))
UPSERT = """
ON CONFLICT (point, metric) DO UPDATE SET time = excluded.time, value = excluded.value, quality = excluded.quality,
  reason = excluded.reason, origin = excluded.origin, device_time = excluded.device_time, seq = excluded.seq
WHERE (excluded.time, excluded.seq) > ({0}.time, {0}.seq)
"""
SELECT = """
SELECT * FROM {0} WHERE (?1 IS NULL OR point IN (SELECT value FROM json_each(?1)))
  AND (?2 IS NULL OR metric IN (SELECT value FROM json_each(?2)))
"""
SELECT_BOTH = f"{SELECT.format(LATEST)} UNION ALL {SELECT.format(AHEAD)}"


def newest(rows: pa.Table) -> pa.Table:
    """Return, sorted by series, the newest reading of each that is not rejected; of one second the highest sequence."""
    good = np.flatnonzero(~text_mask(rows["quality"], {Quality.REJECTED}))
    series, time, seq = series_keys(rows)[good], numpy_of(rows["time"])[good], numpy_of(rows["seq"])[good]
    order = np.lexsort((seq, time, series))
    last = np.flatnonzero(np.append(series[order][1:] != series[order][:-1], [True])[: len(order)])
    return take(rows, good[order[last]])


def fold(connection: apsw.Connection, rows: pa.Table, *, now: int) -> None:
    """Write the newest readings among `rows` into the tables, where they are newer than what these hold at `now`."""
    _settle(connection, now)
    future = numpy_of(rows["time"]) > now + FUTURE_S
    for table, mask in ((LATEST, ~future), (AHEAD, future)):
        tops = newest(take(rows, np.flatnonzero(mask)))
        values = zip(*(_plain(column) for column in tops.columns), strict=True)
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) {UPSERT.format(table)}", values)  # noqa: S608 - our names


def _settle(connection: apsw.Connection, now: int) -> None:
    """Part what is of the future from what is not: a clock was set, or time went on."""
    for source, to, sign in ((LATEST, AHEAD, ">"), (AHEAD, LATEST, "<=")):
        moved = f"FROM {source} WHERE time {sign} ?"
        connection.execute(f"INSERT INTO {to} SELECT * {moved} {UPSERT.format(to)}", (now + FUTURE_S,))
        connection.execute(f"DELETE {moved}", (now + FUTURE_S,))


def latest_table(
    connection: apsw.Connection,
    unfolded: pa.Table,
    points: Collection[str] | None,
    metrics: Collection[str] | None,
    now: int | None,
) -> pa.Table:
    """Return the newest good reading of each wanted series as `READING_SCHEMA`, sorted by point and metric.

    Of the future of `now` there is none, as none is accepted.
    """
    bindings = [None if values is None else json.dumps(sorted(set(values))) for values in (points, metrics)]
    fresh = Where.of(points, metrics, None, None).rows_of(unfolded, READINGS)
    rows = pa.concat_tables([_table(connection.execute(SELECT_BOTH, bindings).fetchall()), fresh])
    past = rows if now is None else take(rows, np.flatnonzero(numpy_of(rows["time"]) <= now + FUTURE_S))
    return newest(past)


def latest_of(connection: apsw.Connection, origin: str) -> pa.Table:
    """Return what is folded of one origin."""
    query = " UNION ALL ".join(f"SELECT * FROM {table} WHERE origin = ?1" for table in (LATEST, AHEAD))  # noqa: S608
    return newest(_table(connection.execute(query, (origin,)).fetchall()))


def forget(connection: apsw.Connection, origin: str) -> None:
    """Delete what is folded of one origin."""
    for table in (LATEST, AHEAD):
        connection.execute(f"DELETE FROM {table} WHERE origin = ?", (origin,))  # noqa: S608 - our names


def _table(found: list[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*found, strict=True)) or [()] * len(READING_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, READING_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=READING_SCHEMA)


def _plain(column: pa.ChunkedArray) -> list[object] | NDArray[np.generic]:
    """Python values of a column; through numpy where it can be, for Arrow's own way takes microseconds a value."""
    if column.null_count == len(column):
        return [None] * len(column)
    if column.null_count:
        return column.to_pylist()  # type: ignore[no-any-return]  # Arrow has no types
    if pa.types.is_dictionary(column.type):
        array = one_dictionary(column)
        texts = array.dictionary.to_pylist()
        return [texts[code] for code in numpy_of(array.indices).tolist()]
    return numpy_of(column).tolist()  # type: ignore[no-any-return]  # numpy says Any
