"""Units over time: the matrices of what is to be summed, with what their silence may hide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.sheets import FULL, Sheet, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree, Unit
    from analytics.sheets import Laid

    Pick = Callable[[Tree], Iterable[str]]

SECONDS_PER_HOUR = 3600
W_PER_KW = 1000
UNITS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Leg:
    """Some units over the cells of one table under the tree of one era. Rows of the matrices follow `units`.

    `lost` is the energy of the missing time at the last known power, `fill` the same at the unit's ceiling [kWh]; nan
    where the unit was never known before and has no ceiling, or has no ceiling. Of a unit that is the sum of its
    feeds, both are what is left of the whole cell's energy at that power once what the feeds gave is taken off: the
    silent feed may have carried all of the rest.
    """

    era: Era
    units: tuple[Unit, ...]
    sheet: Sheet
    lost: NDArray[np.float64]
    fill: NDArray[np.float64]


def legs(
    tables: pa.Table | Iterable[pa.Table] | Laid, eras: Sequence[Era], *, pick: Pick, less: Pick, length_s: int
) -> Iterator[Leg]:
    """Yield the units that `pick` chooses of each tree, and with sign -1 those that `less` takes off."""

    def units(tree: Tree) -> tuple[Unit, ...]:
        return tree.units(pick(tree)) + tree.units(less(tree), sign=-1)

    def points(tree: Tree) -> tuple[str, ...]:
        return leaves(units(tree))

    memory = LastKnown()
    for era, sheet in stretches(tables, eras, points, length_s=length_s):
        for chosen in blocks(units(era.tree)):
            own = resolved(sheet, chosen)
            lost = memory.lost_kwh(own, chosen)
            yield Leg(era, chosen, own, lost, fill_kwh(own, chosen))
        del sheet


def fill_kwh(sheet: Sheet, units: Sequence[Unit]) -> NDArray[np.float64]:
    """Return the energy of missing time at the ceiling of each unit."""
    silent = sheet.covered < FULL
    if not silent.any():
        return np.zeros_like(sheet.covered)
    hours = sheet.seconds / SECONDS_PER_HOUR
    open_h = np.where(silent, 1 - sheet.covered, 0.0) * hours
    fill = np.where(open_h > 0, open_h * ceilings_kw(units)[:, None], 0.0)
    for row, unit in enumerate(units):
        if unit.feeds:
            rest = np.maximum(_ceiling_kw(unit) * hours - sheet.energy[row], 0.0)
            fill[row] = np.where(open_h[row] > 0, rest, 0.0)
    return fill


def blocks(units: Sequence[Unit]) -> Iterator[tuple[Unit, ...]]:
    """Yield the units in blocks whose matrices stay in the processor's cache."""
    for first in range(0, len(units), UNITS_AT_ONCE):
        yield tuple(units[first : first + UNITS_AT_ONCE])


def leaves(units: Iterable[Unit]) -> tuple[str, ...]:
    """Return the points whose meters the units are read from: each unit's own and its feeds."""
    return tuple(point for unit in units for point in (unit.id, *unit.feeds))


def ceilings_kw(units: Sequence[Unit]) -> NDArray[np.float64]:
    """Return what bounds each unit in kW, nan where nothing does."""
    return np.array([_ceiling_kw(unit) for unit in units])


def ceilings_kwh(units: Sequence[Unit], sheet: Sheet) -> NDArray[np.float64]:
    """Return what some units take at most in each cell [kWh]; nan where nothing bounds one."""
    found: NDArray[np.float64] = ceilings_kw(units).sum() * sheet.seconds / SECONDS_PER_HOUR
    return found


def unbounded(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return units of which nothing is known before they were first read."""
    return tuple(replace(unit, max_w=None) for unit in units)


def _ceiling_kw(unit: Unit) -> float:
    return np.nan if unit.max_w is None else unit.max_w / W_PER_KW


def resolved(sheet: Sheet, units: Sequence[Unit]) -> Sheet:
    """Return one row a unit: its own meter's, or in cells where its feeds are better covered, their sum.

    A sum of feeds of which one is silent stands, covered to the share of the feeds' time that is. A sheet that has
    these rows already is returned as it is.
    """
    ids = [unit.id for unit in units]
    if ids and list(sheet.index) == ids and not any(unit.feeds for unit in units):
        return sheet
    own = sheet.of(ids)
    for row, unit in enumerate(units):
        if unit.feeds:
            feeds = sheet.of(unit.feeds)
            covered = feeds.covered.mean(axis=0)
            better = covered > own.covered[row]
            for name in ("energy", "low", "high"):
                getattr(own, name)[row, better] = getattr(feeds, name).sum(axis=0)[better]
            own.measured[row, better] = feeds.measured.mean(axis=0)[better]
            own.covered[row, better] = covered[better]
    return own


class LastKnown:
    """Remembers the last known power of each unit from one leg to the next."""

    def __init__(self) -> None:
        """Know nothing."""
        self._kw: dict[str, float] = {}

    def lost_kwh(self, sheet: Sheet, units: Sequence[Unit]) -> NDArray[np.float64]:
        """Return the energy of missing time at the last known power; before the first one, at the ceiling, else nan.

        A unit of feeds is known where all of them are: what one feed carries says nothing of the other.
        """
        lost = np.zeros_like(sheet.covered)
        least = np.array([FULL if unit.feeds else np.finfo(np.float64).tiny for unit in units])
        whole = (sheet.covered >= FULL).all(axis=1)
        hours = sheet.seconds / SECONDS_PER_HOUR
        before = ceilings_kw(units)
        for row in np.flatnonzero(~whole).tolist():
            unit, known = units[row], sheet.covered[row] >= least[row]
            at = np.flatnonzero(known)
            power = sheet.energy[row, at] / (sheet.covered[row, at] * hours[at])
            power = np.append(power, self._kw.get(unit.id, before[row]))  # item -1: before the first
            last = np.cumsum(known) - 1
            missing = np.where(sheet.covered[row] < FULL, 1 - sheet.covered[row], 0.0)
            lost[row] = np.where(missing > 0, power[last] * missing * hours, 0.0)
            if unit.feeds:
                rest = np.maximum(power[last] * hours - sheet.energy[row], 0.0)
                lost[row] = np.where(missing > 0, rest, 0.0)
            if at.size:
                end = at[-1]
                self._kw[unit.id] = float(sheet.energy[row, end] / (sheet.covered[row, end] * hours[end]))
        newest = sheet.energy[whole, -1] / (sheet.covered[whole, -1] * hours[-1])
        for row, kw in zip(np.flatnonzero(whole).tolist(), newest.tolist(), strict=True):
            self._kw[units[row].id] = kw
        return lost
