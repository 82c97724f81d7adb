"""Invoices against meters: what was billed for a point, and what its meter saw on the same days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.recorded import invoice_difference
from ui.figures import Question

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
        share = None if metered.value is None else invoice_difference(invoice_kwh=billed, metered_kwh=metered.value)
        yield {
            "id": record.id,
            "site": site.id,
            "point": record.entry.subject,
            "from": str(record.entry.start),
            "days": (record.entry.end - record.entry.start).days,
            "invoice_kwh": billed,
            "metered_kwh": metered.value,
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
    question = Question(service, site, midnight(one.start), midnight(one.end), site.pue_category)
    return question.energy("energy", "points", lambda tree: tuple(id_ for id_ in (one.subject,) if id_ in tree.by_id))


def _text(share: float | None, metered: Kpi, limit: float) -> str:
    if share is None:
        return f"the meter gives no figure: {metered.reason or 'it saw no energy'}"
    if abs(share) <= limit:
        return f"within {limit:.0%}"
    return f"the invoice is {abs(share):.1%} {'above' if share > 0 else 'below'} the meter: explain or correct it"
