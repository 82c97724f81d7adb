"""The overhead of a building that somebody else runs: an estimated ledger row of its own, by the provider's PUE.

What IT takes is metered, what cools it is not. The provider's PUE says how much that is; it is applied here, once, and
after that nothing multiplies by it (design 4.7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.cells import Grid, Tally
from analytics.legs import ceilings_kw, leaves, resolved
from analytics.rows import WS_PER_KWH, Group, ledger_rows
from analytics.sheets import sheets
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Unit

PROVIDER_PUE = 32  # bit of `rows.METHODS`


def overhead_rows(
    rows: pa.Table,
    units: Sequence[Unit],
    *,
    point: str,
    provider_pue: float,
    start: int,
    end: int,
    length_s: int = INTERVAL_S,
) -> pa.Table:
    """Return the ledger rows of an overhead over [start, end): (PUE - 1) times the energy of IT in each cell.

    Args:
        rows: ledger rows of metric `energy` of the units' points; absent rows are missing time.
        units: what IT is made of.
        point: id of the overhead's own point.
        provider_pue: at least 1.
        start: UTC seconds.
        end: UTC seconds.
        length_s: length of the ledger's cells.

    Returns:
        Rows of LEDGER_SCHEMA with revision 0 and no hash. All of it is estimated; missing is the share of IT that is
        missing, each unit by its ceiling where all have one, so that what a gap hides is filled as if IT were there.
        The bounds are those of IT: how far the provider's yearly PUE is off in one hour is not in them.
    """
    tally = Tally(Grid(start, end, length_s), 1)
    weight, at = _weights(units), 0
    for sheet in sheets([rows], leaves(units), tally.grid):
        it = resolved(sheet, units)
        here = slice(at, at := at + sheet.seconds.size)
        for sums, column in ((tally.integral, it.energy), (tally.low, it.low), (tally.high, it.high)):
            sums[here] = overhead_w(it_w=column.sum(axis=0), provider_pue=provider_pue) * WS_PER_KWH
        tally.covered_s[here] = np.rint(weight @ it.covered * sheet.seconds)
    tally.parts[tally.covered_s > 0] = PROVIDER_PUE
    return ledger_rows([Group(point, "energy", "W", "energy")], tally)


def overhead_w(*, it_w: float, provider_pue: float) -> float:
    """Return the power [W] of a provider's overhead beside the power of IT [W]: (PUE - 1) times it.

    >>> overhead_w(it_w=80_000.0, provider_pue=1.25)
    20000.0
    """
    return (provider_pue - 1) * it_w


def _weights(units: Sequence[Unit]) -> NDArray[np.float64]:
    """Return the share of each unit in the sum of their ceilings; all alike where one has none."""
    ceilings = ceilings_kw(units)
    total = ceilings.sum()
    return ceilings / total if total > 0 else np.full(len(units), 1 / max(len(units), 1))
