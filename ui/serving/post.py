"""The collector's post: one collector per data folder, found by its process id.

The claim is a lock on `collector.pid` that the kernel drops with the process, so a killed collector leaves no stale
claim. `wattlas reload` reads the id and sends SIGHUP.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "collector.pid"


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Hold the post of `folder` while the block runs.

    Raises:
        InputError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = (
                f"Process {holder(folder)} collects into {folder} already: stop it, or reload it by: wattlas reload."
            )
            raise InputError(message) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def holder(folder: Path) -> int | None:
    """Process id of the collector that works on `folder`; None where none does."""
    try:
        with (folder / _NAME).open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text.isdigit() else None
    except FileNotFoundError:
        pass
    return None
