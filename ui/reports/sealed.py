"""What is sealed: a change of its time is refused unless the caller says that it restates."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.consolidation import COMPANY
from config.errors import InputError
from ui.reports.period import period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.service import Service


def refuse_sealed(service: Service, spans: Sequence[tuple[str, int, int]], *, restate: bool) -> None:
    """Refuse a change of sealed time, unless it is said to be a restatement.

    Args:
        service: the books.
        spans: site, and the time of it that the change touches [UTC s].
        restate: whether the caller knows that reports are sealed.

    Raises:
        InputError: which report is sealed.
    """
    if restate:
        return
    for site, start, end in spans:
        zone = ZoneInfo(service.settings.site(site).time_zone)
        for one in service.stores.state.reports.sealed_over({site, COMPANY}, start, end):
            # A company's report has each site's own month: together they last longer than any of them.
            first, last = period(one.label).span(zone)
            if end <= first or last <= start:
                continue
            msg = (
                f"report {one.id} of {one.subject} {one.label} is sealed and this would change its period: give "
                "--restate, then see `wattlas report diff` and prepare a report that restates it"
            )
            raise InputError(msg)
