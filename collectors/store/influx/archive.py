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
from collectors.store.influx.lines import NO_TIME, QUALITIES, QUARANTINE, WITHDRAWN
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
    from collectors.store.spool import Spool

T = TypeVar("T")
HOUR_S = 3600
TAIL_ROWS = 1 << 19  # rows of the backlog looked through at once
GOOD_FIELDS = '"value", "seq", "quality", "origin", "device_time"'
REFUSED_FIELDS = '"value", "seq", "reason", "origin", "device_time"'
SUMMARY = 'mean("value") AS "mean", min("value") AS "min", max("value") AS "max", count("value") AS "readings"'


@dataclass(frozen=True, slots=True)
class InfluxArchive:
    """Everything accepted so far, shipped or not."""

    server: Server
    journal: Journal
    spool: Spool

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
            StoreUnavailable: the server does not answer.
        """
        where = Where.of(points, metrics, start, end)
        names = READING_SCHEMA.names if columns is None else list(columns)
        return self._retried(lambda: self._read(where, rejected=rejected)).select(names)

    def touched(self, after_seq: int) -> pa.Table:
        """Return what was accepted above a sequence, per series, as `Lake.touched`; long booked spans may be wider."""
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
                yield _refused_rows(one)

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
        also = ('"quality" < 2', {}) if self.journal.count("withdrawn") else ("", {})
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
        return [_bucket_rows(one, metric) for one in found]

    def _retried(self, body: Callable[[], T]) -> T:
        """Run a reader; again when rows left the spool between looking up the number and reading them."""
        adopt(self.server, self.journal)
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


def good_rows(one: Series, metric: str) -> pa.Table:
    """Turn a series of a metric into readings (`READING_SCHEMA`), withdrawn ones included; what is not ours is left out."""
    one = _ours(one)
    qualities = np.array(one.column("quality"), np.int32)
    table = _common(one, point=one.tags["point"], metric=metric, values=np.array(one.column("value"), np.float64))
    words = pa.DictionaryArray.from_arrays(pa.array(qualities, pa.int32()), pa.array(QUALITIES))
    return _table(table | {"quality": words, "reason": pa.nulls(len(one.rows), READING_SCHEMA.field("reason").type)})


def _ours(one: Series) -> Series:
    """Leave out rows that another program wrote into the same bucket: they have no sequence, or no point."""
    at = [list(one.columns).index(name) for name in ("value", "seq", "origin")]
    rows = [row for row in one.rows if all(row[place] is not None for place in at)] if one.tags.get("point") else []
    return Series(one.tags, one.columns, rows)


def _refused_rows(one: Series) -> pa.Table:
    one = _ours(one)
    values = np.array([float(text) for text in one.column("value")], np.float64)
    table = _common(one, point=one.tags["point"], metric=one.tags["metric"], values=values)
    quality = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(values), np.int32)), pa.array([Quality.REJECTED]))
    return _table(table | {"quality": quality, "reason": _texts(one.column("reason"), "reason")})


def _common(one: Series, *, point: str, metric: str, values: np.ndarray) -> dict[str, pa.Array]:
    same = pa.array(np.zeros(len(values), np.int32))
    device = [None if second in (None, NO_TIME) else second for second in one.column("device_time")]
    return {
        "point": pa.DictionaryArray.from_arrays(same, pa.array([point])),
        "metric": pa.DictionaryArray.from_arrays(same, pa.array([metric])),
        "time": pa.array(np.array(one.column("time"), np.int64)),
        "value": pa.array(values),
        "origin": _texts(one.column("origin"), "origin"),
        "device_time": pa.array(device, pa.int64()),
        "seq": pa.array(np.array(one.column("seq"), np.int64)),
    }


def _texts(texts: list[str], name: str) -> pa.Array:
    return pa.array(texts, pa.string()).dictionary_encode().cast(READING_SCHEMA.field(name).type)


def _table(columns: dict[str, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays([columns[name] for name in READING_SCHEMA.names], schema=READING_SCHEMA)


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


def _bucket_rows(one: Series, metric: str) -> pa.Table:
    same = pa.array(np.zeros(len(one.rows), np.int32))
    names = [pa.DictionaryArray.from_arrays(same, pa.array([text])) for text in (one.tags["point"], metric)]
    columns = [pa.array(one.column(f.name), f.type) for f in BUCKET_SCHEMA if f.name not in ("point", "metric")]
    return pa.Table.from_arrays([*names, *columns], schema=BUCKET_SCHEMA)


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
