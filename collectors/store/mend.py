"""Mending a Delta table: damaged last commits and checkpoints are moved aside, so that the one before stands again.

Nothing is deleted: log files go to `set-aside/` beside the table. Their data files stay until a vacuum a day later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.store.locks import writer_lock
from collectors.store.log_check import facts, versions
from collectors.store.sync import sync_path

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.delta import DeltaFolder

HISTORY_FACT = "history"  # the version of the ledger history that a ledger commit relies on


@dataclass(frozen=True, slots=True)
class SetAside:
    """Commits from `version` on that were moved away, and why."""

    version: int
    commits: int
    reason: str


def set_aside(folder: DeltaFolder, version: int, reason: str) -> SetAside:
    """Move the commits from `version` on, and their checkpoints, out of the log, under the writer lock."""
    with writer_lock(folder.lock_path):
        gone = [found for found in versions(folder.root) if found >= version]
        log = folder.root / "_delta_log"
        named = [file for file in log.iterdir() if file.name[:20].isdigit() and int(file.name[:20]) >= version]
        _move(folder, [*sorted(named, reverse=True), *_stale_pointer(log, version)])
    return SetAside(version, len(gone), reason)


def _stale_pointer(log: Path, version: int) -> list[Path]:
    pointer = log / "_last_checkpoint"
    try:
        stale = json.loads(pointer.read_text(encoding="utf-8"))["version"] >= version
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        stale = True
    return [pointer] if stale else []


def _move(folder: DeltaFolder, files: list[Path]) -> None:
    """Move files aside, newest first: a crash on the way leaves a shorter log, never one with a hole."""
    shelf = folder.root.parent / "set-aside"
    shelf.mkdir(exist_ok=True)
    for file in files:
        place = shelf / f"{folder.layout.name}-{file.name}"
        number = 1
        while place.exists():
            place = shelf / f"{folder.layout.name}-{file.name}.{number}"
            number += 1
        file.rename(place)
    sync_path(shelf)
    sync_path(folder.root / "_delta_log")


def checkpoint_fault(root: Path) -> str | None:
    """Return what is wrong with the newest checkpoint of a table, or None."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    log = root / "_delta_log"
    newest = sorted(file for file in log.iterdir() if file.name.endswith(".checkpoint.parquet"))[-1:]
    try:
        pointer = log / "_last_checkpoint"
        if pointer.exists():
            json.loads(pointer.read_text(encoding="utf-8"))["version"]
        for file in newest:
            pq.read_table(file)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        return f"its last checkpoint cannot be read ({str(error).splitlines()[0]})"
    return None


def mend_checkpoint(folder: DeltaFolder) -> bool:
    """Move an unreadable newest checkpoint and the pointer to it aside; the log's own files say the same."""
    log = folder.root / "_delta_log"
    with writer_lock(folder.lock_path):
        if checkpoint_fault(folder.root) is None:
            return False
        newest = sorted(file for file in log.iterdir() if file.name.endswith(".checkpoint.parquet"))[-1:]
        _move(folder, [*newest, *(file for file in [log / "_last_checkpoint"] if file.exists())])
    return True


def relying_on(ledger: DeltaFolder, history_version: int) -> int | None:
    """Return the first commit of the ledger that relies on `history_version` of the history or a later one."""
    for version in versions(ledger.root) if ledger.exists() else []:
        if int(facts(ledger.root, version).get(HISTORY_FACT, -1)) >= history_version:
            return version
    return None
