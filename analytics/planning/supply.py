"""Own renewables and a battery for a load, hour by hour: what they cover, what is left for the grid, what runs over.

Every size is tried on the same hours at once. What the plants make covers the load of its own hour first; what is over
charges the battery, what is short is taken from it, and the rest is the grid's. The battery begins empty, so a year
never starts with energy that nobody made. The method is that of Acun et al. 2023 ("Carbon Explorer", ASPLOS).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

STEPS: Final = 5  # of the coarse grid, from nothing to the most
DAY_H: Final = 24
DUST: Final = 1e-9
REFINED: Final = 2  # times that the steps around the front are halved


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A period by the hour: load [kWh], what 1 kW of each plant makes [kWh], the grid's price and intensity [g/kWh].

    `dark` are hours whose load was not fully seen: nothing covers them, and the battery rests. `movable_share` of an
    hour's load can run in another hour of its 24, where no more than `most_load_kwh` run.
    """

    load_kwh: Floats
    pv_kwh_per_kw: Floats
    wind_kwh_per_kw: Floats
    price_per_kwh: Floats
    gco2e_per_kwh: Floats
    dark: Flags
    movable_share: float = 0.0
    most_load_kwh: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """How a battery works: power for each kWh of size [kW], share of charge that is kept, and of it given back."""

    kw_per_kwh: float
    charge_efficiency: float
    discharge_efficiency: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What sizes do over the period, one item a size; shares are of the load, 0 to 1.

    `hourly_share` is what was covered in its own hour, by plants or battery; `annual_share` sets the sum of what was
    made against the sum of the load, whenever it was made. The first is never above the second.
    """

    sizes: Floats  # one row a size: kW of PV, kW of wind, kWh of battery
    load_kwh: float
    made_kwh: Floats
    grid_kwh: Floats
    surplus_kwh: Floats
    grid_cost: Floats
    grid_kgco2e: Floats
    hourly_share: Floats
    annual_share: Floats


def covered(hours: Hours, sizes: Floats, battery: Battery) -> Covered:
    """Return what each size covers of the load.

    Args:
        hours: the period.
        sizes: one row each: kW of PV, kW of wind, kWh of battery.
        battery: how it works.

    What can wait moves first, within its 24 hours from short hours into those of surplus; then the battery.

    Two hours of 1 kWh each, 2 kW of PV that run in the first alone: half is covered, with a battery nearly all.

    >>> two = np.array([1.0, 1.0])
    >>> day = Hours(load_kwh=two, pv_kwh_per_kw=np.array([1.0, 0.0]), wind_kwh_per_kw=0 * two,
    ...             price_per_kwh=two, gco2e_per_kwh=400 * two, dark=np.zeros(2, dtype=bool))
    >>> kind = Battery(kw_per_kwh=1.0, charge_efficiency=0.95, discharge_efficiency=1.0)
    >>> found = covered(day, np.array([[2.0, 0.0, 0.0], [2.0, 0.0, 1.0]]), kind)
    >>> found.hourly_share.tolist(), found.annual_share.tolist(), found.grid_kgco2e.round(2).tolist()
    ([0.5, 0.975], [1.0, 1.0], [0.4, 0.02])
    """
    kwh = sizes[:, 2]
    most = kwh * battery.kw_per_kwh
    held = np.zeros(len(sizes))
    grid, surplus, cost, grams, made = (np.zeros(len(sizes)) for _ in range(5))
    prices, intensities, dark = (one.tolist() for one in (hours.price_per_kwh, hours.gco2e_per_kwh, hours.dark))
    for first in range(0, hours.load_kwh.size, DAY_H):
        day = slice(first, first + DAY_H)
        out = np.outer(hours.pv_kwh_per_kw[day], sizes[:, 0]) + np.outer(hours.wind_kwh_per_kw[day], sizes[:, 1])
        made += out.sum(axis=0)
        net_of_day = out - _moved(hours, day, out)
        for hour, net in enumerate(net_of_day, start=first):
            if dark[hour]:
                short, over = out[hour - first] - net, out[hour - first]
            else:
                taken = np.minimum(np.minimum(net, most), (kwh - held) / battery.charge_efficiency).clip(min=0.0)
                given = np.minimum(np.minimum(-net, most), held * battery.discharge_efficiency).clip(min=0.0)
                held += taken * battery.charge_efficiency - given / battery.discharge_efficiency
                short, over = (-net - given).clip(min=0.0), (net - taken).clip(min=0.0)
            grid += short
            surplus += over
            cost += short * prices[hour]
            grams += short * intensities[hour]
    total, unseen = float(hours.load_kwh.sum()), float(hours.load_kwh[hours.dark].sum())
    return Covered(
        sizes=sizes,
        load_kwh=total,
        made_kwh=made,
        grid_kwh=grid,
        surplus_kwh=surplus,
        grid_cost=cost,
        grid_kgco2e=grams / 1000,
        hourly_share=(1 - grid / total).clip(min=0.0),
        annual_share=np.minimum(made, total - unseen) / total,
    )


def _moved(hours: Hours, day: slice, out: Floats) -> Floats:
    """The load of a day's hours, by size, once what can wait runs in hours of surplus: hours by sizes [kWh].

    Of each hour that is short at most `movable_share` of its load moves, and no hour takes more than `most_load_kwh`;
    what moves is taken from all short hours alike and given to all hours of surplus alike. Dark hours stay as they are.
    """
    load = np.repeat(hours.load_kwh[day][:, None], out.shape[1], axis=1)
    if not hours.movable_share:
        return load
    seen = ~hours.dark[day][:, None]
    can_go = np.minimum((load - out).clip(min=0.0), hours.movable_share * load) * seen
    can_come = np.minimum((out - load).clip(min=0.0), (hours.most_load_kwh - load).clip(min=0.0)) * seen
    going, coming = can_go.sum(axis=0), can_come.sum(axis=0)
    moves = np.minimum(going, coming)

    def share(of: Floats) -> Floats:
        part: Floats = np.divide(moves, of, out=np.zeros_like(of), where=of > DUST)
        return part

    moved: Floats = load - can_go * share(going) + can_come * share(coming)
    return moved


def front(figures: Floats) -> NDArray[np.int64]:
    """Return the rows that no other row beats: less or equal in every column and less in one.

    >>> front(np.array([[1.0, 5.0], [2.0, 1.0], [3.0, 6.0]])).tolist()
    [0, 1]
    """
    beaten = [bool(((figures <= own).all(axis=1) & (figures < own).any(axis=1)).any()) for own in figures]
    return np.flatnonzero(~np.array(beaten, dtype=np.bool_))


def coarse(most: Sequence[float]) -> Floats:
    """Return the sizes of the first look: every mixture of even steps from nothing to the most of each.

    >>> len(coarse([1000.0, 0.0, 500.0]))
    36
    """
    each = [np.linspace(0, one, STEPS + 1) if one else np.zeros(1) for one in most]
    return np.array(list(product(*each)), dtype=np.float64)


def around(sizes: Floats, most: Sequence[float], *, halved: int) -> Floats:
    """Return the neighbours of some sizes at a step of the coarse grid that was halved so often, without these.

    >>> around(np.array([[0.0, 0.0, 0.0]]), [10.0, 0.0, 0.0], halved=1).tolist()
    [[1.0, 0.0, 0.0]]
    """
    step = np.asarray(most) / STEPS / 2**halved
    moves = np.array(list(product(*([-1, 0, 1] if one else [0] for one in step))), dtype=np.float64) * step
    near = (sizes[:, None, :] + moves[None, :, :]).reshape(-1, 3)
    inside = near[((near >= -DUST) & (near <= np.asarray(most) + DUST)).all(axis=1)]
    known = {tuple(one) for one in sizes.round(6).tolist()}
    new = dict.fromkeys(tuple(one) for one in inside.round(6).tolist())
    return np.array([one for one in new if one not in known], dtype=np.float64).reshape(-1, 3)
