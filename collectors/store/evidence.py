"""Evidence: files that prove a record, kept under the SHA-256 of their content, each once and for good."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from collectors.store.sync import sync_path

if TYPE_CHECKING:
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
