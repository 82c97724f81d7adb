"""The lake: the archive of readings as a Delta table `readings`, one partition a UTC day (design 3).

Nothing is dropped on the way: superseded and rejected readings stay, the choice is made on reading. So an import can be
undone, and what stood before stands again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from collectors.arrays import one_text
from collectors.reading import Quality
from collectors.store.compaction import compact, cut
from collectors.store.delta import DeltaFolder
from collectors.store.downsample import downsample
from collectors.store.layout import READINGS
from collectors.store.order import in_order, pick, text_mask
from collectors.store.parquet import Where, read_file
from collectors.store.spool import RowsPurged
from collectors.store.view import View, touched_series

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from collectors.store.delta import Writer
    from collectors.store.snapshot import Snapshot
    from collectors.store.spool import Spool

T = TypeVar("T")
UNDONE = "import undone"


class Lake:
    """Readings for good: appended by shippers, read by anyone at any time."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; the table `readings` in it is created by the first append."""
        self.table = DeltaFolder(folder / READINGS.name, READINGS)

    def append(self, readings: pa.Table, transactions: Mapping[str, int]) -> None:
        """Commit readings (`READING_SCHEMA` with their sequences) and application transactions in one durable step.

        Where the lake has all of these transactions already, nothing happens.
        """
        self.table.write(partial(_append_once, readings=readings, transactions=transactions))

    def version_of(self, app_id: str) -> int:
        """Return the number of the last transaction of `app_id`, -1 where there is none."""
        return self.table.read(lambda snapshot: snapshot.number(app_id))

    def highest_seq(self) -> int:
        """Return the highest sequence in the lake, -1 where it is empty."""
        return self.table.read(lambda snapshot: snapshot.highest("seq"))

    def see(self, body: Callable[[View], T], spool: Spool | None = None) -> T:
        """Run a reader on one moment of the lake and, where given, of the spool's rows beyond it."""
        for _ in range(5):
            try:
                return self.table.read(lambda snapshot: body(View(snapshot, spool)))
            except RowsPurged:  # shipped and purged since the snapshot was opened: a newer one has them
                continue
        return self.table.read(lambda snapshot: body(View(snapshot, spool)))

    def read(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        spool: Spool | None = None,
        rejected: bool = False,  # noqa: FBT001, FBT002 (always given by name)
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return readings of [start, end) sorted by point, metric and time; of one second the highest sequence.

        Rejected readings are left out before that choice; with `rejected` every one of them is returned beside the
        standing good ones. With `spool`, rows it holds beyond the snapshot are included. `columns` names those wanted
        (default: all of `READING_SCHEMA`).
        """
        where = Where.of(points, metrics, start, end)
        return self.see(lambda view: view.read(where, columns, rejected=rejected), spool)

    def touched(self, after_seq: int, spool: Spool | None = None) -> pa.Table:
        """Return what arrived above a sequence: point, metric, first, last (UTC seconds) and highest seq per series."""
        return self.see(lambda view: view.touched(after_seq), spool)

    def series(
        self,
        points: Collection[str] | None,
        metric: str,
        start: int,
        end: int,
        max_points: int,
        spool: Spool | None = None,
    ) -> pa.Table:
        """Return mean, least and greatest value per bucket (`downsample.BUCKET_SCHEMA`), `max_points` at most."""
        where = Where.of(points, [metric], None, None)
        return self.see(lambda view: downsample(view, where, start=start, end=end, max_points=max_points), spool)

    def undo_origin(self, origin: str) -> pa.Table:
        """Quarantine all readings of one origin as `import undone`, in one step; what stood before stands again.

        Returns the series touched with first and last time, as `touched`; of an origin undone before, the same again.
        """
        return self.table.write(partial(_undo, origin=origin))

    def compact(self, before: int) -> int:
        """Make each closed UTC day (before that of `before`) sorted files; merge small files of later days.

        Returns the days rewritten. Readers and appends go on meanwhile.
        """
        return compact(self.table, before)

    def expire(self, before: int) -> int:
        """Drop the days that end at or before `before` (UTC seconds) and return how many; vacuum frees their space."""
        return self.table.write(partial(_expire, label=READINGS.label(before)))

    def vacuum(self) -> int:
        """Delete files that no reader can need any more, and return how many."""
        return self.table.vacuum()


def append(writer: Writer, readings: pa.Table, transactions: Mapping[str, int]) -> None:
    """Commit readings, sorted, one file a day."""
    rows, _ = in_order(readings.select(READINGS.schema.names), READINGS)
    writer.commit(adds=cut(rows, READINGS), transactions=transactions)


def _append_once(writer: Writer, readings: pa.Table, transactions: Mapping[str, int]) -> None:
    if any(number > writer.snapshot.number(app_id) for app_id, number in transactions.items()):
        append(writer, readings, transactions)


def _expire(writer: Writer, *, label: str) -> int:
    old = {path: day for path, day in writer.snapshot.label_of().items() if day < label}
    if old:
        writer.commit(removes=list(old))
    return len(set(old.values()))


def _undo(writer: Writer, *, origin: str) -> pa.Table:
    snapshot, where = writer.snapshot, Where(origins=frozenset([origin]))
    seen = ("point", "metric", "time", "seq", "quality")
    rows = {path: read_file(snapshot.root, path, READINGS, where, seen) for path in snapshot.paths(where)}
    standing = [path for path, own in rows.items() if not text_mask(own["quality"], {Quality.REJECTED}).all()]
    if standing:
        adds = ((path.split("/")[0].partition("=")[2], _undone(snapshot, path, origin)) for path in standing)
        writer.commit(adds=adds, removes=standing)
    return touched_series(rows.values())


def _undone(snapshot: Snapshot, path: str, origin: str) -> pa.Table:
    """Return the content of a file with the readings of one origin in quarantine; others' reasons stay."""
    rows = read_file(snapshot.root, path, READINGS, Where())
    bad = text_mask(rows["origin"], {origin}) & ~text_mask(rows["quality"], {Quality.REJECTED})
    out = pick(rows, bad)
    for name, text in (("quality", Quality.REJECTED), ("reason", UNDONE)):
        field = READINGS.schema.field(name)
        out = out.set_column(READINGS.schema.get_field_index(name), field, one_text(text, len(out)))
    return in_order(pa.concat_tables([pick(rows, ~bad), out]).unify_dictionaries(), READINGS)[0]
