"""SQLite by apsw's own bundled build: opening, transactions, and errors as sentences.

The bundled build matters: older SQLite versions, the standard library's among them, carry a WAL bug that can
corrupt a file written through several connections. No other library opens these files.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import apsw

from config.errors import StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_MS = 60_000
WAL_LIMIT_BYTES = 64 << 20


class Connections:
    """One connection per thread, opened when first used; a forked child never uses its parent's."""

    def __init__(self, path: Path) -> None:
        """Remember the file; nothing is opened yet."""
        self.path = path
        self._own = threading.local()

    def here(self) -> apsw.Connection:
        """Return this thread's connection; it is closed when the thread ends."""
        if getattr(self._own, "process", None) != os.getpid():
            self._own.connection, self._own.process = _connect(self.path), os.getpid()
        connection: apsw.Connection = self._own.connection
        return connection

    def close(self) -> None:
        """Close this thread's connection; the next use opens another."""
        if getattr(self._own, "process", None) == os.getpid():
            self._own.connection.close()
        self._own.process = None

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[apsw.Connection]:
        """Run a block in one transaction: fsynced at its end when `write`, one consistent view otherwise.

        Raises:
            StoreUnavailable: disk full, folder unwritable, or another process kept the file for a minute.
            StoreCorrupt: the file is damaged.
        """
        with _as_sentences(self.path):
            connection = self.here()
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield connection
            except BaseException:  # an interrupt too must give the lock back; it is raised again
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def one_row(connection: apsw.Connection, query: str, *bindings: apsw.SQLiteValue) -> tuple[Any, ...]:
    """Return the one row of a query that always has one."""
    return next(iter(connection.execute(query, bindings)))


def _connect(path: Path) -> apsw.Connection:
    with _as_sentences(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    return connection


@contextmanager
def _as_sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        message = f"{path} is damaged ({error}): run `wattlas doctor --repair` or restore a backup."
        raise StoreCorrupt(message) from error
    except (apsw.Error, OSError) as error:
        message = f"{path} cannot be used now ({error}): check free space and permissions of its folder."
        raise StoreUnavailable(message) from error
