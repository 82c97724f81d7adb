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
    """What a report says, there or on its way, and how many of its sites are done."""

    found: Future[Row] = field(default_factory=Future)
    done: int = 0
    sites: int = 0

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
        """Return the draft under `key`, begun now where there is none; what failed is tried again the next time."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                kept = self._kept[key] = Draft()
                kept.found = self._aside.submit(report_content, service, subject, period(month), progress=kept.told)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)[1].found.cancel()
            elif kept.found.done() and kept.found.exception() is not None:
                del self._kept[key]
            return kept


@st.cache_resource(show_spinner=False)
def drafts() -> Drafts:
    """The drafts of this process."""
    return Drafts()
