"""Draws of one strategy's inputs, remembered: what an outcome hangs on is asked of them afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analytics.planning.ranges import Range, draws

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from config.compare import Strategy

    Floats = NDArray[np.float64]

OF_THE_DEVICE: Final = frozenset({"used_share", "lost_share", "idle_kw", "busy_kw", "embodied_kgco2e"})
ZERO: Final = (0.0, 0.0, 0.0)


class Dice:
    """Draws of one strategy's inputs, remembered for the sensitivity."""

    def __init__(self, strategy: Strategy) -> None:
        """Draw for a strategy with everything filled in."""
        self._of = strategy
        self.drawn: dict[str, Floats] = {}

    def of(self, key: str, default: tuple[float, float, float] | None = None) -> Floats:
        """Return the draws of a key: a range, or the value of a price."""
        if key not in self.drawn:
            value = getattr(self._of, key)
            triple = getattr(value, "value", value) if value is not None else default
            whose = self._of.device if key in OF_THE_DEVICE else self._of.id
            self.drawn[key] = draws(Range(*(triple or ZERO)), f"{whose}:{key}")
        return self.drawn[key]
