"""How much a reading changed over a window of time, from samples taken now and then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SAMPLES: Final = 60  # kept over a window
ENOUGH: Final = 0.9  # share of the window that must be known


@dataclass(slots=True)
class Trail:
    """Samples (time [s], value) of one reading over the last `window_s`, at most so many; times only grow."""

    window_s: float
    samples: list[tuple[float, float]] = field(default_factory=list)

    def change(self, value: float | None, at_s: float) -> float | None:
        """Take a sample and return the change over the window, in the reading's unit; None while too little is known.

        A gap leaves no sample: the change is then that from the oldest sample left to now.

        >>> trail = Trail(100.0)
        >>> [trail.change(value, at) for at, value in ((0.0, 5.0), (50.0, 6.0), (100.0, 9.0), (150.0, 9.0))]
        [None, None, 4.0, 3.0]
        """
        self.samples = [one for one in self.samples if at_s - one[0] <= self.window_s]
        if value is None:
            return None
        if not self.samples or at_s - self.samples[-1][0] >= self.window_s / SAMPLES:
            self.samples.append((at_s, value))
        first_s, first = self.samples[0]
        return value - first if at_s - first_s >= ENOUGH * self.window_s else None
