"""Draws of one strategy's inputs, remembered: what an outcome hangs on is asked of them afterwards.

The dice belong to the name of the input: in one state of the world every strategy has the same luck with its PUE, its
tariff, its use, so that a comparison shows what differs between them. What a strategy names in `independent` has dice
of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.planning.ranges import Range, draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.compare.strategies import Strategy

    Floats = NDArray[np.float64]

ZERO: Final = (0.0, 0.0, 0.0)


class Dice:
    """Draws of one strategy's inputs, remembered for the sensitivity."""

    def __init__(self, strategy: Strategy) -> None:
        """Draw for a strategy with everything filled in."""
        self._of = strategy
        self.drawn: dict[str, Floats] = {}

    def of(self, key: str, default: tuple[float, float, float] | None = None) -> Floats:
        """Return the draws of a key: a range, or the value of a price. No draw is idle above what it draws busy."""
        if key not in self.drawn:
            value = getattr(self._of, key)
            triple = getattr(value, "value", value) if value is not None else default
            drawn = draws(Range(*(triple or ZERO)), dice_of(self._of, key))
            self.drawn[key] = np.minimum(drawn, self.of("busy_kw")) if key == "idle_kw" else drawn
        return self.drawn[key]


def dice_of(strategy: Strategy, key: str) -> str:
    """Return the name of the dice that an input of a strategy is drawn with."""
    return f"{strategy.id}:{key}" if key in strategy.independent else key
