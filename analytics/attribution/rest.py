"""What of all IT no meter of a node sees: the points at which a site measures IT less the nodes that have meters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.sheets import FULL

if TYPE_CHECKING:
    from analytics.sheets import Sheet

REST: Final = "(it without a meter)"  # no point has such an id


def with_rest(nodes: Sheet, whole: Sheet) -> Sheet:
    """Return the sheet of the nodes with a row `REST`: all of IT less what the nodes' meters saw, never below 0.

    Known in cells in which all of IT and all nodes are seen; in the others nothing is, and nothing bounds it.
    """
    seen = np.vstack([whole.covered, nodes.covered]).min(axis=0) >= FULL
    left = whole.energy.sum(axis=0) - nodes.energy.sum(axis=0)
    row: dict[str, Any] = {
        "energy": np.where(seen, np.maximum(left, 0.0), 0.0),
        "low": np.where(seen, np.maximum(whole.low.sum(axis=0) - nodes.high.sum(axis=0), 0.0), 0.0),
        "high": np.where(seen, np.maximum(whole.high.sum(axis=0) - nodes.low.sum(axis=0), 0.0), 0.0),
        "measured": np.where(seen, np.vstack([whole.measured, nodes.measured]).min(axis=0), 0.0),
        "covered": seen.astype(np.float64),
    }
    columns: dict[str, Any] = {name: np.vstack([getattr(nodes, name), values]) for name, values in row.items()}
    return replace(nodes, index={**nodes.index, REST: len(nodes.energy)}, **columns)
