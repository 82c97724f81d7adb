"""Everything of one InfluxDB and one data folder together, each part made when first used."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from collectors.store.books import SEQUENCE_MARK
from collectors.store.influx.adopt import adopt
from collectors.store.influx.archive import InfluxArchive
from collectors.store.influx.client import Server
from collectors.store.influx.hourly import mirror
from collectors.store.influx.journal import JOURNAL, Journal
from collectors.store.influx.shipper import Shipper

if TYPE_CHECKING:
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
        return InfluxArchive(self.server, self.journal, self.spool)

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
        adopt(self.server, self.journal)
