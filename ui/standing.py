"""What everything that a page keeps was made of: when it is another, so may be the figures.

Time alone says nothing of it: a record that is approved, a late reading or a new target changes a figure at once.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ui.serving.kept_service import files_stamp

if TYPE_CHECKING:
    from ui.service import Service

QUARTER_S: Final = 900  # of what moves by the clock alone: a month under way, a forecast from today


def standing(service: Service) -> str:
    """Return a short text that is another one after any change of books, state, site file or quarter of an hour.

    It is another one too for whoever sees some sites alone.

    The audit log's head stands for the state: every record, estimate, report and step has its line there
    (DECISIONS.md 31). Readings that are not in the books yet are not in it: what is live has caches of seconds.

    Raises:
        StoreUnavailable, StoreCorrupt: the state store cannot be read.
    """
    stores = service.stores
    found = (
        service.config_hash,
        stores.books.ledger.changed(),
        stores.state.newest_line(),
        sorted(files_stamp(service.settings.path)),
        int(service.now() // QUARTER_S),
        None if service.whole is None else [site.id for site in service.settings.sites],
    )
    return sha256(repr(found).encode()).hexdigest()[:16]
