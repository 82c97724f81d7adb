"""What is not known exactly: ranges of low, most likely and high, drawn with common random numbers.

Strategies share the draws of an input by its name (`dice`), so that a comparison shows what differs between them and
not the dice. Draws are triangular; the seed is fixed, so a comparison is the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS: Final = 2000
SEED: Final = 20_261_127


@dataclass(frozen=True, slots=True)
class Range:
    """Low, most likely and high value of an input; all the same where it is known."""

    low: float
    mid: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there is nothing to draw."""
        return self.low == self.high


def draws(of: Range, key: str, *, count: int = DRAWS) -> Floats:
    """Return triangular draws of a range; the same `key` gives the same dice.

    >>> bool((draws(Range(1.0, 2.0, 4.0), "pue") >= 1.0).all())
    True
    >>> draws(Range(2.0, 2.0, 2.0), "pue", count=2)
    array([2., 2.])
    """
    if of.known:
        return np.full(count, of.mid)
    number = int.from_bytes(sha256(f"{SEED}:{key}".encode()).digest()[:8])
    dice = np.random.default_rng(number).random(count)
    span, left = of.high - of.low, of.mid - of.low
    rising = of.low + np.sqrt(dice * span * left)
    falling = of.high - np.sqrt((1 - dice) * span * (of.high - of.mid))
    return np.where(dice * span < left, rising, falling)


@dataclass(frozen=True, slots=True)
class Spread:
    """The 10th, 50th and 90th percentile of an outcome."""

    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Return the spread of some draws."""
        low, mid, high = np.percentile(values, [10, 50, 90])
        return cls(float(low), float(mid), float(high))
