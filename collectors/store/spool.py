"""The spool: what is accepted is on disk before anyone is told so (design 3).

One fsynced transaction holds the batch (Arrow IPC) and the newest value of each of its series. Numbers `n` are
AUTOINCREMENT, never used again; the sequence of a row is `n << 20 | row`. The highest sequence per (point, metric,
second) stands. Opening and identity of the file: `spool_file`.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROW_BITS, Batch, checked, empty_readings, pack, unpack
from collectors.store.latest import fold, forget, latest_of, latest_table
from collectors.store.spool_file import SpoolFile
from collectors.store.spool_marks import FORWARDED, Numbered, number, numbers_under, set_number
from collectors.store.sqlite import one_row
from collectors.store.sync import sync_path
from config.errors import StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import apsw

FREED_PAGES = 5_000  # given back to the disk per purge: acceptors wait milliseconds, not seconds
FOLD_ROWS = 20_000  # rows that `latest` may have to look through


class RowsPurged(StoreUnavailable):
    """Rows asked for have left the spool: they are in the archive, so open a newer snapshot of it."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be shipped: batches, rows, and when the oldest was accepted (UTC seconds, None when empty)."""

    batches: int
    rows: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch holds: its number, how many rows, and of when (UTC seconds)."""

    n: int
    rows: int
    first: int
    last: int


class Spool(SpoolFile):
    """The durable queue in one SQLite file; any number of processes may accept, one at a time ships."""

    def accept(self, table: pa.Table, *, key: str | None = None, numbered: Numbered | None = None) -> int:
        """Store readings durably and return the batch number, or 0 where `key` was accepted before.

        Args:
            table: rows of `READING_SCHEMA` (its `seq` is ignored), at most 2^20.
            key: makes a repeated offer a no-op, e.g. `import:<sha256>:<chunk>`.
            numbered: another way to that, where a sender numbers what it offers and asks for the last number.

        Raises:
            InputError: the table does not fit the schema.
            OutOfStep: `numbered` does not follow the last one.
            StoreUnavailable, StoreCorrupt: nothing was accepted.
        """
        rows = checked(table)
        payload = pack(rows)
        span = pa.compute.min_max(rows["time"]).as_py()
        with self._connections.transaction(write=True) as connection:
            if key is not None and connection.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone():
                return 0
            if numbered is not None and not numbered.is_new(connection):
                return 0
            connection.execute(
                "INSERT INTO batch (key, rows, first, last, readings) VALUES (?, ?, ?, ?, ?)",
                (key, rows.num_rows, span["min"], span["max"], payload),
            )
            n = connection.last_insert_rowid()
            if key is not None:
                connection.execute("INSERT INTO seen VALUES (?, ?)", (key, n))
            if numbered is not None:
                set_number(connection, numbered.sender, numbered.upto)
            self._fold(connection, at_least=FOLD_ROWS)
        return n

    def batches(self, after: int, limit: int = 1 << 19) -> list[Batch]:
        """Return the batches above number `after` in order, as many as hold `limit` rows (at least one).

        Raises:
            RowsPurged: rows above `after` were purged already.
        """
        with self._connections.transaction(write=False) as connection:
            self._refuse_purged(connection, after)
            found: list[Batch] = []
            rows = 0
            for n, key, payload in connection.execute(
                "SELECT n, key, readings FROM batch WHERE n > ? ORDER BY n", (after,)
            ):
                batch = Batch(n, key, unpack(payload, n=n, where=str(self.path)))
                rows += batch.rows.num_rows
                if found and rows > limit:
                    break
                found.append(batch)
        return found

    def after(self, n: int, *, start: int | None = None, end: int | None = None) -> pa.Table:
        """Return all rows of batches above `n` that may lie in [start, end), in order of acceptance.

        Raises:
            RowsPurged: rows above `n` were purged already.
        """
        with self._connections.transaction(write=False) as connection:
            self._refuse_purged(connection, n)
            return self._rows(connection, n, start=start, end=end)

    def latest(
        self, points: Collection[str] | None = None, metrics: Collection[str] | None = None, *, now: int | None = None
    ) -> pa.Table:
        """Return each series' newest reading that is not rejected, and with `now` [UTC s] not of its future either."""
        with self._connections.transaction(write=False) as connection:
            unfolded = self._rows(connection, number(connection, "latest_upto"))
            return latest_table(connection, unfolded, points, metrics, now)

    def latest_of(self, origin: str) -> pa.Table:
        """Return what `latest` holds of one origin."""
        with self._connections.transaction(write=True) as connection:
            self._fold(connection, at_least=1)
            return latest_of(connection, origin)

    def replace_latest(self, origin: str, standing: Sequence[pa.Table]) -> None:
        """Forget what `latest` holds of one origin, which was withdrawn; take the newest of `standing` instead."""
        with self._connections.transaction(write=True) as connection:
            forget(connection, origin)
            for rows in standing:
                fold(connection, rows, now=int(time.time()))

    def backlog(self, after: int | None = None) -> Backlog:
        """Tell what waits above batch `after` (default: what the last shipment recorded here)."""
        with self._connections.transaction(write=False) as connection:
            if after is None:
                after = self._shipped(connection)
            query = "SELECT count(*), coalesce(sum(rows), 0), min(accepted_at) FROM batch WHERE n > ?"
            count, rows, oldest = one_row(connection, query, after)
        return Backlog(count, rows, oldest)

    def mark_shipped(self, upto: int, *, now: int) -> None:
        """Remember that batches up to `upto` are durable in the archive since `now`: grace runs from here."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR IGNORE INTO shipped VALUES (?, ?)", (upto, now))

    def purge(self, upto: int, grace_s: int, now: int) -> int:
        """Delete batches up to `upto` that were shipped at least `grace_s` seconds before `now`; return how many.

        What is still to be forwarded (`marks`) stays.

        `upto` is the archive's number. Grace keeps rows for readers of an older snapshot and for the doctor, who
        ships them again when the archive's last commit turns out unreadable.
        """
        with self._connections.transaction(write=True) as connection:
            (old,) = one_row(connection, "SELECT coalesce(max(upto), 0) FROM shipped WHERE at <= ?", now - grace_s)
            last = min(upto, old, *numbers_under(connection, FORWARDED))
            if last <= number(connection, "purged_upto"):
                return 0
            self._fold(connection, at_least=1)
            connection.execute("DELETE FROM batch WHERE n <= ?", (last,))
            deleted = connection.changes()
            connection.execute("DELETE FROM shipped WHERE upto < ?", (last,))
            set_number(connection, "purged_upto", last)
        self._connections.here().execute(f"PRAGMA incremental_vacuum({FREED_PAGES})").fetchall()
        return deleted

    def unreadable(self) -> list[Held]:
        """Return the batches whose bytes cannot be read; reads all of them, one at a time."""
        found = []
        with self._connections.transaction(write=False) as connection:
            for *held, payload in connection.execute(
                "SELECT n, rows, coalesce(first, 0), coalesce(last, 0), readings FROM batch ORDER BY n"
            ):
                try:
                    unpack(payload, n=held[0], where=str(self.path))
                except StoreCorrupt:
                    found.append(Held(*held))
        return found

    def set_aside(self, n: int) -> Path:
        """Take a batch out of the queue and return the file that holds its bytes, durable before it goes."""
        file = self.path.parent / "set-aside" / f"batch-{n}.arrow"
        file.parent.mkdir(exist_ok=True)
        with self._connections.transaction(write=True) as connection:
            (payload,) = one_row(connection, "SELECT readings FROM batch WHERE n = ?", n)
            file.write_bytes(payload)
            sync_path(file)
            sync_path(file.parent)
            connection.execute("DELETE FROM batch WHERE n = ?", (n,))
        return file

    def shipped(self) -> int:
        """Return up to which batch the last shipment that it recorded came, 0 before the first."""
        with self._connections.transaction(write=False) as connection:
            return self._shipped(connection)

    def renew(self, *, gone: int, upto: int, above: int) -> None:
        """Become another spool, after a restore or where an older file was put back: a new identity.

        Batches up to `gone` go, but for what is still to be forwarded; those up to `upto` are in the archive. Numbers
        go on above all given and above `above`, so what is accepted now wins over what was restored; where `above`
        says that others were given since, batches that the archive has not get new ones, too.
        """
        with self._connections.transaction(write=True) as connection:
            self._fold(connection, at_least=1)
            gone = min([gone, *numbers_under(connection, FORWARDED)])
            connection.execute("DELETE FROM batch WHERE n <= ?", (gone,))
            if above > self._highest(connection):
                connection.execute("UPDATE batch SET n = n + ? WHERE n > ?", (above, upto))
                above = max(above, *one_row(connection, "SELECT coalesce(max(n), 0) FROM batch"))
            self._raise_floor(connection, above)
            connection.execute("DELETE FROM shipped")
            connection.execute("DELETE FROM meta WHERE k = 'purged_upto'")
            connection.execute("UPDATE meta SET v = ? WHERE k = 'uuid'", (str(uuid.uuid4()),))

    def _rows(
        self, connection: apsw.Connection, after: int, *, start: int | None = None, end: int | None = None
    ) -> pa.Table:
        found = connection.execute(
            "SELECT n, readings FROM batch WHERE n > ? AND last >= coalesce(?, last) AND first < coalesce(?, first + 1)"
            " ORDER BY n",
            (after, start, end),
        )
        tables = [unpack(payload, n=n, where=str(self.path)) for n, payload in found]
        return pa.concat_tables(tables) if tables else empty_readings()

    def _fold(self, connection: apsw.Connection, *, at_least: int) -> None:
        upto = number(connection, "latest_upto")
        query = "SELECT coalesce(sum(rows), 0), max(n) FROM batch WHERE n > ?"
        rows, top = one_row(connection, query, upto)
        if rows >= at_least:
            fold(connection, self._rows(connection, upto), now=int(time.time()))
            set_number(connection, "latest_upto", top)

    @staticmethod
    def _shipped(connection: apsw.Connection) -> int:
        return int(one_row(connection, "SELECT coalesce(max(upto), 0) FROM shipped")[0])

    def _refuse_purged(self, connection: apsw.Connection, after: int) -> None:
        if number(connection, "purged_upto") > after:
            message = f"rows after batch {after} left spool {self.path}: read them from the archive."
            raise RowsPurged(message)


__all__ = ["ROW_BITS", "Backlog", "RowsPurged", "Spool"]
