"""Backup and restore of everything together: state, ledger, history, spool and archive in one tar file (design 3).

Nothing is stopped meanwhile. The order of copying makes the parts fit: the ledger is copied before its history and
before the readings it was made from, the spool before the lake, so the copy never knows less than it says it took in.
Of readings on a server the journal is taken, after the spool: what the server has by then is not sent again.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from collectors.store.evidence import evidence_files
from collectors.store.identity import renew, seen_by_archives
from collectors.store.influx.journal import JOURNAL, Journal
from collectors.store.open import RESTORING, Stores
from collectors.store.spool import Spool
from collectors.store.sync import sync_path
from config.errors import InputError, SchemaTooNew, StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.store.delta import DeltaFolder

FORMAT = 1
MANIFEST = "wattlas-backup.json"
CHUNK_BYTES = 1 << 20
EMPTY = {RESTORING, "lost+found"}  # what a folder may hold that counts as empty


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: its format, and the SHA-256 of each file."""

    format: int
    files: dict[str, str]


def backup(data: Path, archive: Path, *, now: int, progress: Callable[[int, int], None] | None = None) -> int:
    """Copy all stores of `data` into the new tar file `archive` and return its size in bytes.

    Args:
        data: the stores' folder; collecting and reading may go on.
        archive: written beside first and renamed when complete.
        now: UTC seconds, kept in the file.
        progress: told (bytes copied, bytes in all, as they were at the start).

    Raises:
        InputError: `archive` exists, or there is nothing in `data`.
        StoreUnavailable, StoreCorrupt: a store cannot be read, or the disk is full.
    """
    stores = Stores(data)
    if archive.exists():
        message = f"{archive} exists: give another name."
        raise InputError(message)
    if not any(folder.exists() for folder in _tables(stores)) and not stores.spool_path.exists():
        message = f"{data} holds no stores: check the data folder."
        raise InputError(message)
    partial = archive.with_name(f"{archive.name}.partial")
    try:
        with tarfile.open(partial, "w") as tar:
            writer = _Writer(tar, data, progress)
            _copy(stores, writer)
            writer.close(now=now)
        sync_path(partial)
        partial.rename(archive)
        sync_path(archive.absolute().parent)
    except OSError as error:
        message = f"{archive} cannot be written ({error}): check free space and permissions."
        raise StoreUnavailable(message) from error
    finally:
        partial.unlink(missing_ok=True)
    return archive.stat().st_size


def _tables(stores: Stores) -> tuple[DeltaFolder, DeltaFolder, DeltaFolder, DeltaFolder]:
    return stores.books.ledger, stores.books.former, stores.lake.table, stores.jobs.table


def _copy(stores: Stores, writer: _Writer) -> None:
    if stores.state_path.exists():
        with stores.state.standing_still():
            writer.add(stores.state_path)
    for file in evidence_files(stores.data):  # behind the state: what its records name is there by now
        writer.add(file)
    ledger, former, readings, jobs = _tables(stores)
    _table(ledger, writer)
    _table(former, writer)
    if stores.spool_path.exists():
        _database(stores.spool_path, stores.spool.copy_to, stores, writer)
    journal = stores.spool_path.with_name(JOURNAL)
    if journal.exists():
        _database(journal, Journal(journal).copy_to, stores, writer)
    _table(readings, writer)
    _table(jobs, writer)


def _database(path: Path, copy_to: Callable[[Path], None], stores: Stores, writer: _Writer) -> None:
    with tempfile.TemporaryDirectory(dir=stores.data) as folder:
        copy = Path(folder) / path.name
        copy_to(copy)
        writer.add(copy, name=str(path.relative_to(stores.data)))


def _table(folder: DeltaFolder, writer: _Writer) -> None:
    """Copy one snapshot of a table: its data files and the log up to its version."""
    if not folder.exists():
        return
    with folder.unvacuumed():
        snapshot = folder.snapshot()
        for path in snapshot.sizes():
            writer.add(folder.root / path)
        for file in sorted((folder.root / "_delta_log").iterdir()):
            if file.name[:20].isdigit() and int(file.name[:20]) <= snapshot.version:
                writer.add(file)


class _Writer:
    """Adds files to the tar and remembers the hash of each."""

    def __init__(self, tar: tarfile.TarFile, data: Path, progress: Callable[[int, int], None] | None) -> None:
        self._tar, self._data, self._progress = tar, data, progress
        self._hashes: dict[str, str] = {}
        self._done = 0
        self._all = sum(f.stat().st_size for f in data.rglob("*") if f.is_file()) if progress else 0

    def add(self, file: Path, name: str | None = None) -> None:
        name = str(file.relative_to(self._data)) if name is None else name
        info = self._tar.gettarinfo(file, name)
        with file.open("rb") as source:
            reader = _Hashing(source)
            self._tar.addfile(info, cast("IO[bytes]", reader))  # only `read` is asked of it
        self._hashes[name] = reader.hash.hexdigest()
        self._done += info.size
        if self._progress is not None:
            self._progress(self._done, max(self._all, self._done))

    def close(self, *, now: int) -> None:
        text = json.dumps({"format": FORMAT, "made_at": now, "files": self._hashes}).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mtime = len(text), now
        self._tar.addfile(info, io.BytesIO(text))


