"""All stores of one data folder, each opened when first used.

`spool/spool.sqlite`: accepted, on its way. `lake/readings`: the archive. `books/ledger`, `books/ledger_history`: the
books. `state.sqlite`: configurations, imports, mappings, audit log.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.archive import Archive
    from collectors.store.books import Books
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool
    from collectors.store.state import State
    from config.site import Settings


@dataclass(frozen=True)
class Stores:
    """The stores of the folder `data`; opening one raises StoreUnavailable, StoreCorrupt or SchemaTooNew."""

    data: Path

    @cached_property
    def spool(self) -> Spool:
        """Where readings are accepted."""
        from collectors.store.batches import ROW_BITS
        from collectors.store.books import SEQUENCE_MARK
        from collectors.store.spool import Spool

        spool = Spool(self.spool_path)
        if not spool.highest():  # new beside an archive: what it accepts must win over what stands there
            seen = max(self.lake.highest_seq(), self.books.watermark(SEQUENCE_MARK))
            spool.raise_floor((max(seen, 0) >> ROW_BITS) + 1)
        return spool

    @property
    def spool_path(self) -> Path:
        """The spool's file."""
        return self.data / "spool" / "spool.sqlite"

    @cached_property
    def lake(self) -> Lake:
        """The archive of readings."""
        from collectors.store.lake import Lake

        return Lake(self.data / "lake")

    @cached_property
    def archive(self) -> Archive:
        """The lake and the spool's tail, read as one."""
        from collectors.store.archive import Archive

        return Archive(self.lake, self.spool)

    @cached_property
    def books(self) -> Books:
        """The ledger and its history."""
        from collectors.store.books import Books

        return Books(self.data / "books")

    @cached_property
    def state(self) -> State:
        """Configurations, imports, mappings, audit log."""
        from collectors.store.state import State

        return State(self.state_path)

    @property
    def state_path(self) -> Path:
        """The state store's file."""
        return self.data / "state.sqlite"


def open_stores(settings: Settings) -> Stores:
    """Return the stores of the settings' data folder; nothing is opened or created yet."""
    return Stores(settings.store.data)
