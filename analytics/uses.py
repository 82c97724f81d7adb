"""Where a facility's energy goes, and whether the books balance: parts and explicit residuals, nothing twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.boundary import USES
from analytics.effectiveness import cell_sums, counting, pue_points
from analytics.energy import Account
from analytics.legs import LastKnown, leaves, resolved
from analytics.losses import add_losses, losses_bounds
from analytics.sheets import FULL, stretches
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Balance, Era, Tree
    from analytics.sheets import Laid, Sheet


_SOURCES = ("grid", "pv", "genset")  # what makes up `Tree.facility`
_PARTS = ("it", *USES, "losses", "unsplit")  # where it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Energy of a facility by use [kWh] over the cells in which all of its points are covered.

    The parts sum to `facility`: `losses` is what no meter below sees (conversion, distribution, unmetered loads), and
    `unsplit` the same where no meter shows IT either, so that nobody can tell the two apart.
    So do `grid`, `pv` and `genset`, the meters through which the energy came in: physical flows, never contracts. In a
    building of somebody else all of it came from the grid.
    `used_share` is the share of the period's time that these cells make up; `metered` that of each source and use
    in which it is known: what no meter sees is 0 here, is not known, and lies in the losses or in what is not split.
    `losses_low` and `losses_high` bound the losses of all of the period, infinite where a silent meter has no ceiling.
    """

    facility: float
    it: float
    cooling: float
    lighting: float
    overhead: float
    other: float
    losses: float
    losses_low: float
    losses_high: float
    unsplit: float
    grid: float
    pv: float
    genset: float
    used_share: float
    metered: Mapping[str, float]

    def share_of(self, name: str) -> float:
        """Return the share of the period's time in which a source or use is known."""
        return self.metered[name]

    def energy_of(self, name: str) -> float | None:
        """Return the energy of a source or use [kWh]; None where no meter ever saw it."""
        energy: float = getattr(self, name)
        return energy if self.share_of(name) > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What metered parents took beyond their metered children [kWh], over the cells in which all are covered."""

    parents: tuple[str, ...]
    children: tuple[str, ...]
    parents_kwh: float
    children_kwh: float
    used_share: float

    @property
    def residual_kwh(self) -> float:
        """Losses and unmetered loads between the meters; negative where the meters contradict each other."""
        return self.parents_kwh - self.children_kwh

    @property
    def share(self) -> float | None:
        """The residual as a share of the parents' energy; None where these took nothing."""
        return self.residual_kwh / self.parents_kwh if self.parents_kwh > 0 else None


def energy_by_use(
    tables: pa.Table | Iterable[pa.Table] | Laid, eras: Sequence[Era], *, category: int, length_s: int = INTERVAL_S
) -> Uses:
    """Return the facility's energy by use, over the cells that count for PUE and in which all uses are covered.

    The arguments are those of `effectiveness.pue_of_period`; the tables must also hold the points of `tree.uses`.
    """

    def points(tree: Tree) -> tuple[str, ...]:
        found = [*pue_points(tree, category)]
        units = tree.units(point for of_use in tree.uses(category).values() for point in of_use)
        return tuple(dict.fromkeys([*found, *leaves(units)]))

    total, seen_s, memory = defaultdict[str, float](float), defaultdict[str, float](float), LastKnown()
    account = Account()
    for era, sheet in stretches(tables, eras, points, length_s=length_s):
        cells = cell_sums(era.tree, sheet, category, memory)
        counts = counting(cells) & _split(cells, era.tree, sheet, category)
        for name in ("facility", *_PARTS, *_SOURCES):
            total[name] += float(cells[name][counts].sum())
        add_losses(account, era, sheet, category)
        used_s = float(sheet.seconds[counts].sum())
        del sheet
        total["seconds"] += used_s
        for name, meters in _meters(era.tree, category).items():
            seen_s[name] += used_s if meters else 0.0
    period_s = eras[-1].end - eras[0].start
    losses_low, losses_high = losses_bounds(account)
    return Uses(
        facility=total["facility"],
        losses_low=losses_low,
        losses_high=losses_high,
        **{name: total[name] for name in (*_PARTS, *_SOURCES)},
        used_share=total["seconds"] / period_s,
        metered={name: seen_s[name] / period_s for name in (*_PARTS, *_SOURCES)},
    )


def _meters(tree: Tree, category: int) -> dict[str, tuple[str, ...]]:
    """Return the points that show each use and source; none where no meter does."""
    it = tree.it(category)
    sources = {name: tree.purchased if name == "grid" else tree.topmost(name) for name in _SOURCES}
    return {**tree.uses(category), **sources, "it": it, "losses": it, "unsplit": () if it else tree.facility}


def _split(cells: dict[str, NDArray[np.float64]], tree: Tree, sheet: Sheet, category: int) -> NDArray[np.bool_]:
    """Add the energy of each use and source to `cells`; return the cells in which all uses are covered."""
    meters, covered = _meters(tree, category), np.ones(sheet.seconds.size, np.bool_)
    for use in tree.uses(category):
        part = resolved(sheet, tree.units(meters[use]))
        cells[use] = part.energy.sum(axis=0)
        covered &= (part.covered >= FULL).all(axis=0)
    for source in _SOURCES:
        cells[source] = resolved(sheet, tree.units(meters[source])).energy.sum(axis=0)
    rest, nothing = cells["facility"] - sum(cells[use] for use in ("it", *USES)), np.zeros_like(sheet.seconds)
    cells["losses"], cells["unsplit"] = (rest, nothing) if meters["it"] else (nothing, rest)
    return covered


def residuals(
    tables: pa.Table | Iterable[pa.Table], eras: Sequence[Era], *, length_s: int = INTERVAL_S
) -> list[Residual]:
    """Return every balance of the period's trees, as in `Tree.balances`, with its energies."""
    sums: dict[Balance, NDArray[np.float64]] = {}
    for era, sheet in stretches(tables, eras, _balanced, length_s=length_s):
        for balance in era.tree.balances:
            parents, children = sheet.of(balance.parents), sheet.of(balance.children)
            both = (parents.covered >= FULL).all(axis=0) & (children.covered >= FULL).all(axis=0)
            found = [float(part.energy[:, both].sum()) for part in (parents, children)]
            sums[balance] = sums.get(balance, 0.0) + np.array([*found, sheet.seconds[both].sum()])
        del sheet
    seconds = eras[-1].end - eras[0].start
    return [
        Residual(
            parents=balance.parents,
            children=balance.children,
            parents_kwh=float(parents),
            children_kwh=float(children),
            used_share=float(used) / seconds,
        )
        for balance, (parents, children, used) in sums.items()
    ]


def _balanced(tree: Tree) -> Iterator[str]:
    for balance in tree.balances:
        yield from balance.parents
        yield from balance.children
