"""What a server holds already, asked once: readings of a former life, of a restored backup, of a server moved to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROW_BITS
from collectors.store.influx.failures import no_influxql
from collectors.store.influx.lines import QUARANTINE
from collectors.store.influx.query import Series, run, select
from collectors.store.view import TOUCHED_SCHEMA
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal
    from collectors.store.spool import Spool

FAR = 4_102_444_800  # 2100-01-01: after every reading
Row = tuple[str, str, int, int, int]


ADOPTED = "adopted:"


def adopt(server: Server, journal: Journal, spool: Spool) -> None:
    """Write into the journal, once per server and bucket, which series the server has, and from when to when.

    The spool's numbers go on above what stands there, so that what is accepted from now on wins.

    Raises:
        StoreUnavailable: the server does not answer, or has no such bucket.
    """
    place = f"{server.url} {server.keys.bucket_raw}"
    if place in journal.mirrored(ADOPTED):
        return
    rows = list(_rows(server))
    journal.note_touched(pa.Table.from_arrays(_arrays(rows), schema=TOUCHED_SCHEMA))
    if rows:
        spool.raise_floor((max(row[-1] for row in rows) >> ROW_BITS) + 1)
    journal.note_mirrored(ADOPTED, place, len(rows))


def _arrays(rows: list[Row]) -> list[pa.Array]:
    columns = list(zip(*rows, strict=True)) or [()] * len(TOUCHED_SCHEMA)
    return [pa.array(column, field.type) for column, field in zip(columns, TOUCHED_SCHEMA, strict=True)]


def _rows(server: Server) -> Iterator[Row]:
    named = run(server, server.keys.bucket_raw, "SHOW MEASUREMENTS")
    if any(one.name == "databases" for one in named):  # an answer to another question: nothing is to go there
        raise no_influxql(server.url)
    found = {name for one in named for name in one.column("name")}
    for measurement in sorted(found & {*metrics(), QUARANTINE}):
        yield from _spans(server, measurement)


def _spans(server: Server, measurement: str) -> Iterator[Row]:
    """First and last time per series, and the sequence of the last reading (the highest, but for late data)."""
    firsts, lasts = (
        {(one.tags["point"], one.tags.get("metric", measurement)): one for one in _ends(server, measurement, end)}
        for end in ("first", "last")
    )
    for (point, metric), last in lasts.items():
        first, seq = firsts.get((point, metric), last), last.column("seq")[0]
        if point:
            yield point, metric, first.column("time")[0], last.column("time")[0], int(seq or 0)


def _ends(server: Server, measurement: str, end: str) -> list[Series]:
    group = '"point", "metric"' if measurement == QUARANTINE else '"point"'
    what = f'{end}("value"), "seq"'
    return select(server, server.keys.bucket_raw, what, measurement, span=(0, FAR), group=group)
