"""The spool's file: made whole once, opened by any number of processes, and who it is to the archive."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from collectors.store.latest import AHEAD, LATEST_TABLE
from collectors.store.locks import writer_lock
from collectors.store.schema import refuse_newer
from collectors.store.spool_marks import Marks, number
from collectors.store.sqlite import Connections, one_row
from collectors.store.sync import sync_path

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

SCHEMA_VERSION = 1
TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batch (
  n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, accepted_at INTEGER NOT NULL DEFAULT (unixepoch()),
  rows INTEGER NOT NULL, first INTEGER, last INTEGER, readings BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shipped (upto INTEGER PRIMARY KEY, at INTEGER NOT NULL);
{LATEST_TABLE}
"""


class SpoolFile:
    """One SQLite file and its identity; numbers of its batches are never given twice."""

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

    @property
    def marks(self) -> Marks:
        """What it remembers beside its batches."""
        return Marks(self._connections)

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

    def raise_floor(self, n: int) -> None:
        """Make the next batch number larger than `n`: a new spool beside an older archive must win over it."""
        with self._connections.transaction(write=True) as connection:
            self._raise_floor(connection, n)

    def highest(self) -> int:
        """Return the highest batch number ever given, 0 for a spool never used."""
        with self._connections.transaction(write=False) as connection:
            return self._highest(connection)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._connections.close()

    @staticmethod
    def _highest(connection: apsw.Connection) -> int:
        top = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'batch'").fetchone()
        return int(top[0]) if top else 0

    def _raise_floor(self, connection: apsw.Connection, n: int) -> None:
        if self._highest(connection) < n:
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'batch'")
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('batch', ?)", (n,))

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
