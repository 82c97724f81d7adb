"""Our side of the wire: what InfluxDB itself cannot be asked, in one small SQLite file beside the spool.

shipped   up to which batch of which spool the server has everything
touched   first and last second and highest sequence per series and flush; booked flushes are folded into one row
dead      lines that the server refused even alone, with its words
state     counters, the last failure, our last mark and, in `marks`, the seconds of those before it (see `notes`)
mirrored  ledger files and migrated days that the server has
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROW_BITS
from collectors.store.influx.notes import STATE_TABLES, Notes, add_to
from collectors.store.sqlite import Connections
from collectors.store.view import TOUCHED_SCHEMA
from config.errors import SchemaTooNew

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


SCHEMA_VERSION = 1
JOURNAL = "influx.sqlite"  # the file's name, beside the spool
FOLDED = 0  # the flush number under which booked flushes are summed up
TABLES = f"""
CREATE TABLE IF NOT EXISTS shipped (spool TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touched (
  n INTEGER NOT NULL, point TEXT NOT NULL, metric TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  seq INTEGER NOT NULL, PRIMARY KEY (n, point, metric)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, bucket TEXT NOT NULL, line TEXT NOT NULL,
  words TEXT NOT NULL, UNIQUE (bucket, line));
{STATE_TABLES}
CREATE TABLE IF NOT EXISTS mirrored (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
"""
SUMMED = "SELECT point, metric, min(first), max(last), max(seq) FROM touched"
SPAN = """
SELECT min(first), max(last) FROM touched
WHERE (:points IS NULL OR point IN (SELECT value FROM json_each(:points)))
  AND (:metrics IS NULL OR metric IN (SELECT value FROM json_each(:metrics)))
"""
WIDEN = """
INSERT INTO touched VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (n, point, metric) DO UPDATE SET
  first = min(first, excluded.first), last = max(last, excluded.last), seq = max(seq, excluded.seq)
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One line that the server refused alone: when (UTC seconds), for which bucket, and the server's words."""

    id: int
    at: int
    bucket: str
    line: str
    words: str


class Journal(Notes):
    """What is known of one InfluxDB; any number of processes read it, the shipper writes it."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is created when first used.

        Raises:
            SchemaTooNew: a newer Wattlas wrote it.
        """
        self.path = path
        self._connections = Connections(path)
        with self._connections.transaction(write=True) as connection:
            connection.execute(TABLES)
            connection.execute("INSERT OR IGNORE INTO state VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
        version = self.count("schema_version")
        if version > SCHEMA_VERSION:
            message = (
                f"journal {path} has schema {version}, this Wattlas knows {SCHEMA_VERSION}: install the newer version."
            )
            raise SchemaTooNew(message)

    def shipped(self, spool: str) -> int | None:
        """Return up to which batch of a spool (by uuid) the server has everything; None if it was never shipped."""
        row = self._one("SELECT n FROM shipped WHERE spool = ?", spool)
        return None if row is None else int(row)

    def start_at(self, spool: str, n: int) -> None:
        """Note where shipping of a spool begins, unless it has begun."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR IGNORE INTO shipped VALUES (?, ?)", (spool, n))

    def highest_seq(self) -> int:
        """Return the highest sequence that the server is known to have, -1 where it has nothing."""
        return int(self._one("SELECT coalesce(max(seq), -1) FROM touched"))

    def note_shipped(self, spool: str, n: int, touched: pa.Table, *, lines: int = 0) -> None:
        """Remember in one step that the server has batches up to `n`, and which series (TOUCHED_SCHEMA) they touch."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR REPLACE INTO shipped VALUES (?, ?)", (spool, n))
            connection.executemany(WIDEN, [(n, *row) for row in _rows(touched)])
            add_to(connection, "lines", lines)

    def note_touched(self, touched: pa.Table, *, n: int = FOLDED) -> None:
        """Remember series (TOUCHED_SCHEMA) that came another way than from the spool, under the flush `n`."""
        with self._connections.transaction(write=True) as connection:
            connection.executemany(WIDEN, [(n, *row) for row in _rows(touched)])

    def touched(self, after_seq: int) -> pa.Table:
        """Return series with rows above a sequence, as TOUCHED_SCHEMA; what is folded may span more than that."""
        with self._connections.transaction(write=False) as connection:
            found = connection.execute(f"{SUMMED} WHERE seq > ? GROUP BY 1, 2", (after_seq,)).fetchall()
        return _table(found)

    def span(self, points: Iterable[str] | None, metrics: Iterable[str] | None) -> tuple[int, int] | None:
        """Return first and last second of anything the server has of these series, None where it has nothing."""
        wanted = [None if names is None else json.dumps(sorted(set(names))) for names in (points, metrics)]
        with self._connections.transaction(write=False) as connection:
            names = {"points": wanted[0], "metrics": wanted[1]}
            ((first, last),) = connection.execute(SPAN, names).fetchall()
        return None if first is None else (int(first), int(str(last)))

    def metrics(self) -> list[str]:
        """Return every metric that the server has a series of."""
        with self._connections.transaction(write=False) as connection:
            return [name for (name,) in connection.execute("SELECT DISTINCT metric FROM touched ORDER BY metric")]

    def fold(self, booked_seq: int) -> None:
        """Sum up the flushes that the ledger has taken in: nobody will ask for them one by one again."""
        upto = booked_seq >> ROW_BITS
        with self._connections.transaction(write=True) as connection:
            rows = connection.execute(f"{SUMMED} WHERE n > 0 AND n < ? GROUP BY 1, 2", (upto,)).fetchall()
            if rows:
                connection.execute("DELETE FROM touched WHERE n > 0 AND n < ?", (upto,))
                connection.executemany(WIDEN, [(FOLDED, *row) for row in rows])

    def bury(self, letters: Sequence[tuple[str, str, str]], *, at: int) -> None:
        """Keep refused lines as (bucket, line, server's words)."""
        with self._connections.transaction(write=True) as connection:
            connection.executemany(
                "INSERT INTO dead (at, bucket, line, words) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET at = excluded.at, words = excluded.words",
                [(at, *letter) for letter in letters],
            )

    def dead_letters(self, limit: int = -1) -> list[DeadLetter]:
        """Return refused lines, oldest first."""
        with self._connections.transaction(write=False) as connection:
            found = connection.execute("SELECT id, at, bucket, line, words FROM dead ORDER BY id LIMIT ?", (limit,))
            return [DeadLetter(*row) for row in found]

    def revive(self, ids: Iterable[int]) -> None:
        """Forget refused lines that the server has taken meanwhile."""
        with self._connections.transaction(write=True) as connection:
            connection.executemany("DELETE FROM dead WHERE id = ?", [(one,) for one in ids])

    def dead_count(self) -> int:
        """Return how many refused lines there are."""
        return int(self._one("SELECT count(*) FROM dead") or 0)

    def dead_of(self, origin: str) -> int:
        """Return how many refused lines are readings of one origin."""
        return int(self._one("SELECT count(*) FROM dead WHERE instr(line, ?)", origin) or 0)

    def begin_again(self, spool: str, n: int, *, complete_since: int) -> None:
        """Forget what the server had: it has batches up to `n` of a spool, and nothing else is known of it.

        `complete_since` is from when on [UTC s] all readings are there or wait to be sent again.
        """
        with self._connections.transaction(write=True) as connection:
            connection.execute("DELETE FROM touched")
            connection.execute("DELETE FROM mirrored")
            connection.execute("DELETE FROM state WHERE k IN ('mark', 'mark_at', 'lost')")
            connection.execute("INSERT OR REPLACE INTO state VALUES ('complete_since', ?)", (str(complete_since),))
            connection.execute("INSERT OR REPLACE INTO shipped VALUES (?, ?)", (spool, n))

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the journal to the new file `path`."""
        self._connections.here().execute("VACUUM INTO ?", (str(path),))

    def mirrored(self, prefix: str) -> dict[str, int]:
        """Return what was brought over under a prefix: name without it to number of rows."""
        with self._connections.transaction(write=False) as connection:
            found = connection.execute(
                "SELECT name, rows FROM mirrored WHERE name >= ? AND name < ?", (prefix, f"{prefix}\U0010ffff")
            )
            return {name.removeprefix(prefix): rows for name, rows in found}

    def note_mirrored(self, prefix: str, name: str, rows: int) -> None:
        """Remember something that was brought over."""
        with self._connections.transaction(write=True) as connection:
            connection.execute("INSERT OR REPLACE INTO mirrored VALUES (?, ?)", (prefix + name, rows))

    def forget_mirrored(self, prefix: str, names: Iterable[str]) -> None:
        """Forget what no longer exists on our side."""
        with self._connections.transaction(write=True) as connection:
            connection.executemany("DELETE FROM mirrored WHERE name = ?", [(prefix + name,) for name in names])

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._connections.close()


def _rows(touched: pa.Table) -> Iterable[tuple[object, ...]]:
    return zip(*(column.to_pylist() for column in touched.select(TOUCHED_SCHEMA.names).columns), strict=True)


def _table(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(TOUCHED_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, TOUCHED_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=TOUCHED_SCHEMA)
