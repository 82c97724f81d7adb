"""Numbers and keys that the spool's file remembers beside its batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    import apsw

    from collectors.store.sqlite import Connections

FORWARDED = "forwarded_upto"  # batches above it wait for a central server
ACKNOWLEDGED = "forwarded_acknowledged"
OFFERED = "forwarded_offered"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A sender's batch: it follows the sender's number `after`, and afterwards the number is `upto`."""

    sender: str
    after: int
    upto: int

    def is_new(self, connection: apsw.Connection) -> bool:
        """Say whether it is the next one; False where it was accepted before.

        Raises:
            OutOfStep: it is neither, so its sender has to ask for the number.
        """
        known = number(connection, self.sender)
        if known >= self.upto:
            return False
        if known != self.after:
            msg = (
                f"the last batch from there ended with {known}, not {self.after}: ask for the number and go on from it."
            )
            raise OutOfStep(msg)
        return True


class OutOfStep(InputError):
    """A numbered batch that does not follow the last one of its sender."""


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

    def note_forwarded(self, upto: int, *, acknowledged: int) -> None:
        """Keep what lies above batch `upto` until it is forwarded; `acknowledged` is the central's last sequence."""
        with self._connections.transaction(write=True) as connection:
            set_number(connection, FORWARDED, upto)
            set_number(connection, ACKNOWLEDGED, acknowledged)

    def note_offered(self, upto: int) -> None:
        """Remember the highest sequence that a central server may have of us, before it is sent."""
        with self._connections.transaction(write=True) as connection:
            set_number(connection, OFFERED, max(upto, number(connection, OFFERED)))

    def offered(self) -> int:
        """Return the highest sequence ever sent, 0 where none was noted."""
        return self.number_of(OFFERED)

    def forward_no_more(self) -> None:
        """Let nothing wait for a central server any more."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("DELETE FROM meta WHERE k IN (?, ?)", (FORWARDED, ACKNOWLEDGED))

    def acknowledged(self) -> int:
        """Return the highest sequence that the central server said it has, 0 before it ever did."""
        return self.number_of(ACKNOWLEDGED)

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
