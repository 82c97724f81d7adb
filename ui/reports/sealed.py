"""What is sealed: a change of its time is refused unless the caller says why it restates, which the log keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.consolidation import COMPANY
from config.errors import InputError
from ui.reports.period import period

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.store.reports import Report
    from ui.service import Service


def refuse_sealed(service: Service, spans: Sequence[tuple[str, int, int]], *, restate: str) -> str:
    """Refuse a change of sealed time, unless a reason says why it is restated.

    Args:
        service: the books.
        spans: site, and the time of it that the change touches [UTC s].
        restate: why sealed time is changed; blank where the caller knows of none.

    Returns:
        What the audit log has to say of it: the reports and the reason; "" where nothing is sealed.

    Raises:
        InputError: which report is sealed.
    """
    sealed = {one.id: one for site, start, end in spans for one in _sealed(service, site, start, end)}
    if sealed and not restate.strip():
        one = next(iter(sealed.values()))
        msg = (
            f"report {one.id} of {one.subject} {one.label} is sealed and this would change its period: give "
            '--restate "why", then see `wattlas report diff` and prepare a report that restates it'
        )
        raise InputError(msg)
    return f"restates {', '.join(sealed)}: {restate.strip()}" if sealed else ""


def _sealed(service: Service, site: str, start: int, end: int) -> Iterator[Report]:
    """Sealed reports of a site's time. A company's has each site's own month: together they last longer than any."""
    zone = ZoneInfo(service.settings.site(site).time_zone)
    for one in service.stores.state.reports.sealed_over({site, COMPANY}, start, end):
        first, last = period(one.label).span(zone)
        if first < end and start < last:
            yield one


def with_mark(reason: str, mark: str) -> str:
    """Join the reason of a change and what `refuse_sealed` said of it."""
    return "; ".join(text for text in (reason.strip(), mark) if text)
