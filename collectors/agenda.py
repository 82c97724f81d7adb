"""What is due when: a heap of due times on the monotonic clock, and the grid that each source keeps."""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import count

FIRST_WITHIN_S = 10.0

Call = Callable[[float, float], float | None]
"""(time it was due, time now) -> time it is due again, or None for never."""


def spread(text: str) -> float:
    """Share in [0, 1) that is always the same for the same text: jitter that can be repeated."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


def first_due(now: float, *, interval_s: float, share: float) -> float:
    """Time of a source's first poll: within seconds, but not all sources in the same instant."""
    if interval_s > FIRST_WITHIN_S:
        return now + share * FIRST_WITHIN_S
    return _after(now, interval_s=interval_s, share=share) * interval_s + share * interval_s


def next_due(due: float, now: float, *, interval_s: float, share: float) -> tuple[float, int]:
    """Next time on the source's own grid (every `interval_s`, shifted by `share` of it), and the times slept through.

    A first poll off the grid is followed by the grid half an interval later or more. So while nothing fails no two
    polls lie further apart than one and a half intervals: what is measured stays measured (design 4.4).
    """
    earliest = _after(due + interval_s / 2, interval_s=interval_s, share=share)
    step = max(earliest, _after(now, interval_s=interval_s, share=share))
    return step * interval_s + share * interval_s, step - earliest


def _after(time: float, *, interval_s: float, share: float) -> int:
    """Number of the first grid time after `time`."""
    return math.floor(time / interval_s - share) + 1


class Agenda:
    """A heap of calls by the time they are due."""

    def __init__(self) -> None:
        """Start empty."""
        self._heap: list[tuple[float, int, Call]] = []
        self._order = count()

    def add(self, due: float, call: Call) -> None:
        """Let `call` be made at `due` and again whenever it says."""
        heappush(self._heap, (due, next(self._order), call))

    def run_due(self, now: float) -> None:
        """Make every call that is due by now; each says when it is due again."""
        while self._heap and self._heap[0][0] <= now:
            due, _, call = heappop(self._heap)
            again = call(due, now)
            if again is not None:
                self.add(again, call)

    def wait_s(self, now: float, *, longest_s: float) -> float:
        """Seconds until something is due, at most `longest_s`."""
        return min(max(self._heap[0][0] - now, 0.0), longest_s) if self._heap else longest_s
