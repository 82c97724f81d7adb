"""Means of equal cells over longer spans: hours of quarter hours, days of hours. Nothing stands in for a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def means_by_span(
    values: NDArray[np.float64], *, starts: NDArray[np.int64], edges: Sequence[int]
) -> NDArray[np.float64]:
    """Return the mean of the cells that start within each span [edges[i], edges[i + 1]) of UTC seconds.

    `values` are cells of one length, nan where they are not known; `starts` are theirs [UTC s]. A span with an unknown
    cell, or without any, is nan: a mean of the rest would be a mean of other hours.

    >>> means_by_span(np.array([1.0, 3.0, np.nan]), starts=np.array([0, 900, 1800]), edges=[0, 1800, 3600])
    array([ 2., nan])
    """
    inside = (starts >= edges[0]) & (starts < edges[-1])
    span = np.searchsorted(np.asarray(edges), starts[inside], side="right") - 1
    count = np.bincount(span, minlength=len(edges) - 1)
    total = np.bincount(span, weights=values[inside], minlength=len(edges) - 1)
    means: NDArray[np.float64] = np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)
    return means
