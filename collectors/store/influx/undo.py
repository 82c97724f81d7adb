"""An import undone on a server: its readings are written over as withdrawn, and go to quarantine like refused ones.

No server deletes single points in all of 1.6 to 3.x, so nothing is deleted. What the import itself had written over is
not on the server any more: there, unlike in a lake, nothing stands again. The remedy: undo the older import of those
seconds too, and import its file again, for a file is taken again only after its import was undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.arrays import empty_table, one_text
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.batches import ROWS_MAX
from collectors.store.influx.answers import GOOD_FIELDS, good_rows
from collectors.store.influx.archive import HOUR_S, known_metrics, widest
from collectors.store.influx.delivery import deliver
from collectors.store.influx.lines import WITHDRAWN, lines_of
from collectors.store.influx.query import select, slices
from collectors.store.lake import UNDONE
from collectors.store.locks import writer_lock
from collectors.store.view import touched_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.influx.store import InfluxStore


def undo_import(store: InfluxStore, origin: str, *, now: int) -> pa.Table:
    """Withdraw every reading of `origin` that stands on the server; killed anywhere, it is done again by the same call.

    Returns:
        The series touched: point, metric, first and last (UTC seconds), highest sequence.

    Raises:
        StoreUnavailable: the server does not answer; call again.
    """
    store.ship(now=now)
    touched = [touched_series(())]
    bucket = store.keys.bucket_raw
    with writer_lock(store.shipper.lock_path):
        for rows in _readings_of(store, origin):
            store.journal.add("withdrawn", rows.num_rows)
            lines, _ = lines_of(_marked(rows, quality=WITHDRAWN))
            deliver(lines, lambda body: store.server.write(bucket, body))
            refused = _marked(rows, quality=str(Quality.REJECTED), reason=UNDONE)
            for at in range(0, refused.num_rows, ROWS_MAX):
                store.spool.accept(refused.slice(at, ROWS_MAX))
            touched.append(touched_series([rows]))
    return widest(touched)


def _readings_of(store: InfluxStore, origin: str) -> Iterator[pa.Table]:
    """Good readings of one origin on the server, metric by metric and slice by slice."""
    also = ('"origin" = $origin', {"origin": origin})
    for metric in known_metrics(store.journal):
        span = store.journal.span(None, [metric])
        for start, end in slices(span[0], span[1] + 1, width_s=store.keys.query_window_h * HOUR_S) if span else ():
            found = select(store.server, store.keys.bucket_raw, GOOD_FIELDS, metric, span=(start, end), also=also)
            rows = pa.concat_tables([empty_table(READING_SCHEMA), *(good_rows(one, metric) for one in found)])
            if rows.num_rows:
                yield rows.unify_dictionaries()


def _marked(rows: pa.Table, **words: str) -> pa.Table:
    for name, word in words.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), one_text(word, rows.num_rows))
    return rows
