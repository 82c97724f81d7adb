"""Which intervals of which points must be computed (again): what new readings touch, and what time has closed.

All instants are whole UTC seconds; windows are half-open and lie on the ledger's grid.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Window = tuple[int, int]
Windows = dict[str, list[Window]]  # by point

CLOSE_INTERVALS = 2  # an interval is closed two polling intervals after its end (design 4.5)
POINTS_PER_PASS = 250
READINGS_PER_PASS = 2_500_000


def floor_cell(time: int) -> int:
    """Start of the ledger interval that holds `time`."""
    return time - time % INTERVAL_S


def ceil_cell(time: int) -> int:
    """First edge of the ledger's grid at or after `time`."""
    return -floor_cell(-time)


def closed_until(*, now: int, interval_s: float) -> int:
    """The edge before which every interval of a point polled each `interval_s` seconds is closed at `now`."""
    return floor_cell(int(now - CLOSE_INTERVALS * interval_s))


def merged(windows: Iterable[Window]) -> list[Window]:
    """Union of windows: sorted, disjoint, none empty."""
    result: list[Window] = []
    for start, end in sorted(w for w in windows if w[0] < w[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def passes(
    windows: Mapping[str, Iterable[Window]], *, interval_s: Mapping[str, float]
) -> Iterator[tuple[Window, list[str]]]:
    """Cut the work into passes of bounded memory: one window, up to 250 points that share it.

    `windows` maps a point to its windows and `interval_s` to its shortest polling interval, from which the number of
    readings is estimated.
    """
    sharing: dict[Window, list[str]] = defaultdict(list)
    for point, own in windows.items():
        for window in merged(own):
            sharing[window].append(point)
    for window, points in sorted(sharing.items()):
        for at in range(0, len(points), POINTS_PER_PASS):
            group = points[at : at + POINTS_PER_PASS]
            readings_per_s = sum(1.0 / interval_s[point] for point in group)
            step = max(INTERVAL_S, floor_cell(int(READINGS_PER_PASS / readings_per_s)))
            for start in range(window[0], window[1], step):
                yield (start, min(start + step, window[1])), group
