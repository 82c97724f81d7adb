"""The archive as readers want it: InfluxDB and what the spool holds beyond it, as one, like the lake's `Archive`.

What was accepted above a sequence is answered from the journal and the spool, for InfluxDB cannot be asked by sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, numpy_of
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.batches import ROW_BITS
from collectors.store.downsample import BUCKET_SCHEMA
from collectors.store.influx.adopt import adopt
from collectors.store.influx.answers import (
    GOOD_FIELDS,
    REFUSED_FIELDS,
    SUMMARY,
    bucket_rows,
    good_rows,
    refused_rows,
)
from collectors.store.influx.lines import QUARANTINE, WITHDRAWN
from collectors.store.influx.query import Series, select, slices
from collectors.store.layout import READINGS
from collectors.store.order import in_order, pick, row_keys, standing, take, text_mask
from collectors.store.parquet import Where
from collectors.store.spool import RowsPurged
from collectors.store.view import touched_series
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal
    from collectors.store.influx.mark import Proof
    from collectors.store.spool import Spool

T = TypeVar("T")
HOUR_S = 3600
TAIL_ROWS = 1 << 19  # rows of the backlog looked through at once


@dataclass(frozen=True, slots=True)
class InfluxArchive:
    """Everything accepted so far, shipped or not."""

    server: Server
    journal: Journal
    spool: Spool
    proof: Proof

    def read(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        *,
        rejected: bool = False,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return the readings that stand in [start, end), as `Lake.read`; of refused ones the last of each second.

        Raises:
            StoreUnavailable: the server does not answer, or lacks readings that it should have.
        """
        where = Where.of(points, metrics, start, end)
        names = READING_SCHEMA.names if columns is None else list(columns)
        return self._retried(lambda: self._read(where, rejected=rejected)).select(names)

    def complete_since(self) -> int:
        """Return from when on [UTC s] the server has all that it ever took; 0 where it never lost anything."""
        return self.journal.count("complete_since")

    def touched(self, after_seq: int) -> pa.Table:
        """Return what was accepted above a sequence, per series, as `Lake.touched`; long booked spans may be wider.

        Raises:
            StoreUnavailable: the server does not answer, or lacks readings that it should have.
        """
        self.proof.now()
        return self._retried(lambda: self._touched(after_seq))

    def series(self, points: Collection[str] | None, metric: str, start: int, end: int, max_points: int) -> pa.Table:
        """Return mean, least and greatest value per bucket, as `Lake.series`; the server does the sums.

        Raises:
            StoreUnavailable: the server does not answer.
        """
        width = max(-(-(end - start) // max_points), 1)
        where = Where.of(points, [metric], start, end)
        return self._retried(lambda: self._series(where, metric, width))

    def shipped(self) -> int:
        """Return up to which batch of the spool the server has everything."""
        return self.journal.shipped(self.spool.uuid) or 0

    def _read(self, where: Where, *, rejected: bool) -> pa.Table:
        """Look up the number, ask the server, add the spool's rows above the number: none is missed on the way."""
        shipped, span = self.shipped(), self._span(where)
        stored = [] if span is None else list(self._stored(where, *span))
        refused = list(self._refused(where, *span)) if span is not None and rejected else []
        tail = where.rows_of(self.spool.after(shipped, start=where.start, end=where.end), READINGS)
        bad = text_mask(tail["quality"], {Quality.REJECTED})
        good = standing(_whole([*stored, pick(tail, ~bad)]))
        if not rejected:
            return good
        quarantine = standing(_whole([*refused, pick(tail, bad)]))
        return in_order(_whole([good, quarantine]), READINGS)[0]

    def _span(self, where: Where) -> tuple[int, int] | None:
        """The part of [start, end) in which the server can have something; None for none."""
        known = self.journal.span(where.points, where.metrics)
        if known is None:
            return None
        start = known[0] if where.start is None else max(where.start, known[0])
        end = known[1] + 1 if where.end is None else min(where.end, known[1] + 1)
        return (start, end) if start < end else None

    def _stored(self, where: Where, start: int, end: int) -> Iterator[pa.Table]:
        for metric in self._metrics(where):
            for one in self._asked(GOOD_FIELDS, metric, where, start, end):
                rows = good_rows(one, metric)
                yield pick(rows, ~text_mask(rows["quality"], {WITHDRAWN}))

    def _refused(self, where: Where, start: int, end: int) -> Iterator[pa.Table]:
        for one in self._asked(REFUSED_FIELDS, QUARANTINE, where, start, end, group='"point", "metric"'):
            if where.metrics is None or one.tags["metric"] in where.metrics:
                yield refused_rows(one)

    def _asked(
        self, what: str, measurement: str, where: Where, start: int, end: int, *, group: str = '"point"'
    ) -> Iterable[Series]:
        points = None if where.points is None else sorted(where.points)
        keys = self.server.keys
        width_s = keys.query_window_h * HOUR_S
        return chain.from_iterable(
            select(self.server, keys.bucket_raw, what, measurement, span=(a, b), points=points, group=group)
            for a, b in slices(start, end, width_s=width_s)
        )

    def _metrics(self, where: Where) -> list[str]:
        return [one for one in known_metrics(self.journal) if where.metrics is None or one in where.metrics]

    def _touched(self, after_seq: int) -> pa.Table:
        """The journal for what is shipped, the spool for what is not, a few batches at a time."""
        self.server.ping()  # the ledger needs readings: while nobody answers, do not look through days of backlog
        number = max(self.shipped(), (after_seq >> ROW_BITS) - 1)
        parts = [self.journal.touched(after_seq)]
        while batches := self.spool.batches(number, TAIL_ROWS):
            number = batches[-1].n
            rows = pa.concat_tables([batch.rows for batch in batches]).unify_dictionaries()
            parts = [widest([*parts, touched_series([pick(rows, numpy_of(rows["seq"]) > after_seq)])])]
        return parts[0]

    def _series(self, where: Where, metric: str, width: int) -> pa.Table:
        start, end = int(where.start or 0), int(where.end or 0)
        tail = where.rows_of(self.spool.after(self.shipped(), start=start, end=end), READINGS)
        tail = pick(tail, ~text_mask(tail["quality"], {Quality.REJECTED}))
        fresh = _buckets_of(tail, start, width)
        parts = [empty_table(BUCKET_SCHEMA)]
        for a, b in _around(start, end, fresh):
            parts += self._summed(where, metric, a, b, start=start, width=width)
        if fresh is not None:
            a, b = fresh[0], min(fresh[1], end)
            raw = self._read(Where(where.points, where.metrics, a, b), rejected=False)
            parts.append(_summary(raw, start, width))
        return _sorted(pa.concat_tables(parts).unify_dictionaries())

    def _summed(self, where: Where, metric: str, first: int, end: int, *, start: int, width: int) -> list[pa.Table]:
        """Buckets that the server sums up; its buckets are moved so that one begins at `start`."""
        span = self._span(Where(where.points, where.metrics, first, end))
        if span is None or metric not in known_metrics(self.journal):
            return []
        a, b = start + (span[0] - start) // width * width, min(start - (start - span[1]) // width * width, end)
        keys, points = self.server.keys, None if where.points is None else sorted(where.points)
        found: list[Series] = []
        nothing: dict[str, object] = {}
        also = ('"quality" < 2', nothing) if self.journal.count("withdrawn") else ("", nothing)
        for low, high in slices(max(a, first), b, width_s=keys.query_window_h * HOUR_S, step_s=width):
            group = f'time({width}s, {start % width}s), "point" fill(none)'
            found += select(
                self.server,
                keys.bucket_raw,
                SUMMARY,
                metric,
                span=(low, high),
                points=points,
                group=group,
                also=also,
            )
        return [bucket_rows(one, metric) for one in found]

    def _retried(self, body: Callable[[], T]) -> T:
        """Run a reader; again when rows left the spool between looking up the number and reading them."""
        adopt(self.server, self.journal, self.spool)
        self.proof.lately()
        for _ in range(5):
            try:
                return body()
            except RowsPurged:
                continue
        return body()


def known_metrics(journal: Journal) -> list[str]:
    """Return the metrics that the server can have good readings of; a refused one may name anything."""
    return [metric for metric in journal.metrics() if metric in metrics()]


def _whole(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables([empty_table(READING_SCHEMA), *tables]).unify_dictionaries()


def widest(tables: list[pa.Table]) -> pa.Table:
    """One row per series: least `first`, greatest `last` and `seq`."""
    ends = [
        table.select(["point", "metric", side, "seq"]).rename_columns(["point", "metric", "time", "seq"])
        for table in tables
        for side in ("first", "last")
    ]
    return touched_series(ends)


def _buckets_of(rows: pa.Table, start: int, width: int) -> tuple[int, int] | None:
    """The whole buckets from the first to the last row, None where there are no rows."""
    if not rows.num_rows:
        return None
    time = numpy_of(rows["time"])
    first, last = int(time.min()), int(time.max())
    return start + (first - start) // width * width, start + ((last - start) // width + 1) * width


def _around(start: int, end: int, hole: tuple[int, int] | None) -> list[tuple[int, int]]:
    """[start, end) without `hole`."""
    if hole is None:
        return [(start, end)]
    return [(a, b) for a, b in ((start, hole[0]), (hole[1], end)) if a < b]


def _summary(rows: pa.Table, start: int, width: int) -> pa.Table:
    """Sum readings up as the server would."""
    time, value = numpy_of(rows["time"]), numpy_of(rows["value"])
    if not len(time):
        return empty_table(BUCKET_SCHEMA)
    bucket = (time - start) // width * width + start
    at = rows.schema.get_field_index("time")
    keys = row_keys(rows.set_column(at, rows.schema.field(at), arrow_of(bucket)), "time")
    starts = np.flatnonzero(np.append([True], keys[1:] != keys[:-1]))  # sorted already: rows are by series and time
    counts = np.diff(np.append(starts, len(keys)))
    sums = [
        np.add.reduceat(value, starts) / counts,
        np.minimum.reduceat(value, starts),
        np.maximum.reduceat(value, starts),
    ]
    names = take(rows.select(["point", "metric"]), starts).columns
    return pa.Table.from_arrays([*names, *map(arrow_of, (bucket[starts], *sums, counts))], schema=BUCKET_SCHEMA)


def _sorted(rows: pa.Table) -> pa.Table:
    return take(rows, np.argsort(row_keys(rows, "time"), kind="stable"))
