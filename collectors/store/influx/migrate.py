"""From a lake to InfluxDB, day by day: it can be stopped and resumed, and every day is counted on the other side.

Readings keep their sequences. What InfluxDB has already with a higher sequence stays: where live shipping was faster,
an older value never overwrites a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collectors.arrays import numpy_of
from collectors.reading import Quality
from collectors.store.influx.archive import widest
from collectors.store.influx.delivery import deliver
from collectors.store.influx.lines import lines_of
from collectors.store.influx.mark import DAYS as PREFIX
from collectors.store.influx.mark import lake_days, leave_mark
from collectors.store.influx.query import select
from collectors.store.locks import writer_lock
from collectors.store.order import one_dictionary, pick, text_mask
from collectors.store.view import touched_series
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from collectors.store.influx.store import InfluxStore

DAY_S = 86_400
ROWS_AT_ONCE = 1_000_000
Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did: days brought over now, readings sent, and days that were over before."""

    days: int = 0
    readings: int = 0
    skipped: int = 0


def migrate(store: InfluxStore, *, at: int, progress: Callable[[int, int], None] | None = None) -> Migrated:
    """Bring every day of the lake over; a day is done once its count is right on the server.

    Args:
        store: where from and where to.
        at: UTC seconds, kept with refused lines.
        progress: told (readings done, readings in all).

    Raises:
        StoreUnavailable: the server does not take them, or a count is wrong; call again to go on with that day.
    """
    store.adopt()
    leave_mark(store.server, store.journal, now=at)
    days = lake_days(store.lake)
    whole, done = sum(days.values()), 0
    result = Migrated()
    over = store.journal.mirrored(PREFIX)
    for day, rows in sorted(days.items()):
        if over.get(day) == rows:
            result = Migrated(result.days, result.readings, result.skipped + 1)
        else:
            sent = _day(store, day, rows, at)
            store.journal.note_mirrored(PREFIX, day, rows)
            result = Migrated(result.days + 1, result.readings + sent, result.skipped)
        done += rows
        if progress is not None:
            progress(done, whole)
    return result


def _day(store: InfluxStore, day: str, rows: int, at: int) -> int:
    start = int(np.datetime64(day, "s").astype(np.int64))
    pieces = max(-(-rows // ROWS_AT_ONCE), 1)
    width = -(-DAY_S // pieces)
    sent, touched = 0, [touched_series(())]
    for a in range(start, start + DAY_S, width):
        with writer_lock(store.shipper.lock_path):  # between pieces live shipping has its turn
            lines, brought = _piece(store, a, min(a + width, start + DAY_S), at)
        sent += lines
        touched.append(brought)
    store.note_again(widest(touched))
    return sent


def _piece(store: InfluxStore, start: int, end: int, at: int) -> tuple[int, pa.Table]:
    """Send what the lake has of [start, end) and InfluxDB has not, then count; return lines and series for the ledger.

    Where the server would not take the oldest of them, what the books made of them in the lake is all that is left.
    """
    rows = store.lake.read(start=start, end=end, rejected=True)
    if not rows.num_rows:
        return 0, touched_series(())
    bucket = store.keys.bucket_raw
    mine, theirs = _standing_keys(rows), _their_keys(store, rows, start, end)
    newer = {key for key, seq in theirs.items() if seq > mine.get(key, seq)}
    sending = _without(rows, newer) if newer else rows
    lines, unwritable = lines_of(sending)
    result = deliver(lines, lambda body: store.server.write(bucket, body))
    letters = [(bucket, *letter) for letter in result.dead] + [(bucket, one.text, one.reason) for one in unwritable]
    store.journal.bury(letters, at=at)
    if result.expired:
        store.journal.add("expired", result.expired)
    touched = touched_series([rows])
    store.journal.note_touched(touched)
    wanted, found = len(mine.keys() | theirs.keys()), sum(_counts(store, _metrics(rows), start, end))
    if found < wanted - result.expired - len(letters) or found > wanted:
        message = (
            f"of the readings from {start} to {end} UTC seconds InfluxDB has {found} and should have {wanted}: "
            "run `wattlas store migrate` again."
        )
        raise StoreUnavailable(message)
    return len(lines), touched_series(()) if result.expired else touched


def _standing_keys(rows: pa.Table) -> dict[Key, int]:
    good = pick(rows, ~text_mask(rows["quality"], {Quality.REJECTED}))
    points, metrics = (_texts(good, name) for name in ("point", "metric"))
    keys = zip(points, metrics, numpy_of(good["time"]).tolist(), strict=True)
    return dict(zip(keys, numpy_of(good["seq"]).tolist(), strict=True))


def _their_keys(store: InfluxStore, rows: pa.Table, start: int, end: int) -> dict[Key, int]:
    """What InfluxDB has of the same metrics in [start, end): empty on a first run without live shipping."""
    if not sum(_counts(store, _metrics(rows), start, end)):
        return {}
    found = {}
    for metric in _metrics(rows):
        for one in select(store.server, store.keys.bucket_raw, '"seq"', metric, span=(start, end)):
            for time, seq in one.rows:
                found[one.tags["point"], metric, time] = int(seq)
    return found


def _counts(store: InfluxStore, metrics: list[str], start: int, end: int) -> Iterator[int]:
    for metric in metrics:
        for one in select(store.server, store.keys.bucket_raw, 'count("seq") AS "count"', metric, span=(start, end)):
            yield from one.column("count")


def _metrics(rows: pa.Table) -> list[str]:
    good = pick(rows, ~text_mask(rows["quality"], {Quality.REJECTED}))
    return sorted(set(_texts(good, "metric")))


def _texts(rows: pa.Table, name: str) -> list[str]:
    array = one_dictionary(rows[name])
    texts = array.dictionary.to_pylist()
    return [texts[code] for code in numpy_of(array.indices).tolist()]


def _without(rows: pa.Table, newer: set[Key]) -> pa.Table:
    keys = zip(_texts(rows, "point"), _texts(rows, "metric"), numpy_of(rows["time"]).tolist(), strict=True)
    return pick(rows, np.array([key not in newer for key in keys], bool))
