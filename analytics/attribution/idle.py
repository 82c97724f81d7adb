"""What a node or GPU draws while it does nothing: as declared, else the lowest it drew in a week.

The lowest mean power of an interval in the seven UTC days that end with the day in question: it rests on energy alone,
so that a job record that comes late changes no other interval, and a month is the sum of its days. What draws nothing
is off, and no interval beside one of these says what is drawn while on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DAY_S: Final = 86_400
DAYS: Final = 7
KWH_PER_W_S: Final = 1 / 3.6e6


def lowest_w(
    *,
    energy: NDArray[np.float64],
    covered: NDArray[np.float64],
    starts: NDArray[np.int64],
    seconds: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the UTC days [days since 1970] of some cells and the lowest power [W] of each row on each of them.

    Only cells count that are covered, and in which neither it nor a neighbour of it draws nothing; where a day has none
    the power is infinite: not known.

    >>> days, watts = lowest_w(energy=np.array([[0.1, 0.025]]), covered=np.ones((1, 2)), starts=np.array([0, 900]),
    ...                        seconds=np.array([900.0, 900.0]))
    >>> days.tolist(), watts.round(6).tolist()
    ([0], [[100.0]])
    """
    days, of_cell = np.unique(starts // DAY_S, return_inverse=True)
    off = np.pad((covered >= FULL) & (energy <= 0), ((0, 0), (1, 1)))
    on = ~(off[:, :-2] | off[:, 1:-1] | off[:, 2:])
    watts = np.where((covered >= FULL) & on, energy / (seconds * KWH_PER_W_S), np.inf)
    lowest = np.full((energy.shape[0], days.size), np.inf)
    for number in range(days.size):
        lowest[:, number] = watts[:, of_cell == number].min(axis=1)
    return days, lowest


def idle_w(
    *,
    days: NDArray[np.int64],
    lowest: NDArray[np.float64],
    wanted: NDArray[np.int64],
    declared: Sequence[float | None],
) -> NDArray[np.float64]:
    """Return the idle power [W] of each row on each wanted day; 0 where nothing is known of it.

    Args:
        days: since 1970, rising.
        lowest: of each row on each of `days` [W], infinite where not known.
        wanted: days since 1970.
        declared: of each row [W], which stands before what was seen.
    """
    found = np.full((lowest.shape[0], wanted.size), np.inf)
    for number, day in enumerate(wanted.tolist()):
        near = (days > day - DAYS) & (days <= day)
        found[:, number] = lowest[:, near].min(axis=1, initial=np.inf)
    given = np.array([np.nan if one is None else one for one in declared], np.float64)
    known = np.where(np.isfinite(found), found, 0.0)
    return np.where(np.isnan(given)[:, None], known, given[:, None])
