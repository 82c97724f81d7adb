"""GPUs of nodes as their counters saw them; one that was silent at its last known power, between nothing and its limit.

The node's own meter bounds them all: what its other GPUs did not take is the most that a silent one and the host had.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.sheets import FULL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.attribution.nodes import Power
    from analytics.sheets import Sheet

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_KWH: Final = 1e-9  # a node that drew less drew nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Energy of GPUs by cell with its bounds [kWh], and of each node and cell whether its GPUs are told apart.

    `host` is what is no GPU of a node: at least, as it counts, and at most [kWh]. `scale` cuts GPUs to what their node
    drew. `guessed` marks where a counter that the site file names was silent.
    """

    energy: Floats
    low: Floats
    high: Floats
    seen: Mask
    guessed: Mask
    host: tuple[Floats, Floats, Floats]
    scale: Floats


def cards_of(owner: NDArray[np.int64], nodes: Power, gpus: Power) -> Cards:
    """Return the GPUs as they count; `owner` is the node of each.

    They are told apart where the node is covered and drew anything, and each GPU is covered or was known before.
    """
    count = nodes.energy.shape[0]
    silent = gpus.covered < FULL
    nothing = np.full_like(gpus.energy, np.nan)
    lost = np.where(silent, nothing if gpus.lost is None else gpus.lost, 0.0)
    most = np.where(silent, nothing if gpus.most is None else gpus.most, 0.0)
    some = (np.bincount(owner, minlength=count) > 0)[:, None]
    whole = some & (nodes.covered >= FULL) & (nodes.energy > LEAST_KWH)
    seen = whole & (summed(owner, np.isnan(lost), count) == 0)
    left = np.maximum(nodes.energy - summed(owner, gpus.energy, count), 0.0)
    claimed = summed(owner, np.nan_to_num(lost), count)
    fits = np.minimum(np.divide(left, claimed, out=np.ones_like(left), where=claimed > 0), 1.0)
    energy = gpus.energy + np.nan_to_num(lost) * fits[owner]
    high = np.maximum(gpus.energy + np.fmin(most, left[owner]), energy)
    taken = summed(owner, energy, count)
    return Cards(
        energy=energy,
        low=gpus.energy,
        high=high,
        seen=seen,
        guessed=whole & (summed(owner, silent, count) > 0),
        host=(
            np.maximum(nodes.energy - summed(owner, high, count), 0.0),
            np.maximum(nodes.energy - taken, 0.0),
            left,
        ),
        scale=np.divide(nodes.energy, taken, out=np.ones_like(taken), where=taken > nodes.energy),
    )


def summed(owner: NDArray[np.int64], column: NDArray[np.generic], count: int) -> Floats:
    """Return a column of GPUs added up by node."""
    total = np.zeros((count, column.shape[1]))
    np.add.at(total, owner, column)
    return total


def at_least(sheet: Sheet, gpus: Floats, lost: Floats, fill: Floats) -> tuple[Sheet, Floats, Floats]:
    """Return a sheet of nodes of which those that are silent took what their GPUs' counters saw, with what is hidden.

    Args:
        sheet: of the nodes.
        gpus: energy that the counters of each node's GPUs saw, before its power supply [kWh].
        lost: what the silence of each node hides at its last known power [kWh], nan unknown.
        fill: likewise at its ceiling, nan where nothing bounds it.
    """
    known = np.where(sheet.covered < FULL, gpus, 0.0)
    hidden = np.maximum(known - sheet.energy, 0.0)
    bounded = replace(sheet, low=np.maximum(sheet.low, known))
    return bounded, np.maximum(lost, hidden), np.maximum(fill, hidden)
