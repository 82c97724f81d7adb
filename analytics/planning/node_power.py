"""Idle and busy power of nodes from what their meters read: the low and the high end of its quarter hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Triple = tuple[float, float, float]
IDLE_PERCENTILES: Final = (0.5, 2.0, 5.0)
BUSY_PERCENTILES: Final = (75.0, 90.0, 99.0)
LEAST: Final = 672  # quarter hours: a week
SPREAD: Final = 1.25  # busy over idle: below it the nodes were never seen idle


@dataclass(frozen=True, slots=True)
class NodePower:
    """Power of a device with its share of the node [kW], as ranges; `idle_kw` is None where it never was idle."""

    idle_kw: Triple | None
    busy_kw: Triple


def seen_power(kw: Floats, *, devices: int) -> NodePower | None:
    """Return idle and busy power of a device from the mean power of quarter hours [kW] of all together.

    The lowest quarter hours are idle, the highest quarter busy. None below a week of them. Where the busy end is
    hardly above the low one, the devices were busy all the time and nobody saw them idle.

    >>> week = np.concatenate([np.full(300, 2.0), np.full(500, 8.0)])
    >>> seen_power(week, devices=8)
    NodePower(idle_kw=(0.25, 0.25, 0.25), busy_kw=(1.0, 1.0, 1.0))
    """
    known = kw[np.isfinite(kw)]
    if known.size < LEAST:
        return None
    low, middle, high = (float(one) / devices for one in np.percentile(known, IDLE_PERCENTILES))
    busy = tuple(float(one) / devices for one in np.percentile(known, BUSY_PERCENTILES))
    idle = (low, middle, high) if busy[1] >= SPREAD * middle else None
    return NodePower(idle, (busy[0], busy[1], busy[2]))
