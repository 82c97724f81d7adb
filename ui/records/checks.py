"""Invoices against meters: what was billed for a point, and what its meter saw on the same days.

Approved estimates are left out, for one may be made of the invoice itself. Where the meter was silent for a part of the
days, the invoice is compared with what it saw and with what its silence may hide.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.recorded import invoice_difference
from config.reading.wording import percent
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from analytics.kpi import Kpi
    from collectors.store.records import Record
    from config.site import Site
    from ui.service import Service

LIMIT = 0.02  # of the metered energy


def invoice_rows(service: Service, site: Site, *, limit: float = LIMIT) -> Iterator[dict[str, Any]]:
    """Yield each electricity invoice of a site beside its meter; `finding` where they differ by more than `limit`.

    Where the meter gives no figure nothing can be compared, and that is a finding too.
    """
    records = service.stores.state.records.standing(kind="invoice_electricity", site=site.id, approved=False)
    for record in records:
        metered = _metered(service, site, record)
        billed = record.entry.amount or 0.0
        share = _difference(billed, metered)
        yield {
            "id": record.id,
            "site": site.id,
            "point": record.entry.subject,
            "from": str(record.entry.start),
            "days": (record.entry.end - record.entry.start).days,
            "invoice_kwh": billed,
            "metered_kwh": metered.value_measured if metered.value is not None else None,
            "difference": share,
            "coverage": metered.coverage,
            "finding": share is None or abs(share) > limit,
            "text": _text(share, metered, limit),
            "comment": record.entry.comment,
        }


def _metered(service: Service, site: Site, record: Record) -> Kpi:
    def midnight(day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(site.time_zone)).timestamp())

    one = record.entry
    question = Question(service, site, midnight(one.start), midnight(one.end), site.pue_category, read_alone=True)
    return question.energy("energy", "points", lambda tree: tuple(id_ for id_ in (one.subject,) if id_ in tree.by_id))


def _difference(billed: float, metered: Kpi) -> float | None:
    """By which share the invoice lies beyond what the meter saw, and what its silence may hide at most."""
    if metered.value is None:
        return None
    seen, most = metered.value_measured or 0.0, metered.value
    if seen <= billed <= most and most > 0:
        return 0.0
    return invoice_difference(invoice_kwh=billed, metered_kwh=min(max(billed, seen), most))


def _text(share: float | None, metered: Kpi, limit: float) -> str:
    if share is None:
        return f"the meter gives no figure: {metered.reason or 'it saw no energy'}"
    if abs(share) <= limit:
        silent = f" of what it saw, and of what its silence of {percent(metered.missing, 1)} of the time may hide"
        return f"within {limit:.0%}{silent if metered.missing else ''}"
    return (
        f"the invoice is {percent(abs(share), 1)} {'above' if share > 0 else 'below'} the meter: explain or correct it"
    )
