"""From the spool to InfluxDB: batches strictly in order, so that of one second the highest sequence is written last.

A flush holds whole batches, of one series and second only the highest sequence; its lines are posted until the server
has said yes to each, and only then the journal moves on. After an answer that did not come, everything from that flush
on is sent again: a line sent twice overwrites itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from collectors.store.influx.adopt import adopt
from collectors.store.influx.backoff import Backoff
from collectors.store.influx.beside import Beside, told
from collectors.store.influx.delivery import Delivered, deliver
from collectors.store.influx.failures import Refused
from collectors.store.influx.lines import lines_of
from collectors.store.influx.mark import renew_mark
from collectors.store.locks import writer_lock
from collectors.store.sqlite import Connections
from collectors.store.view import touched_series
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collectors.store.batches import Batch
    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal
    from collectors.store.spool import Spool

log = logging.getLogger(__name__)
GRACE_S = 6 * 3600
FLUSH_ROWS = 200_000
GB = 10**9
USED_BYTES = (
    "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)
ROOM = 0.9  # a spool that was full is emptied to this share of its limit


@dataclass
class Shipper:
    """Moves one spool to one server; `ship` is called again and again, and waits in between are its own."""

    spool: Spool
    journal: Journal
    server: Server
    backoff: Backoff = field(default_factory=Backoff)

    def __post_init__(self) -> None:
        """Open the spool's file a second time, to look how full it is."""
        self._pages = Connections(self.spool.path)
        self._beside = Beside(self.server, self.journal)
        self._sites: set[str] = set()  # of what this process shipped

    def ship(self, *, grace_s: int = GRACE_S, booked_seq: int = -1, now: int | None = None) -> int:
        """Move everything accepted to the server and return the readings shipped; 0 at once while a back-off lasts.

        Args:
            grace_s: seconds that rows stay in the spool after the server has them.
            booked_seq: up to which ingest sequence the ledger has readings.
            now: UTC seconds; the clock's by default.

        Raises:
            StoreUnavailable: the server did not take them now; they stay in the spool.
        """
        at = int(time.time()) if now is None else now
        with writer_lock(self.lock_path):
            if self.backoff.waits(time.monotonic()):
                self.make_room(now=at)
                return 0
            try:
                shipped = self.guarded(lambda: self._ship(grace_s, at), at=at)
            except StoreUnavailable:
                self.make_room(now=at)
                raise
            self.journal.fold(booked_seq)
            return shipped

    def guarded(self, work: Callable[[], int], *, at: int) -> int:
        """Run work on the server; its failure is noted and starts a back-off, its success ends both."""
        try:
            done = work()
        except StoreUnavailable as error:
            asked_s = error.retry_after_s if isinstance(error, Refused) else None
            self.backoff.failed(time.monotonic(), asked_s=asked_s)
            self.journal.note_trouble(str(error), at=at)
            raise
        self.backoff.succeeded()
        self.journal.note_well()
        return done

    @property
    def lock_path(self) -> Path:
        """The lock of whoever writes readings to the server."""
        return self.spool.path.with_name(f"{self.spool.path.name}.ship.lock")

    def make_room(self, *, now: int) -> int:
        """Where the spool is fuller than `spool_max_gb`, drop its oldest batches; return the readings never shipped.

        What the server has goes first, the rest is counted as `dropped`. Hours of the ledger do not wait here, so none
        is lost.
        """
        limit = int(self.server.keys.spool_max_gb * GB)
        if self.held_bytes() <= limit:
            return 0
        uuid = self.spool.uuid
        number = self.journal.shipped(uuid) or 0
        self.spool.purge(number, 0, now)
        dropped = 0
        while self.held_bytes() > limit * ROOM and (batches := self.spool.batches(number, self._portion())):
            number = batches[-1].n
            dropped += self._drop(batches, now=now)
        return dropped

    def _portion(self) -> int:
        return max(self.spool.backlog().rows // 20, 1)

    def _drop(self, batches: Sequence[Batch], *, now: int) -> int:
        number, rows = batches[-1].n, sum(int(batch.rows.num_rows) for batch in batches)
        self.journal.add("dropped", rows)
        self.journal.note_shipped(self.spool.uuid, number, touched_series(()))
        self.spool.mark_shipped(number, now=now)
        self.spool.purge(number, 0, now)
        log.error("spool full dropped=%d readings: raise [store] spool_max_gb or bring InfluxDB back", rows)
        return rows

    def held_bytes(self) -> int:
        """Bytes that the spool holds, counted in pages in use: its file shrinks only when the log is folded into it."""
        with self._pages.transaction(write=False) as connection:
            ((used,),) = connection.execute(USED_BYTES).fetchall()
        return int(str(used))

    def _ship(self, grace_s: int, at: int) -> int:
        adopt(self.server, self.journal, self.spool)
        uuid = self.spool.uuid
        number, shipped = self.journal.shipped(uuid) or 0, 0
        while batches := self.spool.batches(number, FLUSH_ROWS):
            rows = pa.concat_tables([batch.rows for batch in batches]).unify_dictionaries()
            number = batches[-1].n
            result = self._flush(rows, at)
            self._sites |= {point.partition("/")[0] for point in pc.unique(rows["point"]).to_pylist()}
            renew_mark(self.server, self.journal, now=at, told=told(uuid, self._sites))
            self.journal.note_shipped(uuid, number, touched_series([rows]), lines=result.taken)
            self.spool.mark_shipped(number, now=at)
            self._purge(number, grace_s, at)
            shipped += rows.num_rows
        self._purge(number, grace_s, at)
        self._look_beside(uuid, at)
        return shipped

    def _look_beside(self, uuid: str, at: int) -> None:
        """Name another data folder that writes the same readings: it is told, nothing is lost and shipping goes on."""
        clash = self._beside.clash(uuid, self._sites, now=at)
        if clash is not None and clash != self.journal.beside():
            self.journal.note_beside(clash)
            if clash:
                log.error("%s", clash)

    def _purge(self, number: int, grace_s: int, at: int) -> None:
        """Let go what the server has; a server that lost its readings will need all of it again."""
        if not self.journal.count("lost"):
            self.spool.purge(number, grace_s, at)

    def _flush(self, rows: pa.Table, at: int) -> Delivered:
        lines, unwritable = lines_of(rows)
        bucket = self.server.keys.bucket_raw
        result = deliver(lines, lambda body: self.server.write(bucket, body))
        letters = [(bucket, *letter) for letter in result.dead]
        letters += [(bucket, one.text, one.reason) for one in unwritable]
        if letters:
            self.journal.bury(letters, at=at)
            log.error("lines refused count=%d reason=%s", len(letters), letters[0][2])
        if result.expired:
            self.journal.add("expired", result.expired)
        return result
