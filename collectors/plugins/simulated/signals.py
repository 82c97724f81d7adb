"""A signal: what a quantity does over one block of time, exact at every second and exactly summable.

Between knots, which lie `KNOT_S` apart, a signal is a straight line plus a ripple of a few waves. Each wave is zero at
both knots and has no mean, so the ripple moves the seconds but not the energy of the cell. Sums, shares and losses of
signals are signals again, so power and registers of a whole tree agree at every moment by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.plugins.simulated.noise import Floats, Times

KNOT_S = 300
BLOCK_CELLS = 2880
BLOCK_S = KNOT_S * BLOCK_CELLS
"""Ten days: long enough for numpy, short enough for a processor's cache."""


WAVES = 4
"""Waves of a ripple; their sizes are the rows of `Signal.ripple`."""

LARGEST_RIPPLE = 5.0
"""What a ripple of sizes within -1 to 1 can reach at most: three sines of 1 and a difference of cosines of 2."""

_TURN = 2.0 * np.pi
_SINES = (2, 5, 11)  # whole waves in a cell
_COSINES = (3, 8)


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Values at the `BLOCK_CELLS + 1` knots of a block, and the size of each of the `WAVES` in each of its cells."""

    knots: Floats
    ripple: Floats

    @classmethod
    def still(cls, knots: Floats) -> Self:
        """Return a signal without ripple."""
        return cls(knots, np.zeros((WAVES, knots.size - 1)))

    @classmethod
    def total(cls, signals: Iterable[Signal]) -> Self:
        """Return the sum of signals; none gives zero."""
        knots, ripple = np.zeros(BLOCK_CELLS + 1), np.zeros((WAVES, BLOCK_CELLS))
        for signal in signals:
            knots += signal.knots
            ripple += signal.ripple
        return cls(knots, ripple)

    def share(self, ratio: Floats) -> Signal:
        """Return a part of this signal, by a ratio at each knot."""
        return Signal(self.knots * ratio, self.ripple * ratio[:-1])

    def plus(self, knots: Floats) -> Signal:
        """Return this signal with something still added at each knot; its ripple passes through."""
        return Signal(self.knots + knots, self.ripple)

    def minus(self, other: Signal) -> Signal:
        """Return the difference of two signals."""
        return Signal(self.knots - other.knots, self.ripple - other.ripple)

    def at(self, into_s: Times) -> Floats:
        """Return values at seconds into the block."""
        cell, x = _cell(into_s)
        left = self.knots[cell]
        value: Floats = left + (self.knots[cell + 1] - left) * x
        for size, wave in zip(self.ripple, _waves(x), strict=True):
            value += size[cell] * wave
        return value

    def sum_s(self, into_s: Times) -> Floats:
        """Return the exact integral from the block's start [value x s]."""
        cell, x = _cell(into_s)
        left = self.knots[cell]
        part: Floats = x * (left + (self.knots[cell + 1] - left) * x / 2.0)
        for size, integral in zip(self.ripple, _integrals(x), strict=True):
            part += size[cell] * integral
        return self._before()[cell] + KNOT_S * part

    def whole_s(self) -> float:
        """Return the integral over the whole block [value x s]."""
        return float(self._before()[-1])

    def _before(self) -> Floats:
        """Integral from the block's start to each knot."""
        sums = np.empty(self.knots.size)
        sums[0] = 0.0
        np.cumsum((self.knots[:-1] + self.knots[1:]) * (KNOT_S / 2.0), out=sums[1:])
        return sums


def _cell(into_s: Times) -> tuple[Times, Floats]:
    cell = into_s // KNOT_S
    return cell, (into_s - cell * KNOT_S) / KNOT_S


def _waves(x: Floats) -> list[Floats]:
    slow, fast = (np.cos(_TURN * n * x) for n in _COSINES)
    return [*(np.sin(_TURN * n * x) for n in _SINES), slow - fast]


def _integrals(x: Floats) -> list[Floats]:
    slow, fast = (np.sin(_TURN * n * x) / (_TURN * n) for n in _COSINES)
    return [*((1.0 - np.cos(_TURN * n * x)) / (_TURN * n) for n in _SINES), slow - fast]
