"""Payloads that could not be read, kept aside: they become the next test case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Aside:
    """A folder of at most `files` payloads of at most `size` bytes each; the oldest make room."""

    folder: Path
    files: int = 100
    size: int = 1 << 20

    def keep(self, payload: bytes, *, source: str, at: float) -> Path | None:
        """Write one payload (cut to `size`) and return its path; None where the disk refuses.

        Nothing is worth less than the next reading: a full disk here must not stop the collecting.
        """
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S")
        path = self.folder / f"{stamp}-{re.sub(r'[^A-Za-z0-9._-]', '_', source)}.payload"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(payload[: self.size])
            for old in sorted(self.folder.glob("*.payload"))[: -self.files]:
                old.unlink(missing_ok=True)
        except OSError:
            return None
        return path
