"""The newest good value of each series, kept inside the spool for live pages; the archive is not asked.

`latest` is folded: the table holds what is known up to batch `latest_upto`, and the few batches after it are looked
through when someone asks. So accepting a batch costs one row, not one per series.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.layout import READINGS
from collectors.store.order import one_dictionary, series_keys, take, text_mask
from collectors.store.parquet import Where

if TYPE_CHECKING:
    from collections.abc import Collection

    import apsw
    from numpy.typing import NDArray

LATEST_TABLE = """
CREATE TABLE IF NOT EXISTS latest (
  point TEXT NOT NULL, metric TEXT NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL, quality TEXT NOT NULL,
  reason TEXT, origin TEXT NOT NULL, device_time INTEGER, seq INTEGER NOT NULL,
  PRIMARY KEY (point, metric)) WITHOUT ROWID;
"""
UPSERT = """
INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (point, metric) DO UPDATE SET time = excluded.time, value = excluded.value, quality = excluded.quality,
  reason = excluded.reason, origin = excluded.origin, device_time = excluded.device_time, seq = excluded.seq
WHERE (excluded.time, excluded.seq) > (latest.time, latest.seq)
"""
SELECT = """
SELECT * FROM latest WHERE (?1 IS NULL OR point IN (SELECT value FROM json_each(?1)))
  AND (?2 IS NULL OR metric IN (SELECT value FROM json_each(?2)))
"""


def newest(rows: pa.Table) -> pa.Table:
    """Return, sorted by series, the newest reading of each that is not rejected; of one second the highest sequence."""
    good = np.flatnonzero(~text_mask(rows["quality"], {Quality.REJECTED}))
    series, time, seq = series_keys(rows)[good], numpy_of(rows["time"])[good], numpy_of(rows["seq"])[good]
    order = np.lexsort((seq, time, series))
    last = np.flatnonzero(np.append(series[order][1:] != series[order][:-1], [True])[: len(order)])
    return take(rows, good[order[last]])


def fold(connection: apsw.Connection, rows: pa.Table) -> None:
    """Write the newest readings among `rows` into the table `latest`, where they are newer than what it holds."""
    tops = newest(rows)
    connection.executemany(UPSERT, zip(*(_plain(column) for column in tops.columns), strict=True))


def latest_table(
    connection: apsw.Connection, unfolded: pa.Table, points: Collection[str] | None, metrics: Collection[str] | None
) -> pa.Table:
    """Return the newest good reading of each wanted series as `READING_SCHEMA`, sorted by point and metric."""
    bindings = [None if values is None else json.dumps(sorted(set(values))) for values in (points, metrics)]
    found = connection.execute(SELECT, bindings).fetchall()
    columns = list(zip(*found, strict=True)) or [()] * len(READING_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, READING_SCHEMA, strict=True)]
    fresh = Where.of(points, metrics, None, None).rows_of(unfolded, READINGS)
    return newest(pa.concat_tables([pa.Table.from_arrays(arrays, schema=READING_SCHEMA), fresh]))


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
