"""Which days a record may change figures of: a seal carries the records of its days, and a change of them restates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from analytics.leaks import STOCK_DAYS
from analytics.recorded import REMEMBERED_DAYS
from analytics.scope3 import HOURS_PER_YEAR
from config.records.kinds import fuel_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.store.records import Record
    from config.records.rows import Entry
    from ui.service import Service

DAY_H: Final = 24
FOREVER: Final = date(9999, 1, 1)


def reach(one: Entry, *, lifetime_years: float | None) -> tuple[date, date]:
    """Return the local days [first, end) whose figures an entry may change.

    Hardware is embodied over its lifetime. A stock ends the balance of the day before, and says for a year that the gas
    is in use, as fuel does. Everything else speaks of its own days.
    """
    if one.kind == "hardware":
        if lifetime_years is None:
            return one.start, FOREVER
        days = min(ceil(lifetime_years * HOURS_PER_YEAR / DAY_H) + 1, (FOREVER - one.start).days)
        return one.start, one.start + timedelta(days=days)
    if one.kind == "refrigerant_stock":
        return one.start - timedelta(days=1), one.end + timedelta(days=STOCK_DAYS)
    return one.start, one.end + timedelta(days=REMEMBERED_DAYS if one.kind in fuel_kinds() else 0)


def reaching(service: Service, records: Iterable[Record], first: date, end: date) -> list[Record]:
    """Return those records that may change figures of the local days [first, end)."""
    found = []
    for record in records:
        since, until = reach(record.entry, lifetime_years=service.settings.company.hardware_lifetime_years)
        if since < end and first < until:
            found.append(record)
    return found


def span(service: Service, one: Entry) -> tuple[str, int, int]:
    """The time of a site that an entry reaches [UTC s]."""
    zone = ZoneInfo(service.settings.site(one.site).time_zone)
    days = reach(one, lifetime_years=service.settings.company.hardware_lifetime_years)
    start, end = (int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) for day in days)
    return one.site, start, end
