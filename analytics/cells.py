"""Cells: the grid of ledger intervals of one window, and the sums of segments over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.segments import Segments


@dataclass(frozen=True)
class Grid:
    """The window [start, end) cut at every multiple of `length_s` since 1970; its end cells may be shorter."""

    start: int
    end: int
    length_s: int

    @cached_property
    def origin(self) -> int:
        """Number of the first cell, counted from 1970."""
        return self.start // self.length_s

    @cached_property
    def count(self) -> int:
        """How many cells the window has."""
        return -(-self.end // self.length_s) - self.origin

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """Start of every cell, and the end of the last."""
        edges = (np.arange(self.count + 1, dtype=np.int64) + self.origin) * self.length_s
        edges[0], edges[-1] = self.start, self.end
        return edges

    @cached_property
    def seconds(self) -> NDArray[np.int64]:
        """Length of every cell."""
        return np.diff(self.edges)

    def cell(self, time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the cell that holds each time; times outside the window give numbers outside."""
        return time // self.length_s - self.origin


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums per row and cell, flat (`row * cells + cell`): integrals of rate, its bounds, and seconds covered."""

    grid: Grid
    rows: int
    integral: NDArray[np.float64] = field(init=False)
    low: NDArray[np.float64] = field(init=False)
    high: NDArray[np.float64] = field(init=False)
    measured_s: NDArray[np.float64] = field(init=False)
    covered_s: NDArray[np.float64] = field(init=False)
    parts: NDArray[np.uint8] = field(init=False)  # bits of the methods that gave something

    def __post_init__(self) -> None:
        """Start every sum at zero."""
        size = self.rows * self.grid.count
        for name in ("integral", "low", "high", "measured_s", "covered_s"):
            object.__setattr__(self, name, np.zeros(size))
        object.__setattr__(self, "parts", np.zeros(size, dtype=np.uint8))

    def add(self, segments: Segments, *, method: int) -> None:
        """Add segments, cut at the edges of cells and of the window. `method` is the bit of what they came from."""
        grid = self.grid
        first, last = grid.cell(segments.start), grid.cell(segments.end - 1)
        inside = (first == last) & (segments.start >= grid.start) & (segments.end <= grid.end)
        crossing = np.flatnonzero(~inside)
        if crossing.size:
            across = segments.take(crossing)
            slots = np.clip(first[crossing], 0, None), np.clip(last[crossing], None, grid.count - 1)
            parts, slot = across.parts(*slots, grid.edges)
            self._sum(parts, slot, method)
            whole = np.flatnonzero(inside)
            segments, first = segments.take(whole), first[whole]
        self._sum(segments, first, method)

    def _sum(self, segments: Segments, cell: NDArray[np.int64], method: int) -> None:
        """Sum what lies within one cell each; segments come ordered by row and time."""
        if not cell.size:
            return
        where = segments.row * self.grid.count + cell
        firsts = np.concatenate([[0], np.flatnonzero(where[1:] != where[:-1]) + 1])
        where = where[firsts]
        seconds = (segments.end - segments.start).astype(np.float64)
        for sums, amount in (
            (self.integral, seconds * (segments.first + segments.last) * 0.5),
            (self.low, seconds * segments.low),
            (self.high, seconds * segments.high),
            (self.measured_s, seconds * segments.measured),
            (self.covered_s, seconds),
        ):
            total = np.add.reduceat(amount, firsts)
            np.add.at(sums, where, total)
        self.parts[where[total > 0]] |= method
