"""Whether another data folder writes readings of our sites into our bucket: of one second only one of the two stands.

Behind every flush the mark tells which spool wrote, and of which sites. A copy of our own folder has our names; its
marks stand at seconds at which we sent none. Who has gone (a folder that was restored, begun anew or moved) writes no
new mark, so only one that goes on between two looks is named. Folders of different sites may share a bucket.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.store.influx.mark import MARK
from collectors.store.influx.query import select
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from collectors.store.influx.client import Server
    from collectors.store.influx.journal import Journal

TOLD = ("time", "spool", "sites")
SPACE = " "  # no name of a site has one
LOOK_S = 60.0
WITHIN_S = 900  # the marks looked at, and how far a host's clock may be off


def told(spool: str, sites: Collection[str]) -> str:
    """Return the fields of a mark that say who wrote, and of which sites."""
    return f',spool="{spool}",sites="{SPACE.join(sorted(sites))}"'


@dataclass
class Beside:
    """Remembers the last marks of others that it saw."""

    server: Server
    journal: Journal
    _seen: dict[str, int] | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)

    def clash(self, spool: str, sites: Collection[str], *, now: int) -> str | None:
        """Return the sentence for another spool that wrote readings of these sites since the last look, "" for none.

        None says that it was not yet time to look again, or that this is the first look.

        Raises:
            StoreUnavailable: the server does not answer.
        """
        if time.monotonic() < self._next:
            return None
        self._next = time.monotonic() + LOOK_S
        former, others = self._seen, self._others(spool, sites, now=now)
        self._seen = {other: at for other, (at, _) in others.items()}
        if former is None:
            return None
        shared = {site for other, (at, own) in others.items() if at > former.get(other, 0) for site in own}
        return words(self.server, sorted(shared)) if shared else ""

    def _others(self, spool: str, sites: Collection[str], *, now: int) -> dict[str, tuple[int, set[str]]]:
        """Of each other folder that wrote of these sites: when it did so last [UTC s], and which they are."""
        own, sent = self.journal.mark(), self.journal.marks_sent()
        found: dict[str, tuple[int, set[str]]] = {}
        span = (now - WITHIN_S, now + WITHIN_S)
        marks = select(self.server, self.server.keys.bucket_raw, '"spool", "sites"', MARK, span=span, group='"journal"')
        for one in (mark for mark in marks if set(TOLD) <= set(mark.columns)):
            ours = own is not None and one.tags["journal"] == own[0]
            for at, other, told in zip(*map(one.column, TOLD), strict=True):
                shared = set(str(told or "").split(SPACE)) & set(sites)
                strange = other != spool or (ours and int(at) not in sent)
                if other and strange and shared:
                    last, so_far = found.get(str(other), (0, set()))
                    found[str(other)] = max(last, int(at)), so_far | shared
        return found


def words(server: Server, sites: list[str]) -> str:
    """Return the sentence for two data folders that write readings of the same sites."""
    return (
        f"another data folder writes readings of {listed(sites)} into bucket {server.keys.bucket_raw} at {server.url} "
        "too, and of the same second only one of the two stands: stop one, or give it a bucket_raw of its own."
    )
