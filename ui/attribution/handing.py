"""Points that change hands: a quarter hour in which one does is shared by the time that each held it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.whole import Handed
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analytics.attribution.nodes import NodeSpec
    from analytics.boundary import Era, Tree
    from analytics.sheets import Sheet


def handed(
    eras: Sequence[Era], holder: Callable[[Tree, str], str], specs: Sequence[NodeSpec], sheet: Sheet
) -> Iterator[Handed]:
    """Yield the units that have another holder from some time within a cell of a sheet on; `specs` has the first."""
    for era in eras:
        begin = era.start - era.start % INTERVAL_S
        cells = np.flatnonzero(sheet.starts == begin).tolist() if era.start > begin else []
        share = (min(era.end, begin + INTERVAL_S) - era.start) / INTERVAL_S
        for unit, spec in enumerate(specs) if cells else ():
            to = holder(era.tree, spec.point) if spec.point in era.tree.by_id else spec.rest
            if to != spec.rest:
                yield Handed(unit, cells[0], to, share)
