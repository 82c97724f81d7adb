"""Two clocks and the watch between them (design 4.10).

Schedules and deadlines follow the monotonic clock, readings carry the wall clock in UTC. When the wall clock is set
by more than `STEP_S` while the collector runs, readings before and after it do not join: that is a recorded event.
"""

from __future__ import annotations

import time
from typing import Protocol

STEP_S = 2.0


class Clock(Protocol):
    """What the runner knows of time."""

    def monotonic(self) -> float:
        """Seconds that only go forward, from an arbitrary start."""
        ...

    def utc(self) -> float:
        """UTC seconds since 1970, as the host believes."""
        ...


class SystemClock:
    """The host's own clocks."""

    def monotonic(self) -> float:
        """Seconds since the host started."""
        return time.monotonic()

    def utc(self) -> float:
        """UTC seconds since 1970."""
        return time.time()


class StepWatch:
    """Notices that the wall clock was set: it then moves otherwise than the monotonic clock.

    Each look is compared with the one before, so the slow drift that a time daemon corrects never adds up to a step.
    A host that was suspended shows as a step too, and rightly: nothing was measured meanwhile.
    """

    def __init__(self, clock: Clock) -> None:
        """Take the present difference of the two clocks as the reference."""
        self._clock = clock
        self._offset_s = clock.utc() - clock.monotonic()

    def step_s(self) -> float | None:
        """Return by how many seconds the wall clock was set since the last look (> 0 forward), else None."""
        before, self._offset_s = self._offset_s, self._clock.utc() - self._clock.monotonic()
        step_s = self._offset_s - before
        return step_s if abs(step_s) > STEP_S else None
