"""A missing child replaced by its parent minus its siblings, where these are covered (design 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.sheets import FULL, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from analytics.boundary import Balance


@dataclass(frozen=True, slots=True)
class Fill:
    """What stands for a silent point: the cells, its energy there, and the most that it can have been [kWh]."""

    cells: NDArray[np.int64]
    energy: NDArray[np.float64]
    high: NDArray[np.float64]


def fills(sheet: Sheet, points: Iterable[str], balances: Iterable[Balance]) -> dict[str, Fill]:
    """Return what stands for those of these points that are silent in cells where all else in their balance is covered.

    What the children of a balance draw is taken to be the share of their parents' energy that they have where all is
    covered: else the losses between the meters would count as the silent child's. At most it took these too. Where no
    such cell is known nothing stands for the child: its parents' losses as IT energy would make a PUE better.
    """
    wanted = set(points)
    return {child: fill for balance in balances for child, fill in _of_balance(sheet, balance) if child in wanted}


def _of_balance(sheet: Sheet, balance: Balance) -> Iterator[tuple[str, Fill]]:
    fed = (sheet.matrix("covered", balance.parents) >= FULL).all(axis=0)
    if not fed.any():
        return
    silent = sheet.matrix("covered", balance.children) < FULL
    if not silent.any():
        return
    energy = sheet.matrix("energy", balance.children)
    supplied, drawn = sheet.matrix("energy", balance.parents).sum(axis=0), energy.sum(axis=0)
    missing = silent.sum(axis=0)
    whole = fed & (missing == 0)
    total = supplied[whole].sum()
    if total <= 0:
        return
    share = min(1.0, drawn[whole].sum() / total)
    for row, child in enumerate(balance.children):
        cells = np.flatnonzero(fed & (missing == 1) & silent[row])
        others = (drawn - energy[row])[cells]
        most = np.maximum(supplied[cells] - others, 0.0)
        yield child, Fill(cells, np.maximum(supplied[cells] * share - others, 0.0), most)


def filled(part: Sheet, found: Mapping[str, Fill]) -> NDArray[np.float64]:
    """Enter the fills of the points of `part` in place and return their energy, one item a cell.

    A filled cell is estimated; its lower bound is what the child's own readings gave.
    """
    total = np.zeros_like(part.seconds)
    for point, row in part.index.items():
        if point in found:
            fill = found[point]
            at = (row, fill.cells)
            part.energy[at] = fill.energy
            part.low[at] = np.minimum(part.low[at], fill.energy)
            part.high[at] = fill.high
            part.measured[at], part.covered[at] = 0.0, 1.0
            total[fill.cells] += fill.energy
    return total
