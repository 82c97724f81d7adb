"""Writer locks across processes: one per Delta table, one per spool shipper, one per ledger job (design 3).

A lock is the kernel's (`flock`): it ends with its process, so a kill -9 leaves no stale lock behind. The lock
file itself stays; it is empty and harmless. Readers take no lock. Local disks only, never NFS.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 600.0  # longer than compacting one day of 1,000 series or one month of the ledger


@contextmanager
def writer_lock(path: Path, *, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the only writer's right to what `path` (a lock file, made when absent) guards.

    Raises:
        StoreUnavailable: another process held it for all of `patience_s`, or the file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=patience_s, poll_interval=0.02)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        message = f"{path.with_suffix('')} is being written by another process for {patience_s:.0f} s: try again later."
        raise StoreUnavailable(message) from error
    except OSError as error:
        message = f"lock file {path} cannot be made ({error}): check the data folder and its permissions."
        raise StoreUnavailable(message) from error
    try:
        yield
    finally:
        lock.release()
