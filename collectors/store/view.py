"""One moment of the archive: a snapshot of the lake and the spool's rows beyond it, read as if they were one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, numpy_of
from collectors.reading import Quality
from collectors.store.layout import READINGS
from collectors.store.order import groups, has_text, in_order, pick, series_keys, standing, text_mask
from collectors.store.parquet import Where, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from collectors.store.snapshot import Snapshot
    from collectors.store.spool import Spool

NEEDED = ("point", "metric", "time", "quality", "seq")
TOUCHED_SCHEMA = pa.schema(
    [
        READINGS.schema.field("point"),
        READINGS.schema.field("metric"),
        pa.field("first", pa.int64(), nullable=False),  # UTC seconds
        pa.field("last", pa.int64(), nullable=False),
        pa.field("seq", pa.int64(), nullable=False),
    ]
)


class View:
    """What a reader sees: nothing that is shipped meanwhile is seen twice or missed."""

    def __init__(self, snapshot: Snapshot, spool: Spool | None) -> None:
        """Combine a snapshot and, where given, what the spool holds after the number that the snapshot knows."""
        self.snapshot, self._spool = snapshot, spool
        self._after = max(snapshot.number(spool.app_id), 0) if spool else 0

    def read(self, where: Where, columns: Sequence[str] | None = None, *, rejected: bool = False) -> pa.Table:
        """Return the readings that stand, sorted by point, metric and time; see `Lake.read`."""
        names = READINGS.schema.names if columns is None else list(columns)
        needed = [*names, *(name for name in NEEDED if name not in names)]
        tables = [*self.snapshot.read(where, needed), self._tail(where, needed)]
        schema = pa.schema([READINGS.schema.field(name) for name in needed])
        whole = pa.concat_tables([empty_table(schema), *tables]).unify_dictionaries()
        if not has_text(whole["quality"], Quality.REJECTED):
            return standing(whole).select(names)
        bad = text_mask(whole["quality"], {Quality.REJECTED})
        good = standing(pick(whole, ~bad))
        if rejected:
            good, _ = in_order(pa.concat_tables([good, pick(whole, bad)]), READINGS)
        return good.select(names)

    def _tail(self, where: Where, columns: Sequence[str]) -> pa.Table:
        if self._spool is None:
            return empty_table(pa.schema([READINGS.schema.field(name) for name in columns]))
        rows = self._spool.after(self._after, start=where.start, end=where.end)
        return where.rows_of(rows, READINGS).select(columns)

    def touched(self, after_seq: int) -> pa.Table:
        """Return, per series with rows above a sequence, their first and last time and the highest sequence."""
        columns = ("point", "metric", "time", "seq")
        return touched_series(self._new(after_seq, columns))

    def _new(self, after_seq: int, columns: Sequence[str]) -> Iterator[pa.Table]:
        for path in self.snapshot.paths(Where(), above=("seq", after_seq)):
            rows = read_file(self.snapshot.root, path, READINGS, Where(), columns)
            yield pick(rows, numpy_of(rows["seq"]) > after_seq)
        rows = self._tail(Where(), columns)
        yield pick(rows, numpy_of(rows["seq"]) > after_seq)


def touched_series(tables: Iterable[pa.Table]) -> pa.Table:
    """Return one row per series of all tables (point, metric, time, seq): first and last time, highest sequence."""
    found = [_spans(rows) for rows in tables]
    merged = pa.concat_tables([empty_table(TOUCHED_SCHEMA), *found]).unify_dictionaries()
    return _grouped(merged, numpy_of(merged["first"]), numpy_of(merged["last"]), numpy_of(merged["seq"]))


def _spans(rows: pa.Table) -> pa.Table:
    time = numpy_of(rows["time"])
    return _grouped(rows, time, time, numpy_of(rows["seq"]))


def _grouped(rows: pa.Table, first: NDArray[np.int64], last: NDArray[np.int64], seq: NDArray[np.int64]) -> pa.Table:
    """One row per series: least `first`, greatest `last` and `seq`."""
    if not rows.num_rows:
        return empty_table(TOUCHED_SCHEMA)
    order, starts = groups(series_keys(rows))
    names = rows.select(["point", "metric"]).combine_chunks().take(arrow_of(order[starts]))
    ends = [f.reduceat(c[order], starts) for f, c in ((np.minimum, first), (np.maximum, last), (np.maximum, seq))]
    return pa.Table.from_arrays([*names.columns, *map(arrow_of, ends)], schema=TOUCHED_SCHEMA)
