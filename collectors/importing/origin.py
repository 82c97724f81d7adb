"""The identity of an import: what was read, how it was understood, and what of it was left out."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from collectors.importing.survey import Series


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def origin_of(
    sha256: str, *, mapping: str, lengths: Iterable[tuple[Series, float]], left_out: Iterable[Series], undone: int
) -> str:
    """The origin `import:<hash>` of all readings of one import.

    Args:
        sha256: of the file.
        mapping: fingerprint of the mapping that read it.
        lengths: declared interval [s] by which start stamps were moved, per series.
        left_out: series that were set aside as unknown: once they are known, the same file is another import.
        undone: how often this very import was undone before.
    """
    said = json.dumps([sha256, mapping, sorted(lengths), sorted(left_out), undone])
    return f"import:{hashlib.sha256(said.encode()).hexdigest()}"
