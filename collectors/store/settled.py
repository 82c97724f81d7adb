"""What was read of a file, kept while the file stays as it was: a page asks for the same several times a second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
Stamp = tuple[int, int, int, int]
SETTLED_S: Final = 2.0  # file systems tell two changes of one tick, or of one second, by the same time


@dataclass(slots=True)
class Settled(Generic[T]):
    """The last answer about a file and the file's stamp at that time.

    An answer is kept where the file was last changed well before it was read; a change younger than that could be
    followed by another of the same time, so then every question reads.
    """

    _kept: tuple[Stamp, T] | None = None

    def of(self, path: Path, read: Callable[[], T]) -> T:
        """Return `read()`, or what it returned last where `path` is as it was; whatever `read` raises is raised."""
        stamp, kept = _stamp(path), self._kept
        if stamp is not None and kept is not None and kept[0] == stamp:
            return kept[1]
        asked_s = time.time()
        found = read()
        settled = stamp is not None and max(stamp[:2]) / 1e9 + SETTLED_S < asked_s
        self._kept = (stamp, found) if stamp is not None and settled else None
        return found


def _stamp(path: Path) -> Stamp | None:
    """Times of change of content and of the file itself [ns], size and number; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
