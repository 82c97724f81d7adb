"""A spool that is no longer the one that its archive knows: restored from a backup, or an older file put back by hand.

Under its old identity what it accepts would have numbers that the archive has already, and would pass for shipped.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from collectors.store.batches import ROW_BITS, empty_readings
from collectors.store.books import SEQUENCE_MARK
from collectors.store.influx.adopt import ADOPTED
from collectors.store.influx.journal import JOURNAL, Journal
from collectors.store.locks import writer_lock

if TYPE_CHECKING:
    from collectors.store.books import Books
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool

log = logging.getLogger(__name__)


def seen_by_archives(spool: Spool, lake: Lake, books: Books) -> int:
    """Return the highest batch number that lake, books or the journal of a server have seen, 0 for none."""
    journal = _journal(spool)
    found = (lake.highest_seq(), books.watermark(SEQUENCE_MARK), -1 if journal is None else journal.highest_seq())
    return max(*found, 0) >> ROW_BITS


def renew_behind(spool: Spool, lake: Lake, *, seen: int) -> None:
    """Give a spool of which the archive has `seen` more than itself a new identity; once, however many notice it.

    What it did not know as shipped when its file was copied is shipped again: the same readings once more change
    nothing.
    """
    with writer_lock(spool.path.with_name(f"{spool.path.name}.ship.lock")):
        last = spool.highest()
        if seen > last:
            renew(spool, lake, upto=spool.shipped(), seen=seen)
            words = "spool put back last_batch=%d archive_has=%d: it goes on under a new identity"
            log.warning(words, last, seen)


def renew(spool: Spool, lake: Lake, *, upto: int, seen: int) -> None:
    """Let a spool go on as another one: the archive has it up to batch `upto`, and numbers up to `seen` of it.

    What a server has stays as long as the grace lasts, for it may have been lost there.
    """
    journal = _journal(spool)
    in_lake = upto if journal is None else max(lake.version_of(spool.app_id), 0)
    spool.renew(gone=in_lake, upto=upto, above=seen)
    if journal is not None:
        journal.start_at(spool.uuid, upto)
        journal.forget_mirrored(ADOPTED, journal.mirrored(ADOPTED))  # the server may have more: it is asked again
        journal.close()
    elif spool.backlog(0).rows:  # what stays to be forwarded is in the lake already
        lake.append(empty_readings(), {spool.app_id: upto})


def _journal(spool: Spool) -> Journal | None:
    path = spool.path.with_name(JOURNAL)
    return Journal(path) if path.exists() else None
