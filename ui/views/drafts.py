"""Drafts of reports, made aside: a page shows how far one is instead of standing still until it is there."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from ui.reports.content import report_content
from ui.reports.period import period

if TYPE_CHECKING:
    from ui.service import Service

Row = dict[str, Any]
Key = tuple[str, ...]
KEPT: Final = 16


@dataclass
class Draft:
    """What a report says, there or on its way, and how many of its sites are done.

    `about` is whose report of which period it is, for whom, whatever the books are by now.
    """

    about: Key = ()
    found: Future[Row] = field(default_factory=Future)
    done: int = 0
    sites: int = 0

    @property
    def failed(self) -> bool:
        """Whether it ended without a report."""
        return self.found.done() and (self.found.cancelled() or self.found.exception() is not None)

    def told(self, done: int, sites: int) -> None:
        """Take note of how far it is."""
        self.done, self.sites = done, sites


class Drafts:
    """The newest drafts of all sessions, made one after another: two at once would both take twice as long."""

    def __init__(self) -> None:
        """Start without any."""
        self._aside = ThreadPoolExecutor(1, "drafts")
        self._kept: OrderedDict[Key, Draft] = OrderedDict()
        self._lock = Lock()

    def of(self, key: Key, service: Service, subject: str, month: str) -> Draft:
        """Return the draft under `key`, begun now where there is none; what failed is begun anew."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.failed:
                kept = self._kept[key] = Draft(about_of(service, subject, month))
                kept.found = self._aside.submit(report_content, service, subject, period(month), progress=kept.told)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)[1].found.cancel()
            return kept


def about_of(service: Service, subject: str, month: str) -> Key:
    """Whose report of which period, for who sees these sites."""
    return subject, month, str(service.settings.store.data), *(site.id for site in service.settings.sites)


@st.cache_resource(show_spinner=False)
def drafts() -> Drafts:
    """The drafts of this process."""
    return Drafts()
