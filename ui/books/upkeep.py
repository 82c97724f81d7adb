"""Upkeep of the stores: closed days become one sorted file, what is past its retention goes, history stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.alerts.outbox import tidy
from ui.books.keeping import MONTH_S
from ui.books.thinning import thin

if TYPE_CHECKING:
    from ui.service import Service


def upkeep(service: Service) -> None:
    """Compact archive, ledger and job records, expire raw readings by the site file, vacuum, tidy the outbox."""
    now = int(service.now())
    lake, books = service.stores.lake, service.stores.books
    if service.stores.influx is None:  # a server keeps and expires its readings itself
        lake.compact(before=now)
        lake.expire(before=now - service.settings.store.raw_retention_months * MONTH_S)
        lake.vacuum()
    books.compact(before=now)
    if service.settings.store.thin_after_months is not None:
        thin(service, before=now - service.settings.store.thin_after_months * MONTH_S)
    books.vacuum()
    tidy(service)
    service.stores.jobs.compact(before=now)
    service.stores.jobs.vacuum()
