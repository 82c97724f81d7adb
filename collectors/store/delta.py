"""One Delta table in a local folder: snapshots for readers, and commits under the table's writer lock.

Data files are written and fsynced before the commit names them; the log is fsynced after it. A commit holds files
added, files removed and application transactions together, so each of Wattlas' writes is one atomic step.
"""

from __future__ import annotations

import os
import random
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from collectors.store.layout import SCHEMA_VERSION
from collectors.store.locks import writer_lock
from collectors.store.log_check import MARK, changes_rows, commit_fault
from collectors.store.parquet import write_file
from collectors.store.schema import refuse_newer
from collectors.store.settled import Settled
from collectors.store.snapshot import Snapshot
from collectors.store.sync import sync_commit, sync_files, sync_path
from config.errors import StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from deltalake import DeltaTable

    from collectors.store.layout import Layout

T = TypeVar("T")
CAUSE, COLOURS = "\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS}", re.compile(r"\x1b\[\d*m")
TRIES = 6
RETENTION_H = 24
VERSION_KEY = "wattlas.schema_version"
PROPERTIES = {
    VERSION_KEY: str(SCHEMA_VERSION),
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 2 days",
    "delta.deletedFileRetentionDuration": f"interval {RETENTION_H} hours",
}


class Writer:
    """The writer's hand on an open table; lives only inside `DeltaFolder.write`."""

    def __init__(self, root: Path, layout: Layout, table: DeltaTable) -> None:
        """Take an open table whose writer lock is held."""
        self.snapshot, self.root, self.layout, self._table = Snapshot(root, layout, table), root, layout, table

    def commit(
        self,
        *,
        adds: Iterable[tuple[str, pa.Table]] = (),
        removes: Sequence[str] = (),
        transactions: Mapping[str, int] | None = None,
        facts: Mapping[str, int] | None = None,
        changes_rows: bool = True,
    ) -> int:
        """Commit durably in one step: new files of (partition label, sorted rows), files removed, transactions.

        `facts` are kept in the commit for the doctor. `changes_rows` False marks a mere rearrangement. Returns the new
        version.
        """
        from deltalake import CommitProperties, PostCommitHookProperties, Transaction
        from deltalake.transaction import AddAction, RemoveAction

        now_ms = int(time.time() * 1000)
        written = [write_file(self.root, self.layout, label, rows) for label, rows in adds]
        sync_files([self.root / file.path for file in written], top=self.root)
        labels = self.snapshot.label_of() if removes else {}
        part = self.layout.partition
        actions: list[AddAction | RemoveAction] = [
            AddAction(f.path, f.size_bytes, {part: f.label}, now_ms, changes_rows, f.statistics) for f in written
        ]
        actions += [RemoveAction(path, changes_rows, now_ms, partition_values={part: labels[path]}) for path in removes]
        numbers = [Transaction(app, number, now_ms) for app, number in (transactions or {}).items()]
        words = {"actions": len(actions) + len(numbers), **(facts or {})}
        before = self.snapshot.version
        self._table.create_write_transaction(
            actions,
            "append",
            self.layout.table_schema,
            [self.layout.partition],
            commit_properties=CommitProperties({MARK: words}, max_commit_retries=0, app_transactions=numbers),
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
        )
        sync_commit(self.root, after_version=before)
        return before + 1


def _commits(log: Path) -> list[str]:
    """The names of all commits of a log, none where there is no such folder."""
    try:
        return [name for name in os.listdir(log) if name.endswith(".json")]  # noqa: PTH208 (each read of the books asks, and a log may have hundreds: paths would take ten times as long)
    except FileNotFoundError:
        return []


