"""From the spool to the lake: one flush is one Delta commit that carries the spool's number (design 3)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, one_text
from collectors.reading import Quality
from collectors.store.archive import Archive
from collectors.store.lake import UNDONE, append
from collectors.store.locks import writer_lock
from collectors.store.renewing import renew_latest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.store.batches import Batch
    from collectors.store.delta import Writer
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool

GRACE_S = 6 * 3600
FLUSH_ROWS = 1 << 19  # bounds memory; a larger backlog is several commits


def ship(spool: Spool, lake: Lake, *, grace_s: int = GRACE_S, now: int | None = None) -> int:
    """Move everything accepted so far into the lake, once each; return the rows shipped.

    What the lake has is decided by its own number alone, read and advanced in one commit, so a crash at any instant
    neither loses nor doubles a batch. Spool rows stay for `grace_s` seconds after they are durable in the lake.

    Raises:
        StoreUnavailable, StoreCorrupt: the lake did not take them; they stay in the spool.
    """
    shipped = 0
    with writer_lock(spool.path.with_name(f"{spool.path.name}.ship.lock")):
        last, upto, grew = spool.highest(), -1, True
        while grew and upto < last:
            former = upto
            rows, upto = lake.table.write(lambda writer: _flush(writer, spool))
            shipped += rows
            at = int(time.time()) if now is None else now
            spool.mark_shipped(upto, now=at)
            spool.purge(upto, grace_s, at)
            grew = upto > former
    return shipped


def undo_import(spool: Spool, lake: Lake, origin: str, *, now: int | None = None) -> pa.Table:
    """Undo an import as a whole; what stood before stands again, and its readings stay in quarantine.

    The ledger job learns of it like of any late reading: one rejected reading at either end of each series touched is
    accepted. Killed anywhere, it is done again by the same call.

    Returns:
        The series touched: point, metric, first and last (UTC seconds), highest sequence.

    Raises:
        StoreUnavailable, StoreCorrupt: a store does not answer; call again.
    """
    ship(spool, lake, now=now)
    touched = lake.undo_origin(origin)
    for rows in _marks(touched, origin):
        spool.accept(rows)
    renew_latest(spool, Archive(lake, spool), origin)
    return touched


def _marks(touched: pa.Table, origin: str) -> Iterator[pa.Table]:
    for side in ("first", "last"):
        rows = touched.num_rows
        columns = {
            "point": touched["point"],
            "metric": touched["metric"],
            "time": touched[side],
            "value": arrow_of(np.zeros(rows)),
            "quality": one_text(Quality.REJECTED, rows),
            "reason": one_text(UNDONE, rows),
            "origin": one_text(origin, rows),
            "device_time": pa.nulls(rows, pa.int64()),
        }
        if rows:
            yield pa.Table.from_arrays(list(columns.values()), names=list(columns))


def _flush(writer: Writer, spool: Spool) -> tuple[int, int]:
    """Commit the next batches; return their rows and the lake's number after them."""
    number = max(writer.snapshot.number(spool.app_id), 0)
    batches = spool.batches(number, FLUSH_ROWS)
    if not batches:
        return 0, number
    fresh, chunks = _fresh(writer, batches)
    numbers = {spool.app_id: batches[-1].n, **chunks}
    if fresh:
        append(writer, pa.concat_tables([batch.rows for batch in fresh]), numbers)
    else:
        writer.commit(transactions=numbers)
    return sum(batch.rows.num_rows for batch in fresh), batches[-1].n


def _fresh(writer: Writer, batches: Sequence[Batch]) -> tuple[list[Batch], dict[str, int]]:
    """Leave out import chunks that the lake has already (from a spool since lost); return the rest, numbered."""
    fresh: list[Batch] = []
    chunks: dict[str, int] = {}
    for batch in batches:
        app_id, _, chunk = (batch.key or "").rpartition(":")
        if app_id.startswith("import:"):
            if int(chunk) <= chunks.get(app_id, writer.snapshot.number(app_id)):
                continue
            chunks[app_id] = int(chunk)
        fresh.append(batch)
    return fresh, chunks
