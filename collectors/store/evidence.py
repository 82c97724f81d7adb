"""Evidence: files that prove a record, kept under the SHA-256 of their content, each once and for good."""

from __future__ import annotations

import json
import os
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from collectors.store.sync import sync_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER = "evidence"  # of the data folder


def keep(data: Path, content: bytes) -> str:
    """Keep a file's content durably in the data folder and return its SHA-256; what is there already stays."""
    digest = sha256(content).hexdigest()
    folder = data / FOLDER
    if not (folder / digest).exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{digest}.{uuid4().hex}"
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / digest)
        sync_path(folder)
    return digest


def evidence_files(data: Path) -> list[Path]:
    """Return all files that are kept, whole ones alone."""
    folder = data / FOLDER
    return sorted(file for file in folder.iterdir() if not file.name.startswith(".")) if folder.exists() else []


def faults(data: Path, *, files: Iterable[str], manifests: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each file that is gone or is not what it was.

    Args:
        data: the data folder.
        files: SHA-256 of files that the state store names.
        manifests: SHA-256 of those of sealed reports, which name more.
    """
    wanted = dict.fromkeys(files)
    for one in dict.fromkeys(manifests):
        fault = _fault(data, one)
        if fault:
            yield fault
        else:
            wanted |= dict.fromkeys(json.loads((data / FOLDER / one).read_bytes())["files"].values())
    for one in wanted:
        fault = _fault(data, one)
        if fault:
            yield fault


def _fault(data: Path, digest: str) -> str | None:
    path = data / FOLDER / digest
    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"evidence: {path} cannot be read ({error.strerror}): restore a backup."
    return None if found == digest else f"evidence: {path} was changed after it was kept: restore a backup."
