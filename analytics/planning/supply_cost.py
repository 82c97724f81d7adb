"""What own renewables and a battery cost and emit a year, and which sizes nothing else beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.planning.money import HOURS_PER_YEAR, capital_recovery_factor
from analytics.planning.supply import REFINED, around, coarse, covered, front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.planning.supply import Battery, Covered, Hours

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one unit of PV [kW], wind [kW] or battery [kWh] costs and emits; each as draws.

    `made_kgco2e` is what a kWh that it makes carries of its making, `kgco2e` the same of a unit; one of them is 0.
    """

    capex: Floats
    yearly: Floats
    life_years: float
    kgco2e: Floats
    made_kgco2e: Floats

    def cost_per_year(self, rate: float) -> Floats:
        """Return what a unit costs a year: its annuity and its upkeep."""
        return self.capex * capital_recovery_factor(rate=rate, years=self.life_years) + self.yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Prices of a supply: of its parts and of what is sold, each as draws.

    `price_factor` and `intensity_factor` are draws by which the hours' prices and intensities may be higher or lower.
    """

    parts: tuple[Part, Part, Part]
    rate: float
    export_price: Floats
    price_factor: Floats
    intensity_factor: Floats
    behind_the_meter: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Cost and carbon a year of each size: one row a size, one column a draw."""

    cost: Floats
    carbon_kgco2e: Floats
    embodied_kgco2e: Floats
    location_kgco2e: Floats


def figures(found: Covered, hours: Hours, terms: Terms) -> Figures:
    """Return what each size costs and emits a year; a shorter period stands for a year by its length.

    Behind the meter what is covered is not bought and surplus is sold. Elsewhere the site buys all of its load as
    before, the plants sell all that they deliver, and the location-based figure of the site is as it was.
    """
    per_year = HOURS_PER_YEAR / hours.load_kwh.size
    bought = float(hours.load_kwh @ hours.price_per_kwh)
    emitted = float(hours.load_kwh @ hours.gco2e_per_kwh) / 1000
    if terms.behind_the_meter:
        paid, sold, location = found.grid_cost, found.surplus_kwh, found.grid_kgco2e
    else:
        paid, sold = np.full(len(found.sizes), bought), found.load_kwh - found.grid_kwh + found.surplus_kwh
        location = np.full(len(found.sizes), emitted)
    own = np.array([part.cost_per_year(terms.rate) for part in terms.parts])
    per_unit = np.array([part.kgco2e / part.life_years for part in terms.parts])
    embodied = found.sizes @ per_unit + per_year * _made(found, hours, terms)
    return Figures(
        cost=found.sizes @ own + per_year * (paid[:, None] * terms.price_factor - sold[:, None] * terms.export_price),
        carbon_kgco2e=per_year * found.grid_kgco2e[:, None] * terms.intensity_factor + embodied,
        embodied_kgco2e=embodied,
        location_kgco2e=per_year * location[:, None] * terms.intensity_factor,
    )


def _made(found: Covered, hours: Hours, terms: Terms) -> Floats:
    """What the energy that was made carries of the making of its plants [kgCO2e], by size and draw."""
    per_kw = (hours.pv_kwh_per_kw.sum(), hours.wind_kwh_per_kw.sum())
    each = np.array([kwh * part.made_kgco2e for kwh, part in zip(per_kw, terms.parts[:2], strict=True)])
    made: Floats = found.sizes[:, :2] @ each
    return made


def searched(hours: Hours, most: Sequence[float], battery: Battery, terms: Terms) -> tuple[Covered, Figures]:
    """Return the sizes that no other beats in coverage, cost and carbon: a coarse grid, then finer around its front.

    Args:
        hours: the period.
        most: kW of PV, kW of wind, kWh of battery that can be built.
        battery: how it works.
        terms: prices and emissions.

    The first row is what is without any of it.
    """
    sizes = coarse(most)
    for halved in range(REFINED + 1):
        found = covered(hours, sizes, battery)
        said = figures(found, hours, terms)
        best = _front(found, said)
        if halved < REFINED:
            sizes = np.concatenate([sizes[best], around(sizes[best], most, halved=halved + 1)])
    rows = sizes[best][np.argsort(found.hourly_share[best], kind="stable")]
    rows = np.concatenate([np.zeros((1, 3)), rows[rows.any(axis=1)]])
    found = covered(hours, rows, battery)
    return found, figures(found, hours, terms)


def _front(found: Covered, said: Figures) -> NDArray[np.int64]:
    return front(np.column_stack([-found.hourly_share, *(np.median(one, axis=1) for one in _two(said))]).round(9))


def _two(said: Figures) -> tuple[Floats, Floats]:
    return said.cost, said.carbon_kgco2e
