"""The books: the ledger and its history as Delta tables, one partition a UTC month (design 3 and 4.5).

A key (point, metric, start) stands once in the ledger. When late readings change a row its revision is counted up and
the former row goes to the history first, with time and cause; only files that hold changed rows are written anew.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, numpy_of, one_text
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.compaction import compact, cut
from collectors.store.delta import DeltaFolder
from collectors.store.layout import HISTORY, LEDGER, US
from collectors.store.locks import writer_lock
from collectors.store.mend import HISTORY_FACT
from collectors.store.order import in_order, pick, take, text_mask
from collectors.store.parquet import Where, read_file
from collectors.store.revisions import former_rows, match, revised
from collectors.store.thinning import CELLS, DAY_S, quarter_hours, thinned
from config.errors import InputError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from collectors.store.delta import Writer
    from collectors.store.snapshot import Snapshot

THINNED_MARK = "ledger:thinned"  # before it there may be rows of whole days
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
        tables = self.ledger.read(lambda snapshot: [table for part in _read(snapshot, where, needed) for table in part])
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
        names = LEDGER.schema.names if columns is None else list(columns)
        for tables in _read(self.ledger.snapshot(), where, names, whole=False):
            yield _joined(tables)  # without a name here: a month is the reader's alone, gone when it is done

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

    def files_of(self, spans: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
        """Return for each span [UTC s] the data files that can hold its rows, also as whole days: all of one snapshot.

        No file is ever changed: rows that are other ones stand in other files.
        """
        snapshot = self.ledger.snapshot()
        return [frozenset(snapshot.paths_within(start - DAY_S, end)) for start, end in spans]

    def earliest(self) -> int | None:
        """Return the start [UTC s] of the first row, or nearly so (its file's), None where there is none."""
        least = self.ledger.snapshot().files
        return None if not least.num_rows else int(min(least["min.start"].cast(pa.int64()).to_pylist())) // US

    def thin(self, points: Collection[str], start: int, end: int) -> int:
        """Make one row of each whole measured UTC day of these points within [start, end); return how many days.

        A file is one commit, so a kill leaves days that are whole. What a day was by quarter hours is gone for good.
        """
        where = Where.of(points, None, start, end)
        paths = self.ledger.snapshot().paths(where) if start < end else []
        return sum(self.ledger.write(partial(_thin_file, path=path, where=where)) for path in paths)

    def note(self, mark: str, number: int) -> None:
        """Remember a number under a name, in a commit of its own."""
        self.ledger.write(lambda writer: writer.commit(transactions={mark: number}))

    def vacuum(self) -> int:
        """Delete files that no reader can need any more, and return how many."""
        return self.ledger.vacuum() + self.former.vacuum()


def _read(snapshot: Snapshot, where: Where, names: Sequence[str], *, whole: bool = True) -> Iterator[list[pa.Table]]:
    """Yield rows of one partition after another (or all, in one step), days that were thinned cut again."""
    thinned_until = snapshot.number(THINNED_MARK)
    if thinned_until <= (where.start or 0):
        yield from [snapshot.read(where, names)] if whole else snapshot.read_by_partition(where, names)
        return
    wider = replace(where, start=None if where.start is None else where.start // DAY_S * DAY_S)
    needed = [*names, *(name for name in ("start", "end") if name not in names)]
    for tables in [snapshot.read(wider, needed)] if whole else snapshot.read_by_partition(wider, needed):
        cut_up = [where.in_span(quarter_hours(table), LEDGER).select(names) for table in tables]
        if any(table.num_rows for table in cut_up):
            yield cut_up


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Return the tables as one, and empty the list: who hands it over must not hold them."""
    found = pa.concat_tables(tables).unify_dictionaries()
    tables.clear()
    return found


def _thin_file(writer: Writer, *, path: str, where: Where) -> int:
    if path not in writer.snapshot.label_of():  # compacted meanwhile: the next run finds its days elsewhere
        return 0
    rows = read_file(writer.root, path, LEDGER, Where())
    starts = numpy_of(rows["start"])
    ours = text_mask(rows["point"], where.texts["point"]) & (starts >= (where.start or 0))
    ours &= starts < (where.end or 0)
    found = thinned(pick(rows, ours)) if ours.any() else None
    if found is None:
        return 0
    merged = pa.concat_tables([pick(rows, ~ours), found]).unify_dictionaries()
    until = max(writer.snapshot.number(THINNED_MARK), where.end or 0)
    adds = cut(in_order(merged, LEDGER)[0], LEDGER)
    writer.commit(adds=adds, removes=[path], transactions={THINNED_MARK: until})
    gone = int(np.count_nonzero(ours)) - len(found)
    return gone // (CELLS - 1)
