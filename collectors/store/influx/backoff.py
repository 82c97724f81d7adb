"""When to try again: 1 s, 2 s, 4 s ... 60 s, each with jitter, or what the server asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST_S, MOST_S = 1.0, 60.0
ASKED_MOST_S = 3600.0


@dataclass(slots=True)
class Backoff:
    """Counts failures in a row and says until when to wait; times are of a monotonic clock."""

    failures: int = 0
    until: float = 0.0

    def failed(self, now: float, *, asked_s: float | None = None) -> float:
        """Take note of a failure and return how many seconds to wait."""
        longest = min(FIRST_S * 2.0**self.failures, MOST_S)
        self.failures = min(self.failures + 1, 30)
        wait_s = longest * random.uniform(0.5, 1.0)  # noqa: S311 (jitter, no secret)
        if asked_s is not None:
            wait_s = max(wait_s, min(asked_s, ASKED_MOST_S))
        self.until = now + wait_s
        return wait_s

    def succeeded(self) -> None:
        """Take note that it works."""
        self.failures, self.until = 0, 0.0

    def waits(self, now: float) -> float:
        """Return how many seconds are still to wait, 0 for none."""
        return max(self.until - now, 0.0)
