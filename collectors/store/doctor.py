"""The doctor: what is wrong with the stores of a data folder, and mending what can be mended without loss.

A power cut can leave the last Delta commit cut, in its log or in its data files. Such a commit is set aside, never
deleted: readings are shipped again from the spool, whose rows outlive their shipment by hours; ledger rows are computed
again from the readings, for the ledger's watermark goes back with its commit. Locks need no care: they end with
their process.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from collectors.store.evidence import faults
from collectors.store.log_check import first_fault, versions
from collectors.store.mend import SetAside, checkpoint_fault, mend_checkpoint, relying_on, set_aside
from collectors.store.open import Stores
from collectors.store.shipper import ship, undo_import
from collectors.store.spool import Spool
from collectors.store.usage import unfinished
from config.errors import WattlasError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.store.delta import DeltaFolder
    from collectors.store.spool import Held

Then = Literal["", "repair", "keep_books", "permit", "restore", "import"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found or done: which store, one sentence, and what the caller has to do next.

    `then`: nothing, `repair` (call it), `keep_books` (run the ledger job: it computes what was set aside), `permit`
    (let this process write there), `restore` (a backup: the doctor cannot mend this), `import` (the same files again).
    """

    store: str
    sentence: str
    then: Then = ""


def examine(data: Path) -> list[Finding]:
    """Return what is wrong with the stores of `data` without changing anything; an empty list means sound."""
    stores = Stores(data)
    forbidden = _forbidden(stores)
    if forbidden:
        return forbidden
    tables = (stores.lake.table, stores.books.ledger, stores.books.former, stores.jobs.table)
    found = [finding for folder in tables if folder.exists() for finding in _table(folder)]
    if stores.spool_path.exists():
        found += _asked("spool", lambda: Spool(stores.spool_path)) or [  # as it lies there: `stores` would mend it
            Finding("spool", f"{_told(held)} cannot be read.", "repair")
            for held in Spool(stores.spool_path).unreadable()
        ]
    if stores.state_path.exists():
        found += _asked("state", lambda: stores.state) or [*_evidence(stores), *_bills(stores)]
    return found + _server(data)


def _forbidden(stores: Stores) -> list[Finding]:
    """Where this process may not read and write: nothing can be said of a store there, least of all that it is bad."""
    named = (stores.lake.table, stores.books.ledger, stores.books.former, stores.jobs.table)
    tables = [folder.root for folder in named]
    files = [stores.spool_path, stores.state_path]
    folders = [stores.data, stores.spool_path.parent, *tables, *(root / "_delta_log" for root in tables)]
    for path in (*folders, *files):
        try:
            allowed = not path.exists() or os.access(path, os.R_OK | os.W_OK | (os.X_OK if path in folders else 0))
        except PermissionError:  # a folder above it is closed
            allowed = False
        if not allowed:
            sentence = (
                f"{path}: this process may not write there: run it as the user that collects, or grant it rights."
            )
            return [Finding("folder", sentence, "permit")]
    return []


def _server(data: Path) -> list[Finding]:
    """What is known here of InfluxDB, where it is the archive; nobody is asked, and the shipper tries again itself."""
    from collectors.store.influx.health import findings

    return [Finding("influxdb", one.sentence) for one in findings(data) if not one.ok]


def _evidence(stores: Stores) -> list[Finding]:
    """Files that prove records or are of sealed reports: kept for good, so one that is gone shows."""
    files, manifests = stores.state.evidence()
    return [Finding("evidence", one, "restore") for one in faults(stores.data, files=files, manifests=manifests)]


def _bills(stores: Stores) -> list[Finding]:
    """Imports of bills that were ended part-way; whoever has the files does the rest."""
    return [Finding("bills", unfinished(*one), "import") for one in stores.state.bills.unfinished()]


class _Store(Protocol):
    def fault(self) -> str | None: ...


def _asked(name: str, opened: Callable[[], _Store]) -> list[Finding]:
    """Open one store and ask for its fault; that it cannot be opened is one too."""
    try:
        sentence = opened().fault()
    except WattlasError as error:
        sentence = str(error)
    return [Finding(name, sentence, "restore")] if sentence else []


def _table(folder: DeltaFolder) -> list[Finding]:
    name = folder.layout.name
    fault = first_fault(folder.root)
    if fault is not None:
        return [Finding(name, f"{name}: {fault[1]}.", "repair")]
    checkpoint = checkpoint_fault(folder.root)
    if checkpoint is not None:
        return [Finding(name, f"{name}: {checkpoint}.", "repair")]
    return _asked(name, lambda: folder)


