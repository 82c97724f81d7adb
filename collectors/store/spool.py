"""The spool: what is accepted is on disk before anyone is told so (design 3).

One fsynced transaction holds the batch (Arrow IPC) and the newest value of each of its series. Numbers `n` are
AUTOINCREMENT, never used again; the sequence of a row is `n << 20 | row`. The highest sequence per (point, metric,
second) stands.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROW_BITS, Batch, checked, empty_readings, pack, unpack
from collectors.store.latest import AHEAD, LATEST_TABLE, fold, forget, latest_of, latest_table
from collectors.store.locks import writer_lock
from collectors.store.schema import refuse_newer
from collectors.store.spool_marks import FORWARDED, Marks, Numbered, number, numbers_under, set_number
from collectors.store.sqlite import Connections, one_row
from collectors.store.sync import sync_path
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import apsw

SCHEMA_VERSION = 1
FREED_PAGES = 5_000  # given back to the disk per purge: acceptors wait milliseconds, not seconds
FOLD_ROWS = 20_000  # rows that `latest` may have to look through
TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch (
  n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, accepted_at INTEGER NOT NULL DEFAULT (unixepoch()),
  rows INTEGER NOT NULL, first INTEGER, last INTEGER, readings BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shipped (upto INTEGER PRIMARY KEY, at INTEGER NOT NULL);
{LATEST_TABLE}
"""


class RowsPurged(StoreUnavailable):
    """Rows asked for have left the spool: they are in the archive, so open a newer snapshot of it."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be shipped: batches, rows, and when the oldest was accepted (UTC seconds, None when empty)."""

    batches: int
    rows: int
    oldest: int | None


class Spool:
    """The durable queue in one SQLite file; any number of processes may accept, one at a time ships."""

    def __init__(self, path: Path) -> None:
        """Open or create the spool file `path`.

        Raises:
            SchemaTooNew: the file was written by a newer Wattlas.
            StoreUnavailable, StoreCorrupt: it cannot be opened or read.
        """
        self.path = path
        self._connections = Connections(path)
        if not path.exists() or not self._complete():
            self._create()
        refuse_newer(f"spool {path}", int(self._meta("schema_version")), SCHEMA_VERSION)

    @property
    def uuid(self) -> str:
        """The identity under which the archive remembers what it has of this spool."""
        return self._meta("uuid")

    @property
    def app_id(self) -> str:
        """The application id of this spool's transactions in the archive."""
        return f"spool:{self.uuid}"

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

    @property
    def marks(self) -> Marks:
        """What it remembers beside its batches."""
        return Marks(self._connections)

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
                (after,) = one_row(connection, "SELECT coalesce(max(upto), 0) FROM shipped")
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

    def purged(self) -> int:
        """Return up to which batch rows have left the spool, 0 where none have."""
        with self._connections.transaction(write=False) as connection:
            return number(connection, "purged_upto")

    def fault(self) -> str | None:
        """Return what is wrong with the file, or None; reads all of it."""
        with self._connections.transaction(write=False) as connection:
            (said,) = one_row(connection, "PRAGMA quick_check(1)")
        return None if said == "ok" else f"spool {self.path} is damaged ({said}): restore a backup."

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the spool to the new file `path`, whatever is accepted meanwhile."""
        self._connections.here().execute("VACUUM INTO ?", (str(path),))

    def renew(self, *, upto: int) -> None:
        """Become another spool after a restore: a new identity, only batches above `upto` left to ship.

        Numbers go on above all given before, so what is accepted now wins over what was restored.
        """
        with self._connections.transaction(write=True) as connection:
            self._fold(connection, at_least=1)
            connection.execute("DELETE FROM batch WHERE n <= ?", (upto,))
            connection.execute("DELETE FROM shipped")
            connection.execute("DELETE FROM meta WHERE k = 'purged_upto'")
            connection.execute("UPDATE meta SET v = ? WHERE k = 'uuid'", (str(uuid.uuid4()),))

    def raise_floor(self, n: int) -> None:
        """Make the next batch number larger than `n`: a new spool beside an older archive must win over it."""
        with self._connections.transaction(write=True) as connection:
            top = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
            if top is None:
                connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('batch', ?)", (n,))
            elif top[0] < n:
                connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'batch'", (n,))

    def highest(self) -> int:
        """Return the highest batch number ever given, 0 for a spool never used."""
        with self._connections.transaction(write=False) as connection:
            top = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
        return top[0] if top else 0

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._connections.close()

    def _create(self) -> None:
        with writer_lock(self.path.with_name(f"{self.path.name}.create.lock")):
            with self._connections.transaction(write=True) as connection:
                connection.execute(TABLES)
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('uuid', ?)", (str(uuid.uuid4()),))
            sync_path(self.path.parent)

    def _complete(self) -> bool:
        with self._connections.transaction(write=False) as connection:
            query = "SELECT 1 FROM sqlite_schema WHERE name = ?"
            return connection.execute(query, (AHEAD,)).fetchone() is not None

    def _meta(self, name: str) -> str:
        with self._connections.transaction(write=False) as connection:
            row = connection.execute("SELECT v FROM meta WHERE k = ?", (name,)).fetchone()
        return row[0] if row else ""

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

    def _refuse_purged(self, connection: apsw.Connection, after: int) -> None:
        if number(connection, "purged_upto") > after:
            message = f"rows after batch {after} left spool {self.path}: read them from the archive."
            raise RowsPurged(message)


__all__ = ["ROW_BITS", "Backlog", "RowsPurged", "Spool"]
