"""Registers that are read less often than an interval: the energy of a window is known, and not that of its intervals.

Whoever had a part of a unit for some of the window may have had anything between the least and the greatest of its
shares of the window's energy. Windows are taken to begin at whole multiples of their length since 1970.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.boundary import ENERGY_METRICS
from analytics.legs import leaves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Tree, Unit

    Columns = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def windows_s(tree: Tree, units: Sequence[Unit]) -> NDArray[np.int64]:
    """Return how often each unit's energy is read [s], by the finest metric of its coarsest meter, or 0."""
    found = []
    for unit in units:
        meters = (tree.by_id[leaf].interval_s for leaf in leaves([unit]) if leaf in tree.by_id)
        finest = [[seconds for name, seconds in one.items() if name in ENERGY_METRICS] for one in meters]
        found.append(max((min(one) for one in finest if one), default=0))
    return np.array(found, np.float64).astype(np.int64)


def over_windows(
    subject: NDArray[np.int64],
    unit: NDArray[np.int64],
    cell: NDArray[np.int64],
    columns: Columns,
    *,
    window_s: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Columns]:
    """Return shares (subject, unit, cell; value, low, high) with one row for each cell of every window they touch.

    Args:
        subject: of each share.
        unit: of each share.
        cell: of each share.
        columns: value, low and high.
        window_s: length of the window of each unit.
        starts: of the cells [UTC s].

    A job had all of a unit in two of four quarters: of the hour's energy it had half, or nothing, or all.

    >>> of = np.zeros(2, int), np.zeros(2, int), np.array([1, 2]), (np.ones(2), np.ones(2), np.ones(2))
    >>> *_, (value, low, high) = over_windows(*of, window_s=np.array([3600]), starts=np.arange(4) * 900)
    >>> value.tolist(), low.tolist(), high.tolist()
    ([0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0])
    """
    length = window_s[unit]
    number = starts[cell] // length
    keys, group = np.unique(np.stack([subject, unit, number]), axis=1, return_inverse=True)
    group = group.ravel()
    begin = np.searchsorted(starts, keys[2] * window_s[keys[1]])
    count = np.searchsorted(starts, (keys[2] + 1) * window_s[keys[1]]) - begin
    offset = np.cumsum(count) - count
    every = np.repeat(np.arange(count.size), count)
    at = offset[group] + cell - begin[group]
    value, low, high = (np.bincount(at, column, every.size).astype(np.float64) for column in columns)
    least, most = np.minimum.reduceat(low, offset), np.minimum(np.maximum.reduceat(high, offset), 1.0)
    cells = np.arange(every.size) - offset[every] + begin[every]
    return keys[0][every], keys[1][every], cells, (value, least[every], np.maximum(most[every], value))
