"""All stores of one data folder, each opened when first used.

`spool/spool.sqlite`: accepted, on its way. `lake/readings`: the archive. `books/ledger`, `books/ledger_history`: the
books. `jobs/jobs`: who ran what where. `state.sqlite`: configurations, imports, mappings, audit log.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from config.errors import StoreCorrupt

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from collectors.store.archive import Archive
    from collectors.store.books import Books
    from collectors.store.influx.archive import InfluxArchive
    from collectors.store.influx.store import InfluxStore
    from collectors.store.jobs import JobBook
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool
    from collectors.store.state import State
    from config.influxdb import InfluxKeys
    from config.site import Settings

LAKE_EVERY_S, SERVER_EVERY_S = 300, 5
RESTORING = ".restoring"  # within the data folder, as long as a backup is being put back


@dataclass(frozen=True)
class Stores:
    """The stores of the folder `data`; opening one raises StoreUnavailable, StoreCorrupt or SchemaTooNew."""

    data: Path
    influx_keys: InfluxKeys | None = None

    @cached_property
    def spool(self) -> Spool:
        """Where readings are accepted."""
        from collectors.store.identity import renew_behind, seen_by_archives
        from collectors.store.spool import Spool

        spool = Spool(self.spool_path)
        used = spool.highest() > 0
        try:
            seen = seen_by_archives(spool, self.lake, self.books)
        except StoreCorrupt:
            if used:
                return spool  # the archive can tell nothing now; what is read is accepted all the same
            raise
        if not used:  # new beside an archive: what it accepts must win over what stands there
            spool.raise_floor(seen + 1)
        elif seen > spool.highest():
            renew_behind(spool, self.lake, seen=seen)
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
    def archive(self) -> Archive | InfluxArchive:
        """The lake or InfluxDB, and the spool's tail, read as one."""
        from collectors.store.archive import Archive

        return Archive(self.lake, self.spool) if self.influx is None else self.influx.archive

    @cached_property
    def influx(self) -> InfluxStore | None:
        """The server store where the site file names one, else None: then the lake is the archive."""
        if self.influx_keys is None:
            return None
        from collectors.store.influx.store import InfluxStore

        return InfluxStore(self.influx_keys, self.spool, self.books, self.lake)

    def ship(self, *, now: int) -> int:
        """Move accepted readings from the spool into the archive and return how many.

        Raises:
            StoreUnavailable, StoreCorrupt: the archive did not take them; they stay in the spool.
        """
        if self.influx is not None:
            return self.influx.ship(now=now)
        from collectors.store.shipper import ship

        return ship(self.spool, self.lake, now=now)

    def undo_import(self, origin: str, *, now: int) -> pa.Table:
        """Put the readings of an import into quarantine and return the series touched (`view.TOUCHED_SCHEMA`).

        Raises:
            StoreUnavailable, StoreCorrupt: the archive does not answer; call again.
        """
        if self.influx is not None:
            from collectors.store.influx.undo import undo_import as withdraw
            from collectors.store.renewing import renew_latest

            touched = withdraw(self.influx, origin, now=now)
            renew_latest(self.spool, self.archive, origin)
            return touched
        from collectors.store.shipper import undo_import

        return undo_import(self.spool, self.lake, origin, now=now)

    def refused_of(self, origin: str) -> int:
        """Return how many readings of an origin the server refused; a lake refuses none."""
        return 0 if self.influx is None else self.influx.journal.dead_of(origin)

    @property
    def ship_every_s(self) -> int:
        """How often `ship` is worth its while: a commit to the lake is dear, lines to a server are not."""
        return LAKE_EVERY_S if self.influx_keys is None else SERVER_EVERY_S

    @cached_property
    def books(self) -> Books:
        """The ledger and its history."""
        from collectors.store.books import Books

        return Books(self.data / "books")

    @cached_property
    def jobs(self) -> JobBook:
        """Records of jobs, pods and virtual machines."""
        from collectors.store.jobs import JobBook

        return JobBook(self.data / "jobs")

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
    """Return the stores of the settings' data folder; nothing is opened or created yet.

    Raises:
        StoreCorrupt: a restore into it was broken off.
    """
    store = settings.store
    if (store.data / RESTORING).exists():
        message = f"a restore into {store.data} goes on or was broken off: empty the folder and restore again."
        raise StoreCorrupt(message)
    if store.kind == "lake":
        return Stores(store.data)
    ca_file = store.ca_file and settings.path.parent / store.ca_file
    return Stores(store.data, store.model_copy(update={"ca_file": ca_file}))
