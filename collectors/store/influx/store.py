"""Everything of one InfluxDB and one data folder together, each part made when first used."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from collectors.arrays import arrow_of
from collectors.store.batches import ROW_BITS
from collectors.store.books import SEQUENCE_MARK
from collectors.store.influx.adopt import adopt
from collectors.store.influx.archive import InfluxArchive
from collectors.store.influx.client import Server
from collectors.store.influx.hourly import mirror
from collectors.store.influx.journal import JOURNAL, Journal
from collectors.store.influx.mark import Proof, is_lost
from collectors.store.influx.shipper import Shipper
from collectors.store.locks import writer_lock

if TYPE_CHECKING:
    import pyarrow as pa

    from collectors.store.books import Books
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool
    from config.influxdb import InfluxKeys


@dataclass(frozen=True)
class InfluxStore:
    """The server store of one data folder; `lake` is what the folder held before, to be migrated."""

    keys: InfluxKeys
    spool: Spool
    books: Books
    lake: Lake

    @cached_property
    def server(self) -> Server:
        """The connection."""
        return Server(self.keys)

    @cached_property
    def journal(self) -> Journal:
        """What is known on our side; batches that the lake has already are left to `wattlas store migrate`."""
        journal = Journal(self.spool.path.with_name(JOURNAL))
        journal.start_at(self.spool.uuid, max(self.lake.version_of(self.spool.app_id), 0))
        return journal

    @cached_property
    def archive(self) -> InfluxArchive:
        """Readings as the ledger and the pages want them."""
        return InfluxArchive(self.server, self.journal, self.spool, self.proof)

    @cached_property
    def proof(self) -> Proof:
        """What looks whether the server has all that the books were made from."""
        return Proof(self.server, self.journal, self.lake)

    @cached_property
    def shipper(self) -> Shipper:
        """What moves the spool to the server."""
        return Shipper(self.spool, self.journal, self.server)

    def ship(self, *, now: int | None = None) -> int:
        """Move accepted readings to the server, mirror new hours of the ledger, and return the readings shipped.

        Raises:
            StoreUnavailable: the server does not take them now; everything waits, and the next call tries again.
        """
        at = int(time.time()) if now is None else now
        shipped = self.shipper.ship(booked_seq=self.books.watermark(SEQUENCE_MARK), now=at)
        if not self.shipper.backoff.waits(time.monotonic()):
            self.shipper.guarded(lambda: mirror(self.books, self.journal, self.server, at=at), at=at)
        return shipped

    def adopt(self) -> None:
        """Learn once what the server holds already."""
        adopt(self.server, self.journal, self.spool)

    def begin_again(self) -> int | None:
        """After a loss forget what the server had, so that all that the spool holds goes there again.

        Returns:
            The readings that wait now; None where nothing is lost.

        Raises:
            StoreUnavailable: the server does not answer.
        """
        if not is_lost(self.server, self.journal):
            return None
        with writer_lock(self.shipper.lock_path):
            number = max(self.spool.purged(), self.lake.version_of(self.spool.app_id), 0)
            waiting = self.spool.backlog(number)
            since = int(time.time()) if waiting.oldest is None else waiting.oldest
            self.journal.begin_again(self.spool.uuid, number, complete_since=since)
        return waiting.rows

    def note_again(self, touched: pa.Table) -> None:
        """Let the next job of the ledger read these series (TOUCHED_SCHEMA) again: they changed beside the spool.

        They are noted under a number that the spool gives to no batch, above all that the ledger has taken in.
        """
        if not touched.num_rows:
            return
        with self.books.keeping():
            number = self.spool.highest() + 1
            at = touched.schema.get_field_index("seq")
            seq = arrow_of(np.full(touched.num_rows, number << ROW_BITS, np.int64))
            self.journal.note_touched(touched.set_column(at, touched.schema.field(at), seq), n=number)
            self.spool.raise_floor(number)
