"""What the steps of registers hide of a subject's energy: a register lags by a part of a step at every moment.

    E = sum over cells s_c (R_c+1 - R_c)        R shows whole steps, so it is behind by 0 <= d < step

A subject with the share s_c of each cell is off by the sum of (s_c - s_c-1) d_c: nothing wherever its share stays, and
by one step at most for each time that it rises from nothing. So errors do not add up over the cells of a job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from analytics.uncertainty import Z_95

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.attribution.nodes import Portions

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


def steps_kwh(own: Mapping[str, float]) -> float:
    """Return how far off a subject's energy may be for the steps of registers in 95 % of cases [kWh].

    Args:
        own: sums of a subject; `steps` adds up all that may be off [kWh], `steps_2` the squares of each.

    >>> steps_kwh({"steps": 0.1, "steps_2": 0.01}), round(steps_kwh({"steps": 10.0, "steps_2": 1.0}), 2)
    (0.1, 1.13)
    """
    return min(own["steps"], Z_95 * sqrt(own["steps_2"] / 3))


@dataclass(slots=True)
class Loose:
    """Remembers from one leg to the next how loosely each subject held each node in the last cell."""

    nodes: int = 0
    keys: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    held: Floats = field(default_factory=lambda: np.empty(0))

    def rises(self, found: Portions, subject: Ints, rest: Ints) -> tuple[Ints, Floats]:
        """Return by subject and node how much its hold on the node's steps rose from cell to cell [kWh], where it did.

        Args:
            found: portions of a leg that follows the former one.
            subject: code of each portion.
            rest: code of whose what is left of each node is.
        """
        nodes, cells = found.rest_loose.shape
        if nodes != self.nodes:  # another tree
            self.nodes, self.keys = nodes, self.keys[:0]
        node, cell = np.nonzero(found.rest_loose)
        place = (np.concatenate([subject, rest[node]]) * nodes + np.concatenate([found.node, node])) * cells
        amount = np.concatenate([found.loose, found.rest_loose[node, cell]])
        some = amount > 0
        where, at = np.unique((place + np.concatenate([found.cell, cell]))[some], return_inverse=True)
        kwh = np.bincount(at, amount[some], where.size).astype(np.float64)
        follows = np.flatnonzero((where[1:] == where[:-1] + 1) & (where[1:] % cells > 0)) + 1
        before = np.zeros(where.size)
        before[follows] = kwh[follows - 1]
        first = np.flatnonzero(where % cells == 0)
        before[first] = self._of(where[first] // cells)
        last = np.flatnonzero(where % cells == cells - 1)
        self.keys, self.held = where[last] // cells, kwh[last]
        rise = np.maximum(kwh - before, 0.0)
        return where // cells // nodes, rise

    def _of(self, keys: Ints) -> Floats:
        """What was held of some places in the last cell of the leg before; nothing where they were not there."""
        if not self.keys.size:
            return np.zeros(keys.size)
        at = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return np.where(self.keys[at] == keys, self.held[at], 0.0)
