"""All of every unit in every cell: what jobs had of it, and whose is what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.coarse import over_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.attribution.nodes import NodeSpec, Portions
    from analytics.attribution.work import Work
    from analytics.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Handed:
    """A unit whose holder changes within a cell: whose what is left of it is then, for which share of the cell's time.

    Nobody's where `to` is empty.
    """

    unit: int
    cell: int
    to: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class It:
    """All IT of a site over some cells, one row a unit: its sheet, what its silence hides, and its meters' limits.

    `lost` and `fill` as in `legs.Leg` [kWh]; `idle` is the energy at idle power, GPUs included [kWh]; `limit` is the
    relative limit of each meter's error, `window_s` how often each is read. `unknown` marks units whose power
    was never known; `dark` is the most that equipment without a meter took in each cell [kWh], nan where boundless;
    `handed` says which change their holder within a cell.
    """

    specs: Sequence[NodeSpec]
    sheet: Sheet
    lost: NDArray[np.float64]
    fill: NDArray[np.float64]
    idle: NDArray[np.float64]
    limit: NDArray[np.float64]
    window_s: NDArray[np.int64]
    unknown: NDArray[np.bool_] | None = None
    dark: NDArray[np.float64] | None = None
    handed: Sequence[Handed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllShares:
    """All of every unit in every cell: to subjects, and what is left."""

    unit: NDArray[np.int64]
    cell: NDArray[np.int64]
    subject: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def whole_of(it: It, found: Portions, work: Work, subjects: dict[str, int], nobody: int) -> AllShares:
    """Return the portions with what nobody had, which is its holder's, or that of the code `nobody`.

    `subjects` are the codes of subjects by name; it grows by those that are new.
    """
    code = np.array([subjects.setdefault(name, len(subjects)) for name in work.subjects] or [nobody], np.int64)
    rest_of = [subjects.setdefault(spec.rest, len(subjects)) if spec.rest else nobody for spec in it.specs]
    rest = found.rest()
    unit, cell = np.nonzero(found.rest_high + rest > 0)
    left = rest[unit, cell]
    subject = code[work.subject[found.row]] if found.row.size else np.empty(0, np.int64)
    whole = AllShares(
        unit=np.concatenate([found.node, unit]),
        cell=np.concatenate([found.cell, cell]),
        subject=np.concatenate([subject, np.array(rest_of, np.int64)[unit]]),
        value=np.concatenate([found.value, left]),
        low=np.concatenate([found.low, np.minimum(found.rest_low[unit, cell], left)]),
        high=np.concatenate([found.high, np.maximum(found.rest_high[unit, cell], left)]),
    )
    return _by_window(it, _with_heirs(whole, it, found.node.size, subjects, nobody) if it.handed else whole)


def _with_heirs(shares: AllShares, it: It, jobs: int, subjects: dict[str, int], nobody: int) -> AllShares:
    """Return the shares in which who held a unit for a part of a cell has as much of what is left, or all, or none.

    The first `jobs` rows are of jobs, the others of what is left.
    """
    left = zip(shares.unit[jobs:].tolist(), shares.cell[jobs:].tolist(), strict=True)
    row_of = {place: number for number, place in enumerate(left, start=jobs)}
    heirs = [(row_of[one.unit, one.cell], one) for one in it.handed if (one.unit, one.cell) in row_of]
    rows = np.array([row for row, _ in heirs], np.int64)
    own = np.array([one.share for _, one in heirs], np.float64)
    value, low = shares.value.copy(), shares.low.copy()
    np.subtract.at(value, rows, shares.value[rows] * own)
    low[rows] = 0.0
    to = [subjects.setdefault(one.to, len(subjects)) if one.to else nobody for _, one in heirs]
    return AllShares(
        unit=np.append(shares.unit, shares.unit[rows]),
        cell=np.append(shares.cell, shares.cell[rows]),
        subject=np.append(shares.subject, np.array(to, np.int64)),
        value=np.append(np.maximum(value, 0.0), shares.value[rows] * own),
        low=np.append(low, np.zeros(rows.size)),
        high=np.append(shares.high, shares.high[rows]),
    )


def _by_window(it: It, shares: AllShares) -> AllShares:
    """Return the shares; those of units whose intervals are not known apart between the least and most of a window."""
    coarse = it.window_s[shares.unit] > it.sheet.seconds[shares.cell]
    if not coarse.any():
        return shares
    names = ("subject", "unit", "cell", "value", "low", "high")
    subject, unit, cell, *columns = (getattr(shares, name)[coarse] for name in names)
    *which, amounts = over_windows(
        subject, unit, cell, (columns[0], columns[1], columns[2]), window_s=it.window_s, starts=it.sheet.starts
    )
    pairs = zip(names, (*which, *amounts), strict=True)
    return AllShares(**{name: np.concatenate([getattr(shares, name)[~coarse], more]) for name, more in pairs})
