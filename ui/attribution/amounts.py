"""What a site took and caused interval by interval: by this its figures are shared out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from analytics.attribution.finer import parts_of
from analytics.cells import Grid
from analytics.cost import hour_prices
from analytics.energy import nothing
from analytics.frame import plain
from analytics.legs import legs
from analytics.sheets import FULL
from analytics.water import METRICS, water_points
from analytics.water_taken import water_of_period
from collectors.ledger_row import INTERVAL_S
from ui.figures.bills import energy_cost
from ui.figures.emissions import INTENSITY, emissions_market, of_the_year
from ui.figures.relatives import COLUMNS, touching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from analytics.sheets import Sheet
    from ui.figures.site import Question

    Floats = NDArray[np.float64]

QUANTITY_OF: Mapping[str, str] = {  # figure of the site -> by which quantity it is shared
    "facility_energy_kwh": "facility",
    "emissions_location_kgco2e": "location",
    "emissions_market_kgco2e": "market",
    "water_l": "water",
    "energy_cost": "cost",
}


@dataclass(frozen=True)
class SiteAmounts:
    """Figures of one site over one period, and their course over its intervals."""

    question: Question

    @cached_property
    def grid(self) -> Grid:
        """The intervals of the period."""
        return Grid(self.question.start, self.question.end, INTERVAL_S)

    @cached_property
    def figures(self) -> Mapping[str, Kpi]:
        """The site's figures that are shared out."""
        return {
            "facility_energy_kwh": self.question.facility,
            "emissions_location_kgco2e": self.question.emissions,
            "emissions_market_kgco2e": emissions_market(self.question),
            "water_l": self._water[0],
            "energy_cost": energy_cost(self.question),
        }

    @cached_property
    def cells(self) -> Mapping[str, Floats]:
        """Amount of each quantity in each interval."""
        return {name: rows[0] for name, rows in self.courses.items()}

    @cached_property
    def courses(self) -> Mapping[str, Floats]:
        """Rows of each quantity by interval, as it counts, low, high and measured; where not known, as the energy."""
        bought = self._energy(lambda tree: tree.purchased)
        return {
            "facility": self._energy(lambda tree: tree.facility),
            "location": self._by_year(bought * self._intensity, lambda part: part.emissions),
            "market": self._by_year(bought, emissions_market),
            "water": np.tile(self._laid(self._water[1], self._water[2]), (4, 1)),
            "cost": bought * self._prices,
        }

    def of_cells(self, sheet: Sheet, weight: Floats | None) -> dict[str, dict[str, Floats]]:
        """Amounts, spans and rates of the cells of a sheet; of an interval cut finer by the weight of each in it."""
        at = self.grid.cell(sheet.starts)
        part = 1.0 if weight is None else parts_of(at, weight, sheet.seconds)
        return {
            "cells": {name: amounts[at] * part for name, amounts in self.cells.items()},
            "spans": {name: rows[1:, at] * part for name, rows in self.courses.items()},
            "rates": {name: rows[:, at] for name, rows in self.rates.items()},
        }

    @cached_property
    def _water(self) -> tuple[Kpi, NDArray[np.int64], Floats]:
        question = self.question
        points = sorted({point for era in question.eras for point in water_points(era.tree)})
        tables = question.ledger_rows(points, METRICS, COLUMNS) if points else iter(())
        return water_of_period(tables, question.eras, site=question.site.id, config_hash=question.service.config_hash)

    def _energy(self, pick: Callable[[Tree], tuple[str, ...]]) -> Floats:
        """Energy of the units of a pick by interval: missing time at the ceilings, low, high, and as it was read."""
        found = np.zeros((4, self.grid.count))
        for leg in legs(self.question.entered_tables, self.question.eras, pick=pick, less=nothing, length_s=INTERVAL_S):
            at = self.grid.cell(leg.sheet.starts)
            energy, low, high = leg.sheet.energy, leg.sheet.low, leg.sheet.high
            fill = np.nan_to_num(leg.fill)
            found[:, at] += np.stack([one.sum(axis=0) for one in (energy + fill, low, high + fill, energy)])
        return found

    def _laid(self, starts: NDArray[np.int64], amounts: Floats) -> Floats:
        found = np.zeros(self.grid.count)
        np.add.at(found, self.grid.cell(starts), amounts)
        return found

    @cached_property
    def rates(self) -> Mapping[str, Floats]:
        """Shares of each interval in which the grid's intensity was measured, and not known, where it is named."""
        _, measured, covered = self._grams
        return {} if self.question.site.hourly_intensity is None else {"location": np.stack([measured, 1 - covered])}

    @cached_property
    def _grams(self) -> tuple[Floats, Floats, Floats]:
        """The grid's intensity of each interval, nan unknown, and the shares of it measured and covered."""
        named, question = self.question.site.hourly_intensity, self.question
        found, measured, covered = np.full(self.grid.count, np.nan), *np.zeros((2, self.grid.count))
        if named is not None:
            rows = question.service.ledger(
                start=question.start, end=question.end, points=[named.point], metrics=[INTENSITY]
            )
            at, known = self.grid.cell(plain(rows["start"])), np.isfinite(plain(rows["value"]))
            found[at], measured[at] = plain(rows["value"]), np.where(known, plain(rows["measured"]), 0.0)
            covered[at] = np.where(known, 1 - plain(rows["missing"]), 0.0)
        return found, measured, np.where(covered < FULL, covered, 1.0)

    @cached_property
    def _intensity(self) -> Floats:
        """The grid's intensity of each interval: as it counts, at least, at most, and again as it counts.

        The highest, or the year's factor where that is higher, for the time that it was not read; at least and at most
        the lowest and the highest for all that was not measured (as `carbon`); 1 throughout by a yearly factor.
        """
        grams, measured, covered = self._grams
        known = grams[np.isfinite(grams)]
        if not known.size:
            return np.ones((4, self.grid.count))
        yearly = max(of_the_year(part, year) or 0.0 for part, year in self.question.years)
        lowest, highest = known.min(), max(known.max(), yearly)
        read = np.nan_to_num(grams)
        value = read * covered + highest * (1 - covered)
        least, most = (read * measured + one * (1 - measured) for one in (lowest, highest))
        return np.stack([value, np.minimum(least, value), np.maximum(most, value), value])

    def _by_year(self, shape: Floats, figure: Callable[[Question], Kpi]) -> Floats:
        """A course whose sum over each calendar year is the year's figure: factors of years differ."""
        found = shape.copy()
        for part, _ in self.question.years if len(self.question.years) > 1 else ():
            ours = slice(*(self.grid.cell(np.array([part.start, part.end - 1])) + np.array([0, 1])).tolist())
            year = figure(part)
            for row, value in enumerate((year.value_reported, year.low, year.high, year.value_measured)):
                total = float(shape[row, ours].sum())
                found[row, ours] *= value / total if value is not None and total > 0 else 1.0
        return found

    @cached_property
    def _prices(self) -> Floats:
        """The tariff's price of each interval; 1 throughout where there is none."""
        tariffs = touching(self.question)
        found = hour_prices(self.grid.edges[:-1], tariffs, ZoneInfo(self.question.site.time_zone))
        known = found[np.isfinite(found)]
        return np.where(np.isfinite(found), found, known.max() if known.size else 1.0)
