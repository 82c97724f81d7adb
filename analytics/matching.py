"""Green energy hour by hour: matched share and 24/7 carbon-free share (standards 3.3).

In each hour contracted energy counts up to the load; surplus of an hour is not carried into another. An hour in which
the load was not fully seen is counted and never green. Missing supply counts as none. All arrays have one item an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

G_PER_KG: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyMatch:
    """What contracts covered over a period of hours. Shares are of the load, 0 to 1; None where there was no load."""

    load_kwh: float
    contracted_kwh: float
    matched_kwh: float
    surplus_kwh: float
    hours: int
    missing_hours: int
    missing_load_kwh: float
    hourly_share: float | None
    annual_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonFree:
    """The 24/7 carbon-free share: contracted and grid parts, and how much of the load had a fallback grid share."""

    share: float | None
    contracted_share: float | None
    grid_share: float | None
    fallback_share: float | None


def matched_kwh(*, load_kwh: Floats, contracted_kwh: Floats, missing: NDArray[np.bool_] | None = None) -> Floats:
    """Return for each hour m = min(C, L), and 0 in hours whose load is not fully seen [kWh].

    Raises:
        InputError: the arrays differ in length, or hold a negative or no number.

    >>> matched_kwh(load_kwh=np.array([2.0, 2.0]), contracted_kwh=np.array([3.0, 1.0]))
    array([2., 1.])
    """
    _refuse(load_kwh=load_kwh, contracted_kwh=contracted_kwh)
    matched = np.minimum(load_kwh, contracted_kwh)
    return matched if missing is None else np.where(missing, 0.0, matched)


def hourly_match(
    *,
    load_kwh: Floats,
    contracted_kwh: Floats,
    missing: NDArray[np.bool_] | None = None,
    sure_kwh: Floats | None = None,
) -> HourlyMatch:
    """Return the hourly and the annual matched share side by side.

    Hourly: sum(min(C_h, L_h)) / sum(L_h). Annual: min(1, sum(C_h) / sum(L_h)), where load that was not seen is never
    green either. `load_kwh` holds what was put in for missing time too, `sure_kwh` what of it was certainly taken in
    each hour: the rest is as load that was not seen.

    >>> found = hourly_match(load_kwh=np.array([1.0, 1.0]), contracted_kwh=np.array([2.0, 0.0]))
    >>> found.hourly_share, found.annual_share, found.surplus_kwh
    (0.5, 1.0, 1.0)
    """
    dark = np.zeros(load_kwh.shape, dtype=np.bool_) if missing is None else missing
    sure = load_kwh if sure_kwh is None else np.minimum(sure_kwh, load_kwh)
    matched = matched_kwh(load_kwh=sure, contracted_kwh=contracted_kwh, missing=dark)
    load, contracted, green = (float(array.sum()) for array in (load_kwh, contracted_kwh, matched))
    unseen = float(np.where(dark, load_kwh, load_kwh - sure).sum())
    return HourlyMatch(
        load_kwh=load,
        contracted_kwh=contracted,
        matched_kwh=green,
        surplus_kwh=contracted - green,
        hours=load_kwh.size,
        missing_hours=int(dark.sum()),
        missing_load_kwh=unseen,
        hourly_share=green / load if load > 0 else None,
        annual_share=min(contracted, load - unseen) / load if load > 0 else None,
    )


def carbon_free(
    *,
    load_kwh: Floats,
    contracted_kwh: Floats,
    grid_cfe: Floats,
    yearly_grid_cfe: float | None = None,
    missing: NDArray[np.bool_] | None = None,
    sure_kwh: Floats | None = None,
) -> CarbonFree:
    """Return 24/7 CFE = sum(m_h + (L_h - m_h) * G_h) / sum(L_h), G_h the grid's carbon-free share (0 to 1).

    An hour without G_h (nan) takes the yearly share, or 0 where none is given, and counts in `fallback_share`.
    Hours whose load is not fully seen are not carbon-free at all, nor is load beyond `sure_kwh`, which may have been
    taken in another hour. After Google's method.

    >>> load, half = np.array([1.0, 1.0]), np.array([0.5, 0.5])
    >>> carbon_free(load_kwh=load, contracted_kwh=np.array([2.0, 0.0]), grid_cfe=half).share
    0.75
    """
    dark = np.zeros(load_kwh.shape, dtype=np.bool_) if missing is None else missing
    sure = load_kwh if sure_kwh is None else np.minimum(sure_kwh, load_kwh)
    matched = matched_kwh(load_kwh=sure, contracted_kwh=contracted_kwh, missing=dark)
    unknown = np.isnan(grid_cfe)
    known = grid_cfe[~unknown]
    if known.size and (known.min() < 0 or known.max() > 1):
        msg = "a carbon-free share of the grid lies outside 0 to 1: correct it, 64 % is 0.64"
        raise InputError(msg)
    share = np.where(unknown, yearly_grid_cfe or 0.0, grid_cfe)
    load = float(load_kwh.sum())
    if load <= 0:
        return CarbonFree(share=None, contracted_share=None, grid_share=None, fallback_share=None)
    contracted = float(matched.sum()) / load
    grid = float(np.where(dark, 0.0, (sure - matched) * share).sum()) / load
    return CarbonFree(
        share=contracted + grid,
        contracted_share=contracted,
        grid_share=grid,
        fallback_share=float(load_kwh[unknown].sum()) / load,
    )


def _refuse(**arrays: Floats) -> None:
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        msg = f"{' and '.join(arrays)} differ in length: give one value an hour to each"
        raise InputError(msg)
    for name, array in arrays.items():
        if not (np.isfinite(array).all() and (array >= 0).all()):
            msg = f"{name} holds a negative or missing value: put 0 for missing supply, and mark hours of missing load"
            raise InputError(msg)
