"""Nodes within others: blades of a chassis that has a meter too, and what of it none of them took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.boundary import EQUIPMENT_ROLES
from analytics.energy import limit_of
from analytics.legs import SECONDS_PER_HOUR, ceilings_kw, leaves
from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Tree, Unit
    from analytics.sheets import Sheet

    Floats = NDArray[np.float64]


def metered_units(tree: Tree, nodes: Collection[str]) -> tuple[Unit, ...]:
    """Return what IT is read from: the topmost metered equipment, and the metered nodes inside of equipment."""
    top = tree.it(3)
    over = frozenset(top)
    within = [node for node in nodes if node in tree.by_id and over & tree.ancestors(node)]
    return tuple(
        unit
        for unit in tree.units((*top, *within))
        if any(tree.by_id[leaf].interval_s for leaf in leaves([unit]) if leaf in tree.by_id)
    )


def unseen_units(tree: Tree, units: Collection[Unit]) -> tuple[Unit, ...]:
    """Return the equipment that no meter sees: none of `units`, in none of them, and with none of them inside."""
    ours = {unit.id for unit in units}
    over = frozenset[str]().union(*(tree.ancestors(one) for one in ours))
    bare = {one.id for one in tree.points if one.role in EQUIPMENT_ROLES and not {one.id, *one.feeds} & (ours | over)}
    alone = (one for one in bare if not tree.ancestors(one) & (ours | bare))
    return tree.units(sorted(alone))


def is_behind(tree: Tree, gpu: str, node: str) -> bool:
    """Whether a GPU's point stands in the tree and is fed through its node's, whose meter sees it too."""
    return gpu in tree.by_id and node in tree.ancestors(gpu)


def sees(tree: Tree, units: Sequence[Unit], equipment: Sequence[Unit]) -> bool:
    """Whether some units all have meters, and all equipment is fed through them."""
    above = {unit.id for unit in units}
    metered = all(one in tree.by_id and tree.by_id[one].interval_s for one in leaves(units))
    return metered and all(above & tree.ancestors(one.id) for one in equipment)


def inside_of(tree: Tree, units: Sequence[Unit]) -> dict[str, tuple[str, ...]]:
    """Return the units that lie in another with none between, by that other; each is in one alone."""
    known = {unit.id for unit in units}
    found: dict[str, tuple[str, ...]] = {}
    for unit in units:
        above = known & tree.ancestors(unit.id)
        nearest = sorted(one for one in above if not any(one in tree.ancestors(other) for other in above))
        if nearest:
            found[nearest[0]] = (*found.get(nearest[0], ()), unit.id)
    return found


def less_inside(sheet: Sheet, units: Sequence[Unit], inside: Mapping[str, Sequence[str]]) -> Sheet:
    """Return the sheet in which a unit with others inside is what it took without them, never below 0.

    Known in cells in which it and all of them are seen. Its bounds hold the errors of all these meters.

    Args:
        sheet: rows of `units`, each with all that its meter saw.
        units: one a row.
        inside: what lies in which unit (`inside_of`).
    """
    found = sheet.of([unit.id for unit in units])
    at = {unit.id: row for row, unit in enumerate(units)}
    limit = np.array([limit_of(unit) for unit in units])[:, None]
    low, high = sheet.low * (1 - limit), sheet.high * (1 + limit)
    for outer, inner in inside.items():
        row, rows = at[outer], [at[one] for one in inner]
        every = [row, *rows]
        seen = sheet.covered[every].min(axis=0) >= FULL
        left = np.maximum(sheet.energy[row] - sheet.energy[rows].sum(axis=0), 0.0)
        found.energy[row] = np.where(seen, left, 0.0)
        found.low[row] = np.where(seen, np.maximum(low[row] - high[rows].sum(axis=0), 0.0), 0.0)
        found.high[row] = np.where(seen, np.maximum(high[row] - low[rows].sum(axis=0), 0.0), 0.0)
        found.measured[row] = np.where(seen, sheet.measured[every].min(axis=0), 0.0)
        found.covered[row] = seen
    return found


def open_kwh(sheet: Sheet, units: Sequence[Unit], inside: Mapping[str, Sequence[str]]) -> dict[int, Floats]:
    """Return by row of an outer unit the most that it took without those inside, where that is not known [kWh].

    What its own meter saw, or else its ceiling, less what theirs saw; nan where nothing bounds it; 0 where it is known.
    """
    at = {unit.id: row for row, unit in enumerate(units)}
    ceilings = ceilings_kw(units)
    found = {}
    for outer, inner in inside.items():
        row, rows = at[outer], [at[one] for one in inner]
        known = sheet.covered[[row, *rows]].min(axis=0) >= FULL
        most = np.where(sheet.covered[row] >= FULL, sheet.high[row], ceilings[row] * sheet.seconds / SECONDS_PER_HOUR)
        found[row] = np.where(known, 0.0, np.maximum(most - sheet.energy[rows].sum(axis=0), 0.0))
    return found


def unit_limits(units: Sequence[Unit], inside: Mapping[str, Sequence[str]]) -> Floats:
    """Return the limit of each unit's relative error (a ratio, one item a unit), in the order of the units.

    It is 0 of a unit with others `inside`: the bounds of these hold it already.
    """
    return np.array([0.0 if unit.id in inside else limit_of(unit) for unit in units])
