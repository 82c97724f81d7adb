"""What a month still lacks before its figures can be signed: expected records, approvals, findings to explain."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from config.errors import InputError
from config.records.kinds import fuel_kinds
from ui.records.checks import invoice_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.records import Record
    from config.site import Site
    from ui.service import Service

# role of a point -> kinds of records that it makes expected each month, each with whether it is of the point itself
EXPECTED = {
    "genset": (("fuel", False), ("genset_hours", True)),
    "utility": (("invoice_electricity", True),),
}


def todo_rows(service: Service, site: Site, month: str) -> Iterator[dict[str, Any]]:
    """Yield what is left to do for a site's month (`2026-03`): absent records, approvals, findings to explain.

    Raises:
        InputError: the month cannot be read.
    """
    first, end = days_of(month)
    records = service.stores.state.records.standing(site=site.id, start=first, end=end, approved=False)
    yield from _absent(service, site, records, first, end)
    for one in service.stores.state.records.waiting(site=site.id, start=first, end=end):
        did = "withdrew" if one.withdrawn else "entered"
        text = f"{one.entered_by} {did} it: let another person run `wattlas records approve {one.id}`"
        yield _row(site, "approve", one.entry.kind, one.entry.subject, text)
    for row in invoice_rows(service, site):
        if row["finding"] and first <= date.fromisoformat(row["from"]) < end and not row["comment"]:
            yield _row(site, "explain", "invoice_electricity", row["point"], row["text"])


def days_of(month: str) -> tuple[date, date]:
    """Return the first day of a month, and of the next.

    Raises:
        InputError: the text is no month.
    """
    try:
        first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month of a calendar, no instant
    except ValueError:
        msg = f'--month "{month}" is no month: write it as 2026-03'
        raise InputError(msg) from None
    return first, (first + timedelta(days=32)).replace(day=1)


def _absent(service: Service, site: Site, records: list[Record], first: date, end: date) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(site.time_zone)
    at = int(datetime(first.year, first.month, first.day, tzinfo=zone).timestamp())
    told = set()
    for state in service.settings.points_at(site.id, at):
        for kind, own in EXPECTED.get(state.role, ()):
            subject = state.id if own else ""
            left = _days_left(records, kind, subject, first, end)
            if left and (kind, subject) not in told:
                told.add((kind, subject))
                text = f"no record speaks of {left} of {(end - first).days} days: enter it, or 0 where there was none"
                yield _row(site, "enter", kind, subject, text)


def _days_left(records: list[Record], kind: str, subject: str, first: date, end: date) -> int:
    kinds = fuel_kinds() if kind == "fuel" else {kind}  # by volume, energy or mass
    known = {
        day
        for one in records
        if one.entry.kind in kinds and subject in {"", one.entry.subject}
        for day in range(max(one.entry.start, first).toordinal(), min(one.entry.end, end).toordinal())
    }
    return (end - first).days - len(known)


def _row(site: Site, what: str, kind: str, subject: str, text: str) -> dict[str, Any]:
    return {"site": site.id, "do": what, "kind": kind, "subject": subject, "text": text}
