"""Mean power by use over time: what a chart of a site draws. A cell in which anything is not covered has no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.boundary import USES
from analytics.effectiveness import cell_sums, counting, pue_points
from analytics.legs import LastKnown, leaves, resolved
from analytics.sheets import FULL, stretches
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree

SHOWN = ("it", "cooling", "losses", "lighting", "overhead", "other", "unsplit")
_WS_PER_KWH = 3.6e6


def power_by_use_w(
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    category: int,
    step_s: int = INTERVAL_S,
    length_s: int = INTERVAL_S,
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Return starts [UTC s] and mean power [W] of each use per step of `step_s`; nan where the step is not all covered.

    The uses of one step sum to the facility's power; `losses` is the residual, and where no meter shows IT both are
    nan and the residual is `unsplit`. The other arguments are those of `uses.energy_by_use`. `step_s` is a multiple of
    `length_s`, counted from the period's start.
    """

    def points(tree: Tree) -> tuple[str, ...]:
        units = tree.units(point for of_use in tree.uses(category).values() for point in of_use)
        return tuple(dict.fromkeys([*pue_points(tree, category), *leaves(units)]))

    start, end = eras[0].start, eras[-1].end
    steps = -(-(end - start) // step_s)
    energy = {use: np.zeros(steps) for use in SHOWN}
    seconds = np.zeros(steps)
    memory = LastKnown()
    for era, sheet in stretches(tables, eras, points, length_s=length_s):
        cells = cell_sums(era.tree, sheet, category, memory)
        counts = counting(cells)
        for use, chosen in era.tree.uses(category).items():
            part = resolved(sheet, era.tree.units(chosen))
            cells[use] = part.energy.sum(axis=0)
            counts = counts & (part.covered >= FULL).all(axis=0)
        rest = cells["facility"] - sum(cells[use] for use in ("it", *USES))
        cells |= {"losses": rest, "unsplit": 0.0 * rest}
        if not era.tree.it(category):
            cells |= {"it": np.nan * rest, "losses": np.nan * rest, "unsplit": rest}
        at = (sheet.starts - start) // step_s
        for use in SHOWN:
            np.add.at(energy[use], at, np.where(counts, cells[use], np.nan))
        np.add.at(seconds, at, sheet.seconds)
        del sheet
    with np.errstate(divide="ignore", invalid="ignore"):
        watts = {use: kwh * _WS_PER_KWH / seconds for use, kwh in energy.items()}
    return start + step_s * np.arange(steps, dtype=np.int64), watts
