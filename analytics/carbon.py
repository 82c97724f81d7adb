"""Location-based emissions of bought electricity (GHG Protocol scope 2): energy times the factor of the grid.

A year's energy takes the year's factor; where the grid's intensity is known hour by hour, every cell takes its own.
Factors are direct and average: a life-cycle factor is an intensity and never fills scope 2 (design 4.8).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from analytics.energy import MISSING_LIMIT, Account, Known, absent_s, nothing
from analytics.frame import coded, plain
from analytics.kpi import FactorUse, Kpi, scaled, used
from analytics.legs import legs
from analytics.sheets import FULL
from collectors.ledger_row import INTERVAL_S
from config.errors import FactorMissing
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era
    from analytics.legs import Leg, Pick
    from config.factors.lookup import Factor

NAME = "emissions_location_kgco2e"
UNIT = "kgCO2e"
INTENSITY, INTENSITY_UNIT = "grid_intensity", "gCO2e/kWh"
G_PER_KG = 1000
UNSURE_TOLD = 1e-4  # share of the energy: less is told of no figure


def emissions_location_kgco2e(*, energy: Kpi, factor: Factor, note: str = "") -> Kpi:
    """Return the emissions [kgCO2e] of bought energy [kWh] by one factor [gCO2e/kWh] of its year.

    The figure has the shares, and in the same proportion the interval, of the energy; without energy it has none.
    `note` says what the year policy did. Energy of several years: one figure a year, then `energy.summed`.

    100 MWh at 363 gCO2e/kWh are 36,300 kgCO2e.

    Raises:
        FactorMissing: the factor is not a direct average one of the grid.
    """
    if factor.scope != "direct" or factor.basis != "average":
        msg = f"factor {factor.id} is {factor.basis}, {factor.scope}: location-based scope 2 needs average, direct"
        raise FactorMissing(msg)
    return scaled(
        energy,
        factor.value / G_PER_KG,
        name=NAME,
        unit=UNIT,
        method=f"bought electricity ({energy.method}) x grid factor of {factor.zone} {factor.year}",
        factors=(used(factor, note),),
    )


def emissions_location_hourly_kgco2e(  # noqa: PLR0913 - a figure has a name, a place, a period and its rules
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    pick: Pick,
    intensity: pa.Table,
    zone: str,
    site: str,
    basis: str = "average, direct",
    yearly_gco2e_per_kwh: float | None = None,
    limit: float = MISSING_LIMIT,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the emissions [kgCO2e] of bought energy, every cell by the grid's intensity of its time.

    `intensity` are the ledger rows of metric grid_intensity of one point over the same period. The share of a cell
    that its row leaves uncovered, all of it where there is no row, is unknown. Unknown shares count as missing time,
    and above `limit` of the energy there is no figure. Within it they are valued at the highest of the period, or at
    `yearly_gco2e_per_kwh` where that is higher: no deleted reading lowers a year's factor. `low` takes the lowest of
    the period for them. The highest has energy that is estimated beyond its lower bound, too: a register that was not
    read for a while counted it, but nobody knows in which cell. The time of an intensity that is estimated (bridged) is
    told as estimated, its bounds too are the lowest and highest. The other arguments are those of `energy.energy_kwh`;
    `basis` is what the intensity is.

    Raises:
        FactorMissing: no cell has an intensity, or it is a life-cycle one.
    """
    known = _Intensity.of(intensity, zone=zone, basis=basis, length_s=length_s)
    highest = max(known.highest, yearly_gco2e_per_kwh or 0.0)
    account, emitted = Account(), _Emitted(lowest=known.lowest, highest=highest)
    for leg in legs(tables, eras, pick=pick, less=nothing, length_s=length_s):
        grams, seen = known.at(leg.sheet.starts)
        account.enter(leg, seen)
        emitted.enter(leg, grams, seen)
    energy = account.figure(
        name=NAME,
        site=site,
        start=eras[0].start,
        end=eras[-1].end,
        what="utility points",
        limit=limit,
        absent_s=absent_s(eras, pick),
    )
    unknown = emitted.unknown_kwh / emitted.kwh if emitted.kwh else 0.0
    reason = energy.reason
    if reason is None and unknown > limit:
        reason = (
            f"{percent(unknown, 1)} of the energy has no {INTENSITY} of {known.point} (limit {limit:.0%}): import it"
        )
    given = reason is None
    method = f"bought electricity ({energy.method}) x {INTENSITY} of {known.point} cell by cell"
    if unknown:
        worst = "the period's highest" if highest == known.highest else "the year's factor"
        method += f"; {percent(unknown, 2)} of the energy at {worst}, {highest:g} {INTENSITY_UNIT}"
        method += f", at least at the period's lowest, {known.lowest:g}"
    if emitted.unsure_kwh > UNSURE_TOLD * emitted.kwh:
        method += (
            f"; {emitted.unsure_kwh:.6g} kWh are estimated and of no certain time: at {highest:g} {INTENSITY_UNIT}"
        )
    error = account.error()
    quiet_kg = 0.0 if emitted.kwh else account.steps_kwh() * highest / G_PER_KG  # registers may have been on the way
    return replace(
        energy,
        unit=UNIT,
        value_reported=emitted.reported_kg if given else None,
        value_measured=emitted.kg if account.units else None,
        low=emitted.low_kg * max(1 - error, 0.0) if given else None,
        high=max(emitted.high_kg * (1 + error) + emitted.high_fill_kg + quiet_kg, emitted.reported_kg)
        if given
        else None,
        method=method,
        reason=reason,
        factors=(known.used(eras[0].start, emitted),),
        config_hash=config_hash,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intensity:
    """Intensity [gCO2e/kWh] by number of cell since 1970, and the shares of the cell measured and covered by it."""

    point: str
    zone: str
    basis: str
    length_s: int
    cells: NDArray[np.int64]
    values: NDArray[np.float64]
    measured: NDArray[np.float64]
    covered: NDArray[np.float64]

    @classmethod
    def of(cls, rows: pa.Table, *, zone: str, basis: str, length_s: int) -> _Intensity:
        if "life" in basis or "marginal" in basis:
            msg = f"the {INTENSITY} of {zone} is {basis}: location-based scope 2 needs a direct one that is average"
            raise FactorMissing(msg)
        metrics, names = coded(rows["metric"])
        values = plain(rows["value"])
        ours = (metrics == (names.index(INTENSITY) if INTENSITY in names else -1)) & np.isfinite(values)
        if not ours.any():
            msg = f"no {INTENSITY} of {zone} is known in this period: import readings of it, or use a yearly factor"
            raise FactorMissing(msg)
        cells = plain(rows["start"])[ours] // length_s
        order = np.argsort(cells, kind="stable")
        points, point_names = coded(rows["point"])
        return cls(
            point=point_names[points[ours][0]],
            zone=zone,
            basis=basis,
            length_s=length_s,
            cells=cells[order],
            values=values[ours][order],
            measured=plain(rows["measured"])[ours][order],
            covered=1 - plain(rows["missing"])[ours][order],
        )

    @property
    def highest(self) -> float:
        return float(self.values.max())

    @property
    def lowest(self) -> float:
        return float(self.values.min())

    def at(self, starts: NDArray[np.int64]) -> tuple[NDArray[np.float64], Known]:
        """Return the intensity of each cell, 0 where there is none, and how much of the cell's time it speaks of."""
        wanted = starts // self.length_s
        near = np.minimum(np.searchsorted(self.cells, wanted), self.cells.size - 1)
        found = self.cells[near] == wanted
        covered = np.where(self.covered[near] < FULL, self.covered[near], 1.0)
        return self.values[near] * found, Known(self.measured[near] * found, covered * found)

    def used(self, start: int, emitted: _Emitted) -> FactorUse:
        mean = emitted.reported_kg / emitted.kwh * G_PER_KG if emitted.kwh else float(self.values.mean())
        return FactorUse(
            id=f"{self.point}:{INTENSITY}",
            value=mean,
            unit=INTENSITY_UNIT,
            year=datetime.fromtimestamp(start, UTC).year,
            zone=self.zone,
            basis=f"{self.basis}, hourly",
            source=f"readings of {self.point}",
            note="mean weighted by the energy of each cell",
        )


@dataclass(slots=True)
class _Emitted:
    """Sums over cells: energy, energy without an intensity, and emissions with their bounds."""

    lowest: float
    highest: float
    kwh: float = 0.0
    unknown_kwh: float = 0.0
    kg: float = 0.0
    unsure_kwh: float = 0.0
    unsure_kg: float = 0.0  # beyond what it would be if it was taken evenly
    fill_kg: float = 0.0
    low_kg: float = 0.0
    high_kg: float = 0.0
    high_fill_kg: float = 0.0

    @property
    def reported_kg(self) -> float:
        """Emissions with what was put in for missing time, what is of no certain cell at the highest intensity."""
        return self.kg + self.unsure_kg + self.fill_kg

    def enter(self, leg: Leg, grams: NDArray[np.float64], seen: Known) -> None:
        """Add a leg: what of a cell is not covered is valued at the highest, what is not measured is bounded so."""
        covered, measured = seen.covered, np.minimum(seen.measured, seen.covered)
        kg = (grams * covered + self.highest * (1 - covered)) / G_PER_KG
        least = (grams * measured + self.lowest * (1 - measured)) / G_PER_KG
        most = (grams * measured + self.highest * (1 - measured)) / G_PER_KG
        energy, fill = leg.sheet.energy.sum(axis=0), np.nansum(leg.fill, axis=0)
        self.kwh += float((energy + fill).sum())
        self.unknown_kwh += float((energy + fill) @ (1 - covered))
        self.kg += float(energy @ kg)
        unsure = energy - leg.sheet.sure.sum(axis=0)
        self.unsure_kwh += float(unsure.sum())
        self.unsure_kg += float(unsure @ (self.highest / G_PER_KG - kg))
        self.fill_kg += float(fill @ kg)
        self.low_kg += float(leg.sheet.low.sum(axis=0) @ np.minimum(least, kg))
        self.high_kg += float(leg.sheet.high.sum(axis=0) @ np.maximum(most, kg))
        self.high_fill_kg += float(fill @ np.maximum(most, kg))
