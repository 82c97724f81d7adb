"""How often one caller may ask: a bucket for each that fills with time."""

from __future__ import annotations

import threading

CALLERS_KEPT = 10_000


class Pace:
    """Buckets by caller; each holds at most `burst` requests and gets `per_minute` back."""

    def __init__(self, per_minute: float, burst: int) -> None:
        """Begin with full buckets."""
        self._per_s, self._burst = per_minute / 60, burst
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # caller -> requests left, when that was so (monotonic s)

    def wait_s(self, caller: str, now: float) -> float:
        """Take one request of a caller at `now` [monotonic s]: 0 where it may, else the seconds to wait.

        >>> pace = Pace(60, 2)
        >>> [pace.wait_s("a", at) for at in (0.0, 0.0, 0.0, 1.0)]
        [0.0, 0.0, 1.0, 0.0]
        """
        with self._lock:
            left, since = self._buckets.get(caller, (float(self._burst), now))
            left = min(self._burst, left + (now - since) * self._per_s)
            allowed = left >= 1
            self._buckets[caller] = (left - allowed, now)
            if len(self._buckets) > CALLERS_KEPT:
                self._forget(now)
            return 0.0 if allowed else (1 - left) / self._per_s

    def _forget(self, now: float) -> None:
        """Drop those whose bucket is full again; where all are busy, the oldest half."""
        full_s = self._burst / self._per_s
        kept = {caller: one for caller, one in self._buckets.items() if now - one[1] < full_s}
        if len(kept) > CALLERS_KEPT // 2:
            kept = dict(sorted(kept.items(), key=lambda item: item[1][1])[-CALLERS_KEPT // 2 :])
        self._buckets = kept
