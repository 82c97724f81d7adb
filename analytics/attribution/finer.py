"""A finer grid within intervals of the books: taken where its cells add up to the books, else the interval stays whole.

So the energy of every interval is the books' either way; finer cells only say when within it was drawn what.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.sheets import FULL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.sheets import Sheet

    Floats = NDArray[np.float64]

ROUNDING: Final = 1e-9  # relative, of sums of the same readings in another order
LEAST_KWH: Final = 1e-12
MULTIPLE: Final = 1e-6
TICK_KWH: Final = 1e-6
MATRICES: Final = ("energy", "low", "high", "measured", "covered")


def differing(coarse: Sheet, fine: Sheet) -> NDArray[np.bool_]:
    """Return of each row and coarse cell whether the fine cells in it add up to something else, in energy or in time.

    Args:
        coarse: rows of some points.
        fine: the same rows in the same order, its cells tile the coarse ones.
    """
    first = np.searchsorted(fine.starts, coarse.starts)
    energy = np.add.reduceat(fine.energy, first, axis=1)
    most = np.maximum(np.abs(energy), np.abs(coarse.energy)) * ROUNDING + LEAST_KWH
    found: NDArray[np.bool_] = np.abs(energy - coarse.energy) > most
    for name in ("measured", "covered"):
        seconds = np.add.reduceat(getattr(fine, name) * fine.seconds, first, axis=1)
        found |= np.abs(seconds / coarse.seconds - getattr(coarse, name)) > 1 - FULL
    return found


def mixed(coarse: Sheet, fine: Sheet, whole: NDArray[np.bool_]) -> Sheet:
    """Return a sheet of the fine cells, but of the coarse ones that stay whole; rows as in both."""
    kept = ~whole[_slots(coarse, fine)]
    starts = np.concatenate([coarse.starts[whole], fine.starts[kept]])
    order = np.argsort(starts)
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(coarse, name)[:, whole], getattr(fine, name)[:, kept]], axis=1)[:, order]
        for name in MATRICES
    }
    seconds = np.concatenate([coarse.seconds[whole], fine.seconds[kept]])[order]
    return replace(coarse, starts=starts[order], seconds=seconds, **columns)


def with_row(sheet: Sheet, coarse: Sheet, name: str) -> Sheet:
    """Return a sheet with a row of a coarser one below its own, its energy laid evenly over time."""
    slot, row = _slots(coarse, sheet), coarse.index[name]
    part = sheet.seconds / coarse.seconds[slot]
    columns: dict[str, Any] = {}
    for column in MATRICES:
        amounts = getattr(coarse, column)[row, slot]
        values = amounts if column in {"measured", "covered"} else amounts * part
        columns[column] = np.vstack([getattr(sheet, column), values])
    return replace(sheet, index={**sheet.index, name: len(sheet.energy)}, **columns)


def parts_of(interval: NDArray[np.int64], weight: Floats, seconds: Floats) -> Floats:
    """Return the part of its interval's amounts that each cell has: by weight, or by time where nothing weighs.

    Args:
        interval: number of the interval that each cell lies in; rising.
        weight: of each cell, such as all IT in it [kWh].
        seconds: length of each cell.

    >>> parts_of(np.array([0, 0, 1, 1]), np.array([3.0, 1.0, 0.0, 0.0]), np.array([60.0, 60.0, 60.0, 60.0])).tolist()
    [0.75, 0.25, 0.5, 0.5]
    """
    _, at = np.unique(interval, return_inverse=True)
    some = np.bincount(at, weight)[at] > 0
    chosen = np.where(some, weight, seconds)
    found: Floats = chosen / np.bincount(at, chosen)[at]
    return found


def step_of(shown: Floats) -> float:
    """Return the step in which a register counts, 0 where its rises have none in common above a milliwatt-hour.

    Rises of several steps tell it too: what divides all of them.

    Args:
        shown: its readings in order of time.

    >>> step_of(np.array([7.1, 7.1, 7.2, 7.4, 0.0, 0.1])), step_of(np.array([1.0, 5.0, 11.0, 16.0]))
    (0.1, 1.0)
    """
    rises = np.unique(np.round(np.diff(shown), 9))
    some = rises[rises > 0]
    if not some.size or np.count_nonzero(rises >= 0) < 2:  # noqa: PLR2004 - alike throughout: it says nothing
        return 0.0
    times = some / some[0]
    if np.all(np.abs(times - np.round(times)) < MULTIPLE):
        return float(some[0])
    ticks = int(np.gcd.reduce(np.round(some / TICK_KWH).astype(np.int64)))
    return float(np.round(ticks * TICK_KWH, 9)) if ticks > 1 else 0.0


def _slots(coarse: Sheet, fine: Sheet) -> NDArray[np.int64]:
    """Return the coarse cell that each finer one lies in."""
    found: NDArray[np.int64] = np.searchsorted(coarse.starts, fine.starts, side="right") - 1
    return found
