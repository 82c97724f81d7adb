"""Whether the server still is what the journal knows: before the books rely on it, for a gap would become their row.

A mark, one point under the journal's own name, stands in the raw bucket. It is written anew behind every flush, at an
instant of its own, so that a server restored from a backup older than the last flush does not have it; and at least
every hour, so that it outlives the bucket's retention. A server that lost readings lacks the newest mark.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.store.influx.query import select
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal
    from collectors.store.lake import Lake

MARK = "wattlas_journal"
LOST = (
    "lost readings that it had: restore it from the server's backup, then run `wattlas store init` to send again what "
    "the spool still holds; until then the books wait."
)
EVERY_S = 3600
PROVED_S = 60.0  # how long readers rely on the last look
DAYS = "day:"  # what the journal notes of days of the lake that were brought over


@dataclass
class Proof:
    """Looks whether the server has what the books were made from: the days of the lake, and what it once took."""

    server: Server
    journal: Journal
    lake: Lake
    _until: float = field(default=0.0, init=False)

    def now(self) -> None:
        """Look; every job of the ledger does so first.

        Raises:
            StoreUnavailable: readings are missing on the server, or it does not answer.
        """
        days = days_left(self.lake, self.journal)
        if days:
            raise StoreUnavailable(left_words(days))
        leave_mark(self.server, self.journal, now=int(time.time()))
        self._until = time.monotonic() + PROVED_S

    def lately(self) -> None:
        """Look, unless somebody did within the last minute; raises as `now`."""
        if time.monotonic() >= self._until:
            self.now()


def leave_mark(server: Server, journal: Journal, *, now: int) -> None:
    """Leave the first mark, or look for the last one and write it anew when it is an hour old.

    Raises:
        StoreUnavailable: the server does not answer, or the mark is gone, and with it readings.
    """
    known = journal.mark()
    if known is not None:
        lost = _gone(server, *known)
        if lost != bool(journal.count("lost")):
            journal.note_lost(lost=lost)
        if lost:
            raise StoreUnavailable(lost_words(server.url, server.keys.bucket_raw))
        if abs(now - known[1]) < EVERY_S:
            return
    _write(server, journal, known, now=now)


def renew_mark(server: Server, journal: Journal, *, now: int, told: str = "") -> None:
    """Write the mark anew behind what was just sent, unless the last one is gone: a loss must stay visible.

    `told` are further fields of it (`beside.told`).

    Raises:
        StoreUnavailable: the server does not answer.
    """
    known = journal.mark()
    if known is None or not _gone(server, *known):
        _write(server, journal, known, now=now, told=told)


def _write(server: Server, journal: Journal, known: tuple[str, int] | None, *, now: int, told: str = "") -> None:
    name, at = (known[0], max(now, known[1] + 1)) if known else (uuid.uuid4().hex, now)
    journal.note_mark_sent(at)
    server.write(server.keys.bucket_raw, f"{MARK},journal={name} alive=1i{told} {at}\n".encode())
    journal.note_mark(name, at=at)


def lost_words(url: str, bucket: str) -> str:
    """Return the sentence for a server that is not the one that we knew."""
    return f"bucket {bucket} of InfluxDB at {url} {LOST}"


def is_lost(server: Server, journal: Journal) -> bool:
    """Ask whether the mark that we left is gone; without one nothing can be told.

    Raises:
        StoreUnavailable: the server does not answer.
    """
    known = journal.mark()
    return known is not None and _gone(server, *known)


def _gone(server: Server, name: str, at: int) -> bool:
    also = ('"journal" = $journal', {"journal": name})
    span = (at, at + 1)
    found = select(server, server.keys.bucket_raw, '"alive"', MARK, span=span, group='"journal"', also=also)
    return not any(one.rows for one in found)


def days_left(lake: Lake, journal: Journal) -> int:
    """Return how many days of the lake have readings that were not brought over to the server."""
    over = journal.mirrored(DAYS)
    return sum(over.get(day) != rows for day, rows in lake_days(lake).items())


def lake_days(lake: Lake) -> dict[str, int]:
    """Return the rows of the lake per UTC day, superseded and refused ones included."""
    snapshot = lake.table.snapshot()
    return {label: sum(file.rows for file in snapshot.files_of(label)) for label in sorted(set(snapshot.labels()))}


def left_words(days: int) -> str:
    """Return the sentence for a lake whose readings the server lacks."""
    return (
        f"readings of {days:,} day(s) lie in the lake alone, not on the server: run `wattlas store migrate` to "
        "bring them over; until then the books wait."
    )
