"""The books: the ledger and its history as Delta tables, one partition a UTC month (design 3 and 4.5).

A key (point, metric, start) stands once in the ledger. When late readings change a row its revision is counted up and
the former row goes to the history first, with time and cause; only files that hold changed rows are written anew.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, one_text
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.compaction import compact, cut
from collectors.store.delta import DeltaFolder
from collectors.store.layout import HISTORY, LEDGER
from collectors.store.locks import writer_lock
from collectors.store.mend import HISTORY_FACT
from collectors.store.order import in_order, take
from collectors.store.parquet import Where
from collectors.store.revisions import former_rows, match, revised
from config.errors import InputError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from collectors.store.delta import Writer

SEQUENCE_MARK = "ledger:sequence"  # watermark: up to which ingest sequence readings are in the ledger


@dataclass(frozen=True, slots=True)
class Written:
    """What a write changed: rows that are new and rows that got a new revision."""

    new: int
    revised: int


class Books:
    """Ledger rows for good, with every former version of them."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; the tables `ledger` and `ledger_history` are created by the first write."""
        self.folder = folder
        self.ledger = DeltaFolder(folder / LEDGER.name, LEDGER)
        self.former = DeltaFolder(folder / HISTORY.name, HISTORY)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Hold the only right to compute and write ledger rows; the ledger job does all its work inside."""
        with writer_lock(self.folder / "keeping.lock"):
            yield

    def watermark(self, app_id: str) -> int:
        """Return up to where the ledger has taken in `app_id`, -1 where it has nothing."""
        return self.ledger.read(lambda snapshot: snapshot.number(app_id))

    def rows(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return rows with `start` in [start, end), sorted by point, metric and start, as `LEDGER_SCHEMA`."""
        names = LEDGER.schema.names if columns is None else list(columns)
        needed = [*names, *(name for name in LEDGER.order if name not in names)]
        where = Where.of(points, metrics, start, end)
        tables = self.ledger.read(lambda snapshot: snapshot.read(where, needed))
        schema = pa.schema([LEDGER_SCHEMA.field(name) for name in needed])
        whole = pa.concat_tables([empty_table(schema), *tables]).unify_dictionaries()
        return in_order(whole, LEDGER)[0].select(names)

    def months(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.Table]:
        """Yield the same rows month by month in time order, so that a year of any size fits in memory.

        All months are of one snapshot. Within a table the rows come file by file: sorted where the month is compacted.
        """
        where = Where.of(points, metrics, start, end)
        for tables in self.ledger.snapshot().read_by_partition(where, columns):
            yield pa.concat_tables(tables).unify_dictionaries()

    def history(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> pa.Table:
        """Return former rows with `replaced_at` (UTC seconds) and `cause`, sorted by point, metric, start, revision."""
        where = Where.of(points, metrics, start, end)
        current = self.rows(points, metrics, start, end, columns=("point", "metric", "start", "revision"))
        tables = self.former.read(lambda snapshot: snapshot.read(where))
        return former_rows(pa.concat_tables([empty_table(HISTORY.schema), *tables]), current)

    def write(self, rows: pa.Table, *, watermark: Mapping[str, int], cause: str, now: int) -> Written:
        """Take in computed rows: unchanged ones are skipped, changed ones get revision + 1, all in one step.

        Args:
            rows: `LEDGER_SCHEMA`, each (point, metric, start) once; their `revision` is ignored.
            watermark: up to where the rows have taken in what (application id to number); it never goes back.
            cause: why rows may change, e.g. `late readings`; kept in the history.
            now: UTC seconds, kept in the history.

        Raises:
            InputError: a key stands twice in `rows`.
            StoreUnavailable: the ledger is already ahead of `watermark` (another job was faster), or cannot be written.
        """
        rows, keys = in_order(rows.select(LEDGER_SCHEMA.names), LEDGER)
        if keys is not None and (keys[1:] == keys[:-1]).any():
            place = int(np.flatnonzero(keys[1:] == keys[:-1])[0])
            row = rows.slice(place, 1).to_pylist()[0]
            message = f"{row['point']} {row['metric']} at {row['start']} stands twice in the rows: offer it once."
            raise InputError(message)
        return self.ledger.write(lambda writer: self._write(writer, rows, watermark, cause, now))

    def _write(self, writer: Writer, rows: pa.Table, watermark: Mapping[str, int], cause: str, now: int) -> Written:
        ahead = {app: number for app, number in watermark.items() if number != writer.snapshot.number(app)}
        for app, number in ahead.items():
            if number < writer.snapshot.number(app):
                message = f"ledger {self.ledger.root} is ahead of these rows ({app}): compute them again."
                raise StoreUnavailable(message)
        found = match(writer.snapshot, rows)
        facts = {HISTORY_FACT: self._keep(found.former, cause, now)} if found.former.num_rows else {}
        tables = (revised(writer.snapshot, path, rows, replaced) for path, replaced in found.changed.items())
        adds = chain.from_iterable(cut(table, LEDGER) for table in chain([take(rows, found.new)], tables))
        if len(found.new) or found.changed or ahead:
            writer.commit(adds=adds, removes=list(found.changed), transactions=ahead, facts=facts)
        return Written(len(found.new), found.former.num_rows)

    def _keep(self, former: pa.Table, cause: str, now: int) -> int:
        """Put former rows into the history and return its version; doubles after a crash are dropped on reading."""
        added = [arrow_of(np.full(len(former), now, np.int64)), one_text(cause, len(former))]
        table = pa.Table.from_arrays([*former.columns, *added], schema=HISTORY.schema)
        rows, _ = in_order(table, HISTORY)
        return self.former.write(lambda writer: writer.commit(adds=cut(rows, HISTORY)))

    def compact(self, before: int) -> int:
        """Make each closed UTC month (before that of `before`) sorted files; merge small files of later months.

        Returns the months rewritten. Readers and writers go on meanwhile.
        """
        return compact(self.ledger, before) + compact(self.former, before)

    def vacuum(self) -> int:
        """Delete files that no reader can need any more, and return how many."""
        return self.ledger.vacuum() + self.former.vacuum()