class DeltaFolder:
    """A Delta table of one layout at one local folder; it is created by the first write."""

    def __init__(self, root: Path, layout: Layout) -> None:
        """Remember where; nothing is opened."""
        self.root, self.layout = root, layout
        self.lock_path = root.with_name(f"{root.name}.lock")
        self._newest = Settled[Snapshot]()
        self._changed = ("", "")  # the newest commit when it was last asked, and the newest that changed rows

    def changed(self) -> str:
        """Return what names the newest commit that changed rows, "" where none is known.

        Bookkeeping commits its marks each minute, rows or not, and compaction rows that only moved: neither counts.
        """
        newest = self._last_commit()
        if newest is None:
            return ""
        seen, found = self._changed
        if newest.name != seen:
            since = seen if seen < newest.name else ""  # a log that was put back is read anew
            names = sorted((name for name in _commits(newest.parent) if since < name <= newest.name), reverse=True)
            found = next((name for name in names if changes_rows(newest.parent / name)), found if since else "")
            self._changed = newest.name, found
        return found

    def snapshot(self) -> Snapshot:
        """The newest version, opened where it is not the one last seen; a table not written yet reads as empty, -1.

        Raises:
            StoreCorrupt: the last commit is cut, or its files are.
            SchemaTooNew: a newer Wattlas wrote the table.
        """
        last = self._last_commit()
        if last is None:
            return Snapshot(self.root, self.layout, None)
        return self._newest.of(lambda: Snapshot(self.root, self.layout, self._open()), last.parent, last)

    def read(self, body: Callable[[Snapshot], T]) -> T:
        """Run a reader on one snapshot; it starts again on a newer one when vacuum took a file meanwhile."""
        for attempt in range(TRIES):
            try:
                return body(self.snapshot())
            except FileNotFoundError as error:
                if attempt == TRIES - 1:
                    message = f"a data file of {self.root} is gone ({error.filename}): run `wattlas doctor --repair`."
                    raise StoreCorrupt(message) from error
        raise AssertionError

    def write(self, body: Callable[[Writer], T]) -> T:
        """Run a writer under the table's lock; if its commit fails it starts again from the newest version.

        Raises:
            StoreUnavailable: the commit failed several times, or the disk refuses.
        """
        from deltalake.exceptions import CommitFailedError, DeltaError

        with writer_lock(self.lock_path):
            for attempt in range(TRIES):
                writer = Writer(self.root, self.layout, self._open_or_create())
                try:
                    return body(writer)
                except CommitFailedError as error:
                    if attempt == TRIES - 1:
                        why = f"refused {TRIES} commits ({_brief(error)}): does another program write it?"
                        message = f"table {self.root} {why}"
                        raise StoreUnavailable(message) from error
                    time.sleep(random.uniform(0.02, 0.1) * (attempt + 1))  # noqa: S311 (jitter, no secret)
                except (DeltaError, OSError) as error:
                    raise self._unwritable(error) from error
        raise AssertionError

    def _unwritable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(
            f"table {self.root} cannot be written ({_brief(error)}): check free space and permissions."
        )

    def vacuum(self) -> int:
        """Delete files removed a day ago, data files no commit names, and old log files; return data files deleted.

        A reader's snapshot therefore lives at least a day.

        Raises:
            StoreUnavailable: the disk refuses; the next call does the rest.
            StoreCorrupt, SchemaTooNew: the table cannot be opened.
        """
        from deltalake.exceptions import DeltaError

        if not self.exists():
            return 0
        with self.unvacuumed(), writer_lock(self.lock_path):
            try:
                return self._vacuumed()
            except (DeltaError, OSError) as error:
                raise self._unwritable(error) from error

    def _vacuumed(self) -> int:
        from deltalake import CommitProperties

        words = CommitProperties({MARK: {"actions": 0}})
        gone = self._open().vacuum(
            RETENTION_H, dry_run=False, enforce_retention_duration=False, full=True, commit_properties=words
        )
        table = self._open()
        table.create_checkpoint()
        sync_commit(self.root, after_version=table.version() - 2)
        table.cleanup_metadata()
        return len(gone)

    @contextmanager
    def unvacuumed(self) -> Iterator[None]:
        """Keep vacuum away, so that every file of a snapshot stays as long as it is copied."""
        with writer_lock(self.root.with_name(f"{self.root.name}.vacuum.lock")):
            yield

    def exists(self) -> bool:
        """Tell whether anything was ever committed here."""
        return self._last_commit() is not None

    def _last_commit(self) -> Path | None:
        """The newest commit's file, None where nothing was ever committed."""
        log = self.root / "_delta_log"
        newest = max(_commits(log), default=None)
        return None if newest is None else log / newest

    def number_at(self, version: int, app_id: str) -> int:
        """Return the number of `app_id` in an older version, -1 where there is none or no such version."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            number = DeltaTable(self.root, version=version).transaction_version(app_id) if version >= 0 else None
        except DeltaError:
            return -1
        return -1 if number is None else number

    def fault(self) -> str | None:
        """Return which data file in use is absent or cut, or None.

        Raises:
            StoreCorrupt, SchemaTooNew: the table cannot be opened.
        """
        for path, size in self.snapshot().sizes().items():
            file = self.root / path
            if not file.exists() or file.stat().st_size != size:
                return f"{self.layout.name}: data file {file} is absent or cut: restore a backup."
        return None

    def _open(self) -> DeltaTable:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            table = DeltaTable(self.root)
        except (DeltaError, OSError) as error:
            message = f"table {self.root} cannot be opened ({_brief(error)}): run `wattlas doctor --repair`."
            raise StoreCorrupt(message) from error
        fault = commit_fault(self.root, table.version())
        if fault is not None:
            message = f"table {self.root}: {fault}: run `wattlas doctor --repair`."
            raise StoreCorrupt(message)
        refuse_newer(f"table {self.root}", int(table.metadata().configuration.get(VERSION_KEY, "0")), SCHEMA_VERSION)
        return table

    def _open_or_create(self) -> DeltaTable:
        if self.exists():
            table = self._open()
            sync_commit(self.root, after_version=table.version() - 1)  # a killed writer may have left it unsynced
            return table
        from deltalake import DeltaTable

        self.root.mkdir(parents=True, exist_ok=True)
        table = DeltaTable.create(
            self.root,
            self.layout.table_schema,
            partition_by=[self.layout.partition],
            name=self.layout.name,
            configuration=PROPERTIES,
            raise_if_key_not_exists=False,
        )
        sync_commit(self.root, after_version=-1)
        sync_path(self.root)
        sync_path(self.root.parent)
        return table


def _brief(error: Exception) -> str:
    """What went wrong and why at the bottom of it, without colours and the stack trace that the library adds."""
    first, *more = COLOURS.sub("", str(error)).split("\n")
    causes = [line.partition(CAUSE)[2].strip() for line in more if CAUSE in line]
    return f"{first}: {causes[-1]}" if causes else first
