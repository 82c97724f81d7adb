"""The circuit breaker: a dead source costs at most one deadline per back-off."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.agenda import spread

FAILURES = 3
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 600.0
JITTER = 0.2


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row; after three the source rests 30 s, 60 s ... 10 min between tries.

    Each wait is up to a fifth shorter, by a share that follows from name and count: sources that died together (a
    switch, a feed) do not come back together.
    """

    name: str
    failures: int = 0
    resume_at: float = float("-inf")

    def allows(self, now: float) -> bool:
        """Whether the source may be asked at monotonic time `now`."""
        return now >= self.resume_at

    def succeeded(self) -> None:
        """Close: the source answers."""
        self.failures = 0
        self.resume_at = float("-inf")

    def failed(self, now: float, *, refused: bool = False) -> None:
        """Count one failure; a refusal (credentials, permission) rests at once, and longest.

        Every wrong password may count towards a lock-out on the device, so it is not repeated every minute.
        """
        self.failures += 1
        if refused:
            wait_s = LONGEST_WAIT_S
        elif self.failures < FAILURES:
            return
        else:  # 2**5 * 30 s is past the longest wait: the exponent stays small after days of silence
            wait_s = min(FIRST_WAIT_S * 2 ** min(self.failures - FAILURES, 5), LONGEST_WAIT_S)
        self.resume_at = now + wait_s * (1 - JITTER * spread(f"{self.name} {self.failures}"))
