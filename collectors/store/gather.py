"""Group commit: readings of many polls become one fsynced batch, at most a second after they came (design 3)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.batches import ROWS_MAX
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collectors.store.spool import Spool

COMMIT_ROWS = 10_000
COMMIT_S = 1.0
WAITING_ROWS_MAX = 2_000_000  # what memory holds while the disk refuses: minutes of the largest site


class GroupCommit:
    """Gathers tables of readings for one spool.

    `put` commits on its own once 10,000 readings wait or the oldest has waited a second; the owner calls `flush` every
    second, from any thread, so that the last readings do not wait for the next ones.
    """

    def __init__(self, spool: Spool) -> None:
        """Gather for `spool`; nothing is written yet."""
        self._spool = spool
        self._waiting: list[pa.Table] = []
        self._since = 0.0
        self._list = threading.Lock()
        self._disk = threading.Lock()

    def put(self, table: pa.Table) -> None:
        """Take readings (`READING_SCHEMA`); they are accepted once a commit has returned.

        Raises:
            StoreUnavailable: the spool refuses: what waits stays in memory, up to 2,000,000 readings.
        """
        with self._list:
            rows = sum(waiting.num_rows for waiting in self._waiting)
            if rows + table.num_rows > WAITING_ROWS_MAX:
                message = f"{rows} readings wait for spool {self._spool.path}, which takes none: free its disk."
                raise StoreUnavailable(message)
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.append(table)
            due = rows + table.num_rows >= COMMIT_ROWS or time.monotonic() - self._since >= COMMIT_S
        if due:
            self.flush()

    def flush(self) -> None:
        """Make everything taken so far durable.

        Raises:
            StoreUnavailable, StoreCorrupt: the spool refused; the readings wait for the next flush.
        """
        with self._disk:
            with self._list:
                tables, self._waiting = self._waiting, []
            try:
                while tables:
                    batch, rest = _first_batch(tables)
                    self._spool.accept(batch)
                    tables = rest
            finally:
                with self._list:
                    self._waiting = [*tables, *self._waiting]


def _first_batch(tables: list[pa.Table]) -> tuple[pa.Table, list[pa.Table]]:
    """Return as many rows from the front as one batch takes, and what is left."""
    whole = pa.concat_tables(tables)
    rest = [whole.slice(ROWS_MAX)] if whole.num_rows > ROWS_MAX else []
    return whole.slice(0, ROWS_MAX), rest
