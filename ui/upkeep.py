"""Upkeep of the stores: closed days become one sorted file, what is past its retention goes, history stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.keeping import MONTH_S

if TYPE_CHECKING:
    from ui.service import Service


def upkeep(service: Service) -> None:
    """Compact the archive, the ledger and the job records, expire raw readings by the site file's retention, vacuum."""
    now = int(service.now())
    lake, books = service.stores.lake, service.stores.books
    if service.stores.influx is None:  # a server keeps and expires its readings itself
        lake.compact(before=now)
        lake.expire(before=now - service.settings.store.raw_retention_months * MONTH_S)
        lake.vacuum()
    books.compact(before=now)
    books.vacuum()
    service.stores.jobs.compact(before=now)
    service.stores.jobs.vacuum()
