"""Down-sampling in the store: a page asks for some hundred buckets, not for millions of readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, numpy_of
from collectors.reading import READING_SCHEMA
from collectors.store.order import groups, row_keys, take
from collectors.store.parquet import Where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collectors.store.view import View

DAY_S = 86_400
BUCKET_SCHEMA = pa.schema(
    [
        READING_SCHEMA.field("point"),
        READING_SCHEMA.field("metric"),
        pa.field("time", pa.int64(), nullable=False),  # start of the bucket, UTC seconds
        pa.field("mean", pa.float64(), nullable=False),  # of the readings in it, each counted once
        pa.field("min", pa.float64(), nullable=False),
        pa.field("max", pa.float64(), nullable=False),
        pa.field("readings", pa.int64(), nullable=False),
    ]
)


def downsample(view: View, where: Where, *, start: int, end: int, max_points: int) -> pa.Table:
    """Return mean, least and greatest value of each series per bucket of [start, end), at most `max_points` buckets.

    Buckets are equally long, in whole seconds; one without readings is left out. It reads a day at a time.
    """
    width = max(-(-(end - start) // max_points), 1)
    days = [empty_table(BUCKET_SCHEMA)]
    for first in range(start - start % DAY_S, end, DAY_S):
        day = Where(where.points, where.metrics, max(first, start), min(first + DAY_S, end))
        rows = view.read(day, ("point", "metric", "time", "value"))
        bucket, value = (numpy_of(rows["time"]) - start) // width * width + start, numpy_of(rows["value"])
        names = rows.select(["point", "metric"]).columns
        days.append(_merged(_table(names, bucket, value, value, value, np.ones(len(value), np.int64))))
    return _merged(pa.concat_tables(days).unify_dictionaries())


def _table(
    names: list[pa.ChunkedArray],
    time: NDArray[np.int64],
    mean: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    readings: NDArray[np.int64],
) -> pa.Table:
    return pa.Table.from_arrays([*names, *map(arrow_of, (time, mean, low, high, readings))], schema=BUCKET_SCHEMA)


def _merged(rows: pa.Table) -> pa.Table:
    """Make rows of the same series and bucket one, sorted."""
    if not rows.num_rows:
        return rows
    order, starts = groups(row_keys(rows, "time"))
    rows = take(rows, order)
    mean, low, high, readings = (numpy_of(rows[name]) for name in ("mean", "min", "max", "readings"))
    count = np.add.reduceat(readings, starts)
    first = take(rows, starts)
    return _table(
        first.select(["point", "metric"]).columns,
        numpy_of(first["time"]),
        np.add.reduceat(mean * readings, starts) / count,
        np.minimum.reduceat(low, starts),
        np.maximum.reduceat(high, starts),
        count,
    )
