"""Segments: stretches of time over which one quantity is known, as columns of numpy arrays.

A segment runs over the half-open [start, end) in whole UTC seconds; its rate goes in a straight line from `first`
to `last` (W for energy, L/s for water, the gauge's own unit for a mean). A sampled power gives one segment for each
pair of neighbouring samples, a register one of constant rate for each pair of readings. Cutting is exact: the rate
at a cut is read off the line, so the integrals of the parts sum to that of the whole. Of some segments the integral
alone is known, and not how it was spread: the bounds of their parts are what the rest of the segment leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Columns of equal length. `row` says which ledger group a segment belongs to; `low` and `high` bound its rate.

    Where `most` is a number, `low` and `high` bound the mean rate of the whole segment, and `most` the rate at any
    moment of it (infinite where nobody knows); elsewhere it is nan.
    """

    row: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    measured: NDArray[np.bool_]
    most: NDArray[np.float64]

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Segments:
        """Return the chosen segments: an index or a mask."""
        return Segments(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def shifted(self, seconds: NDArray[np.int64]) -> Segments:
        """Return the segments moved in time."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return Segments(**{**columns, "start": self.start + seconds, "end": self.end + seconds})

    def parts(
        self,
        first_slot: NDArray[np.int64],
        last_slot: NDArray[np.int64],
        edges: NDArray[np.int64],
    ) -> tuple[Segments, NDArray[np.int64]]:
        """Cut each segment into its slots and return the parts with the slot of each.

        Slot `s` is the time [edges[s], edges[s + 1]). A segment has a part in each slot from `first_slot` to
        `last_slot` that it really overlaps; what lies outside these slots is left out.
        """
        counts = np.maximum(last_slot - first_slot + 1, 0)
        whole = np.repeat(np.arange(counts.size), counts)
        slot = np.arange(whole.size) - np.repeat(np.cumsum(counts) - counts, counts) + first_slot[whole]
        start, end = np.maximum(self.start[whole], edges[slot]), np.minimum(self.end[whole], edges[slot + 1])
        real = end > start
        whole, slot, start, end = whole[real], slot[real], start[real], end[real]
        parent = self.take(whole)
        low, high = _bounds(parent, end - start)
        slope = (parent.last - parent.first) / (parent.end - parent.start)
        part = Segments(
            row=parent.row,
            start=start,
            end=end,
            first=parent.first + slope * (start - parent.start),
            last=parent.last - slope * (parent.end - end),
            low=low,
            high=high,
            measured=parent.measured,
            most=parent.most,
        )
        return part, slot


def _bounds(parent: Segments, seconds: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of the mean rate of parts of so many seconds: at least what the rest cannot have taken."""
    low, high = parent.low.copy(), parent.high.copy()
    whole = parent.end - parent.start
    cut = np.flatnonzero(~np.isnan(parent.most) & (seconds < whole))
    most, part, total = parent.most[cut], seconds[cut], whole[cut]
    low[cut] = np.maximum(0.0, low[cut] * total - most * (total - part)) / part
    high[cut] = np.minimum(most, high[cut] * total / part)
    return low, high


def level(
    *,
    row: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    rate: NDArray[np.float64],
    measured: NDArray[np.bool_],
    most: NDArray[np.float64] | None = None,
) -> Segments:
    """Return segments of constant rate, known without bounds of their own; `most` as in `Segments`, else nan."""
    most = np.full(rate.size, np.nan) if most is None else most
    return Segments(
        row=row, start=start, end=end, first=rate, last=rate, low=rate, high=rate, measured=measured, most=most
    )


def joined(several: Sequence[Segments]) -> Segments:
    """Return all segments of all parts, ordered by row and time; at least one part must be given."""
    columns = {field.name: np.concatenate([getattr(one, field.name) for one in several]) for field in fields(Segments)}
    together = Segments(**columns)
    return together.take(np.lexsort((together.start, together.row)))


def outside(segments: Segments, covered: Segments) -> Segments:
    """Return what of `segments` lies on time that `covered` leaves open, row by row.

    `covered` must be ordered by row and time and must not overlap itself. All rows are laid end to end on one
    line, on which the edges of `covered` are fences: every second slot between fences is covered.
    """
    if not segments.start.size or not covered.start.size:
        return segments
    origin = min(int(segments.start.min()), int(covered.start.min()))
    stride = max(int(segments.end.max()), int(covered.end.max())) - origin + 1
    on_line = segments.shifted(segments.row * stride - origin)
    fences = np.empty(covered.start.size * 2 + 2, dtype=np.int64)
    fences[0], fences[-1] = -1, np.iinfo(np.int64).max
    fences[1:-1:2] = covered.start + covered.row * stride - origin
    fences[2:-1:2] = covered.end + covered.row * stride - origin
    first = np.searchsorted(fences, on_line.start, side="right") - 1
    last = np.searchsorted(fences, on_line.end, side="left") - 1
    parts, slot = on_line.parts(first, last, fences)
    free = parts.take(slot % 2 == 0)
    return free.shifted(origin - free.row * stride)
