"""Samples: the readings of several series laid end to end, as the kernels want them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR_S = 1 << 35  # seconds between two series on the common clock: a millennium, farther than any interval reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Readings of `counts.size` series: `counts`, `rows`, `interval_s` ... one a series, the others one a reading.

    `index` is the position of the reading in the table it came from.
    """

    names: tuple[str, ...]  # of the series, for messages
    counts: NDArray[np.int64]
    rows: NDArray[np.int64]
    interval_s: NDArray[np.float64]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    estimated: NDArray[np.bool_]
    index: NDArray[np.int64]

    def each(self, per_series: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a quantity of the series, repeated for each of its readings."""
        return np.repeat(per_series, self.counts)

    def clock(self) -> NDArray[np.int64]:
        """Return times on one clock on which the series follow each other, far apart.

        Raises:
            InputError: the readings of a series are not in order of time, or two share a second.
        """
        clock = self.time + np.repeat(np.arange(self.counts.size) * FAR_S, self.counts)
        wrong = np.flatnonzero(clock[1:] <= clock[:-1])
        if wrong.size:
            series = int(np.searchsorted(np.cumsum(self.counts), wrong[0], side="right"))
            msg = f"the readings of {self.names[series]} are not in strict order of time: sort and deduplicate them"
            raise InputError(msg)
        return clock

    def ends(self) -> NDArray[np.int64]:
        """Return where each series ends: positions one past its last reading."""
        return np.cumsum(self.counts)

    def kept(self, keep: NDArray[np.bool_]) -> Samples:
        """Return the samples that a mask keeps; a series may become empty."""
        if keep.all():
            return self
        series = np.repeat(np.arange(self.counts.size), self.counts)[keep]
        return replace(
            self,
            counts=np.bincount(series, minlength=self.counts.size).astype(np.int64),
            time=self.time[keep],
            value=self.value[keep],
            estimated=self.estimated[keep],
            index=self.index[keep],
        )
