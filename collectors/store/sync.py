"""Bytes to the platter: Delta itself never calls fsync, so Wattlas does (design 3).

Order of a durable commit: data files, their folders, then the log file (made by Delta), then the log folder.
Only after that may spool rows be purged.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def sync_path(path: Path) -> None:
    """Flush one file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(files: Iterable[Path], *, top: Path) -> None:
    """Flush `files` and every folder from theirs up to `top` inclusive, so that their names are durable too."""
    folders: set[Path] = {top}
    for file in files:
        sync_path(file)
        folder = file.parent
        while folder != top and top in folder.parents:
            folders.add(folder)
            folder = folder.parent
    for folder in sorted(folders, key=lambda f: -len(f.parts)):
        sync_path(folder)


def log_files(table: Path, *, after_version: int) -> list[Path]:
    """Return the commit and checkpoint files of versions above `after_version` in the Delta log of `table`."""
    found = []
    for file in (table / "_delta_log").iterdir():
        version = file.name.partition(".")[0]
        if version.isdigit() and int(version) > after_version:
            found.append(file)
    pointer = table / "_delta_log" / "_last_checkpoint"
    return [*sorted(found), *([pointer] if pointer.exists() else [])]


def sync_commit(table: Path, *, after_version: int) -> None:
    """Flush the log files of every commit above `after_version` and the log folder of the Delta `table`."""
    sync_files(log_files(table, after_version=after_version), top=table / "_delta_log")
