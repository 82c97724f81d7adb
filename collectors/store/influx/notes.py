"""What the journal notes in single words: counters, the failure that stands, our marks, who writes beside us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw

    from collectors.store.sqlite import Connections

STATE_TABLES = """
CREATE TABLE IF NOT EXISTS state (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (at INTEGER PRIMARY KEY);
"""
MARKS_KEPT_S = 3600  # far longer than anybody looks back


@dataclass(frozen=True, slots=True)
class Trouble:
    """The failure that stands since `since` (UTC seconds), told again at `at`."""

    sentence: str
    since: int
    at: int


class Notes:
    """Counters and last words, in the tables `state` and `marks`."""

    _connections: Connections

    def count(self, name: str) -> int:
        """Return a counter: `lines` shipped, `expired` on arrival, `dropped` readings of a spool that was full."""
        return int(self._one("SELECT v FROM state WHERE k = ?", name) or 0)

    def add(self, name: str, number: int) -> None:
        """Raise a counter."""
        with self._connections.transaction(write=True) as connection:
            add_to(connection, name, number)

    def note_trouble(self, sentence: str, *, at: int) -> None:
        """Remember a failure; one that stands already keeps its beginning."""
        former = self.trouble()
        since = former.since if former else at
        with self._connections.transaction(write=True) as connection:
            pairs = {"trouble": sentence, "trouble_since": str(since), "trouble_at": str(at)}
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", list(pairs.items()))

    def note_well(self) -> None:
        """Forget the failure."""
        if self.trouble():
            with self._connections.transaction(write=True) as connection:
                connection.execute("DELETE FROM state WHERE k LIKE 'trouble%'")

    def trouble(self) -> Trouble | None:
        """Return the failure that stands, if any."""
        words = self._one("SELECT v FROM state WHERE k = 'trouble'")
        return None if words is None else Trouble(str(words), self.count("trouble_since"), self.count("trouble_at"))

    def mark(self) -> tuple[str, int] | None:
        """Return who we are on the server and when we last left our mark there (UTC seconds); None before the first."""
        name = self._one("SELECT v FROM state WHERE k = 'mark'")
        return None if name is None else (str(name), self.count("mark_at"))

    def note_mark(self, name: str, *, at: int) -> None:
        """Remember our mark on the server; a loss noted before is over."""
        with self._connections.transaction(write=True) as connection:
            pairs = {"mark": name, "mark_at": str(at)}
            connection.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", list(pairs.items()))
            connection.execute("DELETE FROM state WHERE k = 'lost'")

    def note_mark_sent(self, at: int) -> None:
        """Remember, before it is sent, that a mark of ours may stand at `at` (UTC s); those of the last hour stay."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR IGNORE INTO marks VALUES (?)", (at,))
            connection.execute("DELETE FROM marks WHERE at < ?", (at - MARKS_KEPT_S,))

    def marks_sent(self) -> set[int]:
        """Return at which seconds marks of ours may stand, as far back as they are kept."""
        with self._connections.transaction(write=False) as connection:
            return {at for (at,) in connection.execute("SELECT at FROM marks")}

    def note_lost(self, *, lost: bool) -> None:
        """Remember whether our mark is gone from the server."""
        with self._connections.transaction(write=True) as connection:
            if lost:
                connection.execute("INSERT OR REPLACE INTO state VALUES ('lost', '1')")
            else:
                connection.execute("DELETE FROM state WHERE k = 'lost'")

    def note_beside(self, sentence: str) -> None:
        """Remember who else writes our readings; "" for nobody."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR REPLACE INTO state VALUES ('beside', ?)", (sentence,))

    def beside(self) -> str:
        """Return the sentence for another folder that writes our readings, "" for none."""
        return str(self._one("SELECT v FROM state WHERE k = 'beside'") or "")

    def clear(self, name: str) -> None:
        """Set a counter back to 0."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("DELETE FROM state WHERE k = ?", (name,))

    def _one(self, query: str, *values: object) -> Any:  # noqa: ANN401 - whatever the query asks for
        with self._connections.transaction(write=False) as connection:
            row = connection.execute(query, values).fetchone()
        return None if row is None else row[0]


def add_to(connection: apsw.Connection, name: str, number: int) -> None:
    """Raise a counter within a transaction."""
    if number:
        connection.execute(
            "INSERT INTO state VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = CAST(v + excluded.v AS TEXT)",
            (name, str(number)),
        )
