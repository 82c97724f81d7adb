"""What was read of a file, kept while the file stays as it was: a page asks for the same several times a second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int, int], ...]
SETTLED_S: Final = 2.0  # file systems tell two changes of one tick, or of one second, by the same time


@dataclass(slots=True)
class Settled(Generic[T]):
    """The last answer about files and their stamp at that time.

    An answer is kept where they were last changed well before it was read; a change younger than that could be
    followed by another of the same time, so then every question reads.
    """

    _kept: tuple[Stamp, T] | None = None

    def of(self, read: Callable[[], T], *paths: Path) -> T:
        """Return `read()`, or what it returned last where all `paths` are as they were; what it raises is raised."""
        stamp, kept = _stamp(paths), self._kept
        if stamp is not None and kept is not None and kept[0] == stamp:
            return kept[1]
        asked_s = time.time()
        found = read()
        settled = stamp is not None and max(max(one[1:3]) for one in stamp) / 1e9 + SETTLED_S < asked_s
        self._kept = (stamp, found) if stamp is not None and settled else None
        return found


def _stamp(paths: Sequence[Path]) -> Stamp | None:
    """Of each path its times of change of content and of the file itself [ns], size, number; None where one lacks."""
    try:
        found = [(str(path), path.stat()) for path in paths]
    except OSError:
        return None
    return tuple((name, one.st_mtime_ns, one.st_ctime_ns, one.st_size, one.st_ino) for name, one in found)