def repair(data: Path, *, now: int | None = None) -> list[Finding]:
    """Mend the stores of `data`, ship again, and return what was done and what is left to do.

    Raises:
        StoreUnavailable: another process writes a store for longer than its lock waits.
    """
    stores = Stores(data)
    forbidden = _forbidden(stores)
    if forbidden:
        return forbidden
    done = [*_checkpoints(stores), *_batches(stores)]
    history = _mended(stores.books.former)
    relying = relying_on(stores.books.ledger, history.version) if history else None
    ledger = _mended(stores.books.ledger, not_after=relying)
    done += [_said(stores.books.former, history, "keep_books")] if history else []
    done += [_said(stores.books.ledger, ledger, "keep_books")] if ledger else []
    jobs = _mended(stores.jobs.table)
    done += [Finding("jobs", f"jobs: {jobs.reason}, set aside; import the newest job records again.")] if jobs else []
    return [*done, *_lake(stores, now), *examine(data)]


def _batches(stores: Stores) -> list[Finding]:
    """Set batches aside that cannot be read: nothing behind them would ever be shipped."""
    if not stores.spool_path.exists() or _asked("spool", lambda: Spool(stores.spool_path)):
        return []
    spool = Spool(stores.spool_path)
    return [
        Finding(
            "spool",
            f"{_told(held)} was set aside as {spool.set_aside(held.n)}: what the archive has not of it is lost.",
        )
        for held in spool.unreadable()
    ]


def _told(held: Held) -> str:
    first, last = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (held.first, held.last))
    return f"spool: batch {held.n} ({held.rows} readings of {first} to {last})"


def _checkpoints(stores: Stores) -> list[Finding]:
    done = []
    for folder in (stores.lake.table, stores.books.ledger, stores.books.former, stores.jobs.table):
        if folder.exists() and mend_checkpoint(folder):
            name = folder.layout.name
            done.append(Finding(name, f"{name}: an unreadable checkpoint was set aside; the log says the same."))
    return done


def _mended(folder: DeltaFolder, *, not_after: int | None = None) -> SetAside | None:
    """Set damaged commits aside, and those from `not_after` on."""
    fault = first_fault(folder.root) if folder.exists() else None
    if fault is not None and (not_after is None or fault[0] <= not_after):
        return set_aside(folder, *fault)
    if not_after is not None:
        return set_aside(folder, not_after, "it relies on a damaged commit of the ledger history")
    return None


def _said(folder: DeltaFolder, aside: SetAside, then: Then = "") -> Finding:
    name = folder.layout.name
    next_step = "run `wattlas ledger keep` to compute them again" if then else "they are shipped again from the spool"
    sentence = f"{name}: {aside.commits} commit(s) from {aside.version} on were set aside: {aside.reason}; {next_step}."
    return Finding(name, sentence, then)


def _lake(stores: Stores, now: int | None) -> list[Finding]:
    """Set damaged commits of the lake aside where the spool still has their rows, and ship them again."""
    folder = stores.lake.table
    fault = first_fault(folder.root) if folder.exists() else None
    if fault is None:
        return []
    purged = stores.spool.purged()
    if fault[0] != versions(folder.root)[-1] and max(folder.number_at(fault[0] - 1, stores.spool.app_id), 0) < purged:
        sentence = f"readings: {fault[1]}, and the spool no longer has its rows: restore a backup."
        return [Finding("readings", sentence, "restore")]
    aside = set_aside(folder, *fault)
    done = [_said(folder, aside)]
    if max(stores.lake.version_of(stores.spool.app_id), 0) < purged:
        sentence = f"readings: batches up to {purged} may be missing, the spool no longer has them: restore a backup."
        done.append(Finding("readings", sentence, "restore"))
    rows = ship(stores.spool, stores.lake, now=now)
    done.append(Finding("readings", f"readings: {rows} rows were shipped again from the spool."))
    return [*done, *_undone_again(stores)]


def _undone_again(stores: Stores) -> list[Finding]:
    """Undo again every import that is noted as undone: what was set aside may have been the undoing of one."""
    undone = [note for note in stores.state.imports() if note.undone_at] if stores.state_path.exists() else []
    for note in undone:
        undo_import(stores.spool, stores.lake, note.origin)
    return [
        Finding("readings", f"readings: {note.file} ({note.origin}) was undone again.", "keep_books") for note in undone
    ]
