"""Delivering lines: requests in order, and what a server refuses is halved until the guilty line stands alone.

400, 413 and 422 say that something in the request is wrong; what the server kept of it differs from generation to
generation, and does not matter, for a line sent again overwrites itself. Every other failure leaves everything as it
was: the caller tries the same lines again later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from collectors.store.influx.failures import LINE_FAULTS, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.store.influx.lines import Lines

EXPIRED = re.compile(r"points beyond retention policy dropped=(\d+)|dropped (\d+) points outside retention policy")
PROBE = b"wattlas_probe,part=shipper alive=1i"


@dataclass(slots=True)
class Delivered:
    """What became of the lines of a flush: taken, older than the bucket keeps, refused alone (line, words)."""

    taken: int = 0
    expired: int = 0
    dead: list[tuple[str, str]] = field(default_factory=list)


def deliver(lines: Lines, post: Callable[[bytes], None]) -> Delivered:
    """Post all lines, in order, in requests of bounded size, and return what became of each.

    Args:
        lines: no two of them of the same series and second.
        post: sends the bytes of one request; raises `Refused` or `StoreUnavailable`.

    Raises:
        Refused, StoreUnavailable: the server took not all of them now; send all of them again.
    """
    result = Delivered()
    for request in lines.requests():
        _deliver(request, post, result, probed=False)
    return result


def _deliver(lines: Lines, post: Callable[[bytes], None], result: Delivered, *, probed: bool) -> None:
    try:
        post(bytes(lines.body))
    except Refused as refusal:
        if refusal.status not in LINE_FAULTS:
            raise
        expired = EXPIRED.search(refusal.words)
        if expired:
            _leave_expired(lines, min(int(expired[1] or expired[2]), len(lines)), post, result)
            return
        if not probed and refusal.status != 413:  # noqa: PLR2004 (HTTP: too large)
            _probe(post, at=int(lines.times[-1]))
        if len(lines) == 1:
            result.dead.append((bytes(lines.body).decode().rstrip("\n"), refusal.words))
            return
        half = len(lines) // 2
        _deliver(lines.cut(0, half), post, result, probed=True)
        _deliver(lines.cut(half, len(lines)), post, result, probed=True)
    else:
        result.taken += len(lines)


def _leave_expired(lines: Lines, count: int, post: Callable[[bytes], None], result: Delivered) -> None:
    """Count the oldest lines as past the bucket's retention; send the others again, for this answer hides theirs."""
    if not count:
        return
    result.expired += count
    keep = np.ones(len(lines), bool)
    keep[np.argsort(lines.times, kind="stable")[:count]] = False
    if keep.any():
        _deliver(lines.keep(keep), post, result, probed=False)


def _probe(post: Callable[[bytes], None], *, at: int) -> None:
    """Post one line that is surely right: a server that refuses it too has a fault of its own, and no line is blamed.

    Raises:
        Refused: it was refused; the status is no longer that of a wrong line.
    """
    try:
        post(PROBE + b" %d\n" % at)
    except Refused as refusal:
        if refusal.status not in LINE_FAULTS:
            raise
        if not EXPIRED.search(refusal.words):
            message = f"{str(refusal).rstrip('.')}, even for a line that is surely right: look at the server's log."
            raise Refused(message, status=500, words=refusal.words) from None
