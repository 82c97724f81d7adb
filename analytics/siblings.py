"""A missing child replaced by its parent minus its siblings, where these are covered (design 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.sheets import FULL, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Balance


def with_siblings(
    sheet: Sheet, points: Sequence[str], balances: Iterable[Balance]
) -> tuple[Sheet, NDArray[np.float64]]:
    """Return the rows of these points, filled where one is the only one missing, and the energy so filled [kWh].

    What the children of a balance draw is taken to be the share of their parents' energy that they have where all is
    covered: else the losses between the meters would count as the missing child's. A filled cell is estimated; its
    lower bound is what the child's own readings gave, its upper bound leaves no losses.
    """
    part = sheet.of(points)
    gaps, filled = part.covered < FULL, np.zeros_like(sheet.seconds)
    for balance in balances:
        silent = [child for child in balance.children if child in part.index and gaps[part.index[child]].any()]
        if silent:
            _fill(part, sheet.of(balance.parents), sheet.of(balance.children), silent, filled)
    return part, filled


def _fill(part: Sheet, parents: Sheet, children: Sheet, silent: Sequence[str], filled: NDArray[np.float64]) -> None:
    supplied, drawn = parents.energy.sum(axis=0), children.energy.sum(axis=0)
    fed = (parents.covered >= FULL).all(axis=0)
    missing = (children.covered < FULL).sum(axis=0)
    whole = fed & (missing == 0)
    total = supplied[whole].sum()
    share = min(1.0, drawn[whole].sum() / total) if total > 0 else 1.0
    for child in silent:
        row, own = part.index[child], children.index[child]
        here = fed & (missing == 1) & (children.covered[own] < FULL)
        others = (drawn - children.energy[own])[here]
        energy = np.maximum(supplied[here] * share - others, 0.0)
        part.energy[row, here] = energy
        part.low[row, here] = np.minimum(part.low[row, here], energy)
        part.high[row, here] = np.maximum(supplied[here] - others, energy)
        part.measured[row, here] = 0.0
        part.covered[row, here] = 1.0
        filled[here] += energy
