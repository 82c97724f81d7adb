"""How far off a figure may be: 95 % intervals from meter classes, bridges and estimates.

A register counts in steps, so that any time is off by up to one of them, be it long or short.

A meter class states limits +-a: GUM (JCGM 100:2008) 4.3.7 takes every value between them as equally likely. Errors of
different meters are independent, the error of one meter is the same all period. Their sum over meters is what
`half_width_95` measures: the largest meters as boxes, the rest as a normal distribution of the same variance. Bridges
and fills have hard bounds, which are added on top (design 4.6). A ratio of two sums over different meters is off by
both; over meters that both share, an error of one meter moves both and is counted once by `half_width_ratio_95`.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL: Final = 0.95
Z_95: Final = 1.959963984540054
BOXES: Final = 6  # so many of the largest limits are taken exactly
CELLS: Final = 4096


def half_width_95(*, limits: Sequence[float]) -> float:
    """Return the half-width that holds the sum of independent errors in 95 % of cases; `limits` +-a in any one unit.

    One meter: 0.95 a. Many alike: 1.96 * a * sqrt(n / 3). Exact to a part in 1000.

    >>> round(half_width_95(limits=[1.0]), 3)
    0.95
    >>> round(half_width_95(limits=[1.0] * 300), 2)
    19.6
    """
    ordered = sorted((abs(limit) for limit in limits if limit), reverse=True)
    boxes, rest = ordered[:BOXES], ordered[BOXES:]
    if len(ordered) < 2:  # noqa: PLR2004 - the share of one box that holds 95 % needs no numbers
        return LEVEL * sum(ordered)
    sigma = sqrt(sum(limit**2 for limit in rest) / 3)
    reach = sum(boxes) + 6 * sigma
    step = 2 * reach / CELLS
    spots = (np.arange(2 * CELLS + 1) - CELLS) * step
    density = np.exp(-0.5 * (spots / sigma) ** 2) if sigma > step else (spots == 0).astype(np.float64)
    for limit in boxes:
        density = _boxed(density, limit / step)
    below = np.cumsum(density)
    below /= below[-1]
    inside = below[CELLS:] - below[CELLS::-1]  # mass within +-k steps, for k = 0, 1, ...
    return float(np.interp(LEVEL, inside, np.arange(inside.size) * step))


def half_width_steps(*, steps: Sequence[float]) -> float:
    """Return the half-width that holds what is lost between the steps of registers, each by itself, in 95 % of cases.

    A register that shows whole steps is behind by 0 to 1 of them, at the beginning of a time and at its end: what it
    counted over any time is off by one step at most. That of the coarsest is held always.

    >>> half_width_steps(steps=[0.1]), round(half_width_steps(steps=[0.1] * 100), 2)
    (0.1, 0.8)
    """
    return max(half_width_95(limits=[step / 2 for step in steps for _ in range(2)]), *steps, 0.0)


def _boxed(
    density: np.ndarray[tuple[int], np.dtype[np.float64]], half: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the density smeared evenly over +-half cells."""
    edges = np.arange(density.size + 1) - 0.5
    total = np.concatenate([[0.0], np.cumsum(density)])
    spots = np.arange(density.size, dtype=np.float64)
    upper, lower = (np.interp(spots + sign * half, edges, total) for sign in (1, -1))
    return np.asarray(upper - lower)


def half_width_ratio_95(
    *, above: Mapping[str, tuple[float, float]], below: Mapping[str, tuple[float, float]]
) -> float | None:
    """Return the half-width of sum(above) / sum(below) in 95 % of cases; None where there is nothing to divide by.

    Each meter has its amount and the limit of its relative error (0.01 for class 1). The ratio is linear in small
    errors: a meter with share a of the numerator and b of the denominator moves it by (a - b) times its error.

    >>> round(half_width_ratio_95(above={"grid": (120.0, 0.01)}, below={"ups": (100.0, 0.0)}), 6)
    0.0114
    >>> half_width_ratio_95(above={"ups": (100.0, 0.01)}, below={"ups": (100.0, 0.01)})
    0.0
    """
    top, bottom = sum(amount for amount, _ in above.values()), sum(amount for amount, _ in below.values())
    if bottom <= 0:
        return None
    ratio = top / bottom
    limits = []
    for meter in above.keys() | below.keys():
        share_above = above[meter][0] / top if meter in above and top else 0.0
        share_below = below[meter][0] / bottom if meter in below else 0.0
        error = (above.get(meter) or below[meter])[1]
        limits.append(ratio * (share_above - share_below) * error)
    return half_width_95(limits=limits)
