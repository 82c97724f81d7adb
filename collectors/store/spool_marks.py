"""Numbers and keys that the spool's file remembers beside its batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

    from collectors.store.sqlite import Connections

FORWARDED = "forwarded_upto"  # batches above it wait for a central server


def number(connection: apsw.Connection, name: str) -> int:
    """Return the number under `name`, 0 where none was set."""
    return next(iter(numbers_under(connection, name)), 0)


def numbers_under(connection: apsw.Connection, name: str) -> list[int]:
    """Return the number under `name` as a list, empty where none was set."""
    return [int(value) for (value,) in connection.execute("SELECT v FROM meta WHERE k = ?", (name,))]


def set_number(connection: apsw.Connection, name: str, value: int) -> None:
    """Remember a number, in place of the one before."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(value)))


class Marks:
    """The marks of one spool."""

    def __init__(self, connections: Connections) -> None:
        """Use the spool's connections."""
        self._connections = connections

    def note_forwarded(self, upto: int | None) -> None:
        """Keep what lies above batch `upto` until it is forwarded too; with None nothing waits for that any more."""
        with self._connections.transaction(write=True) as connection:
            if upto is None:
                connection.execute("DELETE FROM meta WHERE k = ?", (FORWARDED,))
            else:
                set_number(connection, FORWARDED, upto)

    def forwarded(self) -> int | None:
        """Return up to which batch everything was forwarded, None where nothing is to be."""
        with self._connections.transaction(write=False) as connection:
            return next(iter(numbers_under(connection, FORWARDED)), None)

    def number_of(self, sender: str) -> int:
        """Return the number of the last batch that a sender numbered (`Spool.accept`), 0 before its first."""
        with self._connections.transaction(write=False) as connection:
            return number(connection, sender)

    def keys_under(self, beginning: str) -> list[str]:
        """Return the keys of accepted batches that begin so."""
        query = "SELECT key FROM seen WHERE key >= ?1 AND key < ?1 || char(1114111)"
        with self._connections.transaction(write=False) as connection:
            return [key for (key,) in connection.execute(query, (beginning,))]