class _Hashing:
    """A file that hashes what is read from it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.hash = source, sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self.hash.update(part)
        return part


def restore(archive: Path, data: Path, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Put the stores of a backup into the folder `data`, which must not exist or be empty.

    They are moved to their places at the end; `open_stores` refuses a folder in which that was broken off. The spool
    gets a new identity, and its numbers go on above everything restored: what is accepted from now on wins.

    Raises:
        InputError: `archive` is no backup of Wattlas, or `data` is not empty.
        SchemaTooNew: a newer Wattlas made it.
        StoreCorrupt: its content is not what was backed up.
        StoreUnavailable: the disk is full or unwritable.
    """
    made, fresh = not data.exists(), data / RESTORING
    if not made and {file.name for file in data.iterdir()} - EMPTY:
        message = f"{data} is not empty: restore into a new folder."
        raise InputError(message)
    try:
        shutil.rmtree(fresh, ignore_errors=True)  # of a restore that was broken off
        _unpacked(archive, data, fresh, progress, made=made)
        for part in sorted(fresh.iterdir()):
            part.rename(data / part.name)
        fresh.rmdir()
        os.sync()
    except OSError as error:
        message = f"{archive} cannot be restored to {data} ({error}): check the file, free space and permissions."
        raise StoreUnavailable(message) from error


def _unpacked(
    archive: Path, data: Path, fresh: Path, progress: Callable[[int, int], None] | None, *, made: bool
) -> None:
    """Unpack within the folder: it may be a volume, or all that this user may write. Nothing stays of a failure."""
    done = False
    try:
        fresh.mkdir(parents=True)
        _extract(archive, fresh, progress)
        _renew(Stores(fresh))
        done = True
    finally:
        if not done:
            shutil.rmtree(fresh, ignore_errors=True)
        if not done and made and data.exists():
            data.rmdir()


def _extract(archive: Path, fresh: Path, progress: Callable[[int, int], None] | None) -> None:
    hashes: dict[str, str] = {}
    manifest: Manifest | None = None
    total = archive.stat().st_size
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                source = _plain(tar, member)
                if member.name == MANIFEST:
                    manifest = _manifest(source)
                    continue
                hashes[member.name] = _unpack(source, fresh, member.name)
                if progress is not None:
                    progress(tar.offset, total)
    except (tarfile.TarError, ValueError) as error:
        message = f"{archive} is no complete backup of Wattlas ({error}): use another one."
        raise InputError(message) from error
    _check(archive, manifest, hashes)


def _plain(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """The content of a plain file; a backup holds nothing else, and a link would lead out of it."""
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        message = f"it holds {member.name}, which is no plain file"
        raise ValueError(message)
    return source


def _manifest(source: IO[bytes]) -> Manifest:
    """The table of what was backed up."""
    try:
        found = json.load(source)
    except RecursionError:
        found = None
    known = isinstance(found, dict) and isinstance(found.get("format"), int)
    if known and found["format"] > FORMAT:
        return Manifest(found["format"], {})
    files = found.get("files") if known else None
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        message = f"its {MANIFEST} does not say format and files"
        raise ValueError(message)
    return Manifest(found["format"], files)


def _unpack(source: IO[bytes], fresh: Path, name: str) -> str:
    """Write one file of the backup below `fresh` and return its hash."""
    target = (fresh / name).resolve()
    if fresh.resolve() not in target.parents:
        message = f"it names {name}, which lies outside"
        raise ValueError(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    reader = _Hashing(source)
    with target.open("wb") as file:
        shutil.copyfileobj(reader, file, CHUNK_BYTES)
    return reader.hash.hexdigest()


def _check(archive: Path, manifest: Manifest | None, hashes: dict[str, str]) -> None:
    if manifest is None:
        message = f"{archive} is no complete backup of Wattlas (it has no {MANIFEST}): use another one."
        raise InputError(message)
    if manifest.format > FORMAT:
        message = f"{archive} has format {manifest.format}, this Wattlas knows {FORMAT}: install the newer version."
        raise SchemaTooNew(message)
    more = sorted(hashes.keys() - manifest.files.keys())
    if more:
        message = f"{archive} holds {more[0]}, which its {MANIFEST} does not name: use another backup."
        raise InputError(message)
    for name, expected in manifest.files.items():
        if hashes.get(name) != expected:
            message = f"{archive}: {name} is not what was backed up: use another backup."
            raise StoreCorrupt(message)


def _renew(stores: Stores) -> None:
    """Give the restored spool its new identity; what the lake or the server has of the old one is not shipped again."""
    if not stores.spool_path.exists():
        return
    spool, journal = Spool(stores.spool_path), stores.spool_path.with_name(JOURNAL)
    upto = max(stores.lake.version_of(spool.app_id), 0)
    if journal.exists():
        upto = max(upto, Journal(journal).shipped(spool.uuid) or 0)
    renew(spool, stores.lake, upto=upto, seen=seen_by_archives(spool, stores.lake, stores.books))
    spool.close()
