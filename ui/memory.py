"""What stays in memory for the life of a process."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Make what stays without looking for garbage among it, now or later: a sixth of what 27,000 points cost.

    What is garbage already goes first: it would stay too. Once in a process: a server that takes a changed file would
    keep what the former service leaves behind.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
