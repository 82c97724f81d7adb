"""The PUE of a period from ledger rows (ISO/IEC 30134-2, design 4.7): energies of the same cells, never mean ratios.

Only cells count in which the facility is covered and IT is covered to at least 95 % by last known share; a missing
IT point is replaced by its parent minus its siblings where these are covered, unless that parent measures the whole
facility. IT energy that stays missing makes a PUE larger, never smaller. Time that does not count is in the interval:
what the meters saw of it, and at most their ceilings.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analytics.efficiency import pue
from analytics.energy import limit_of
from analytics.kpi import Kpi
from analytics.legs import LastKnown, blocks, fill_kwh, leaves, resolved
from analytics.sheets import FULL, Sheet, stretches
from analytics.siblings import filled, fills
from analytics.uncertainty import half_width_ratio_95
from collectors.ledger_row import INTERVAL_S
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Balance, Era, Tree, Unit
    from analytics.sheets import Laid

IT_COVERED = 0.95  # of IT power by last known share, for a cell to count
TIME_USED = 0.95  # of the period, for a figure
YEAR_S = 365 * 86_400


def pue_points(tree: Tree, category: int) -> tuple[str, ...]:
    """Return every point whose ledger rows bear on the PUE of this category: IT, facility, parents and siblings."""
    it = leaves(tree.units(tree.it(category)))
    others = leaves(tree.units([*tree.facility, *tree.within_it(category)]))
    beside = [point for balance in _balances(tree, it) for point in (*balance.parents, *balance.children)]
    return tuple(dict.fromkeys([*others, *it, *beside]))


def pue_of_period(
    tables: pa.Table | Iterable[pa.Table] | Laid,
    eras: Sequence[Era],
    *,
    category: int,
    site: str,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the PUE of the period that the eras tile.

    Args:
        tables: ledger rows (LEDGER_SCHEMA) of at least `pue_points` of each era's tree: one table, or several in order
            of time; absent rows are missing.
        eras: the trees of the period.
        category: 1 to 3, where IT is measured.
        site: site id.
        length_s: length of the ledger's cells.
        config_hash: fingerprint of the configuration that judged the rows.

    Returns:
        `value_measured` is the ratio over the cells that count; `value_reported` the same if these make up 95 % of the
        time, else None with the reason. `measured`, `estimated` and `missing` are shares of the period's time:
        of what counts that is measured which both the facility's and the IT's meters measured, each meter weighing the
        same, whatever it draws; the rest of it is estimated.
        `low` and `high` are from the rows' bounds, from all that the cells which do not count may have held (`high` is
        None where nothing bounds that), and beyond them by what the meters' errors do to the ratio in 95 % of cases.
        A value that is below 1 by more than that has no `value_reported`: the reason says that the data are wrong.
    """
    total, memory, meters = defaultdict[str, float](float), LastKnown(), Meters()
    for era, sheet in stretches(tables, eras, lambda tree: pue_points(tree, category), length_s=length_s):
        _add(total, cell_sums(era.tree, sheet, category, memory, meters), sheet.seconds)
        del sheet
    start, end = eras[0].start, eras[-1].end
    value = pue(facility_energy_kwh=total["facility"], it_energy_kwh=total["it"])
    half = meters.half_width_95() or 0.0
    share = total["seconds"] / (end - start)
    low, high = _bounds(total, half)
    wrong = value is not None and value < 1 and (high is None or high < 1)
    given = value is not None and share >= TIME_USED and not wrong
    measured = min(share, total["measured_s"] / (end - start))
    return Kpi(
        name="pue",
        unit="1",
        site=site,
        start=start,
        end=end,
        value_reported=value if given else None,
        value_measured=value,
        low=low if given else None,
        high=high if given else None,
        measured=measured,
        estimated=share - measured,
        missing=1 - share,
        method="; ".join([_method(eras, category, total, share), *_near_one(value, wrong=wrong), *meters.unstated()]),
        category=category,
        reason=_reason(eras[-1].tree, category, total, value, share, wrong=wrong),
        config_hash=config_hash,
    )


def _balances(tree: Tree, points: Iterable[str]) -> list[Balance]:
    """Return the balances of these points, but for those of the facility's own meters.

    What a facility's meter sees beyond the metered loads is cooling and losses as well as a silent child: taken for IT
    it would make a PUE better.
    """
    wanted, whole = set(points), set(tree.facility)
    return [one for one in tree.balances if not wanted.isdisjoint(one.children) and whole.isdisjoint(one.parents)]


def _bounds(total: Mapping[str, float], half: float) -> tuple[float | None, float | None]:
    """Return how low and how high the ratio of the whole period may be; None where there is no IT energy.

    Of the time that does not count the facility took at least what was seen, and what IT did; at most what was seen
    with the rest at its ceilings. IT took no more than the facility.
    """
    counted = {name: total[name] for name in ("facility_low", "facility_high", "it_low", "it_high")}
    if counted["it_low"] <= 0:
        return None, None
    most = total["out_facility_most"]
    it_most = min(total["out_it_most"], most)
    if np.isinf(it_most):
        low = 1.0
    else:
        least = max(total["out_facility_low"], it_most)
        low = (counted["facility_low"] + least) / (counted["it_high"] + it_most)
    high = (counted["facility_high"] + most) / (counted["it_low"] + total["out_it_low"])
    low = max(min(low, counted["facility_low"] / counted["it_high"]) - half, 0.0)  # no energy is below nothing
    return low, None if np.isinf(high) else high + half


def counting(cells: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Say which cells of `cell_sums` count (design 4.7)."""
    return (cells["facility_covered"] >= FULL) & (cells["it_covered"] >= IT_COVERED)


_OUT = ("facility_low", "facility_most", "it_low", "it_most")  # of what the cells that do not count may hold


def _add(total: dict[str, float], cells: Mapping[str, NDArray[np.float64]], seconds: NDArray[np.float64]) -> None:
    """Add the cells that count, and for the others the seconds that the facility or IT did not cover."""
    counts = counting(cells)
    for name, column in {**cells, "seconds": seconds}.items():
        total[name] += float(column[counts].sum())
    for name in _OUT:
        total[f"out_{name}"] += float(cells[name][~counts].sum())
    total["dark_s"] += float(seconds[cells["facility_covered"] < FULL].sum())
    total["blind_s"] += float(seconds[cells["it_covered"] < IT_COVERED].sum())


@dataclass(slots=True)
class Meters:
    """Energy of each meter above and below the line of a ratio [kWh], whose errors make the ratio uncertain."""

    above: dict[str, float] = field(default_factory=dict)
    below: dict[str, float] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)

    def enter(self, side: dict[str, float], units: Sequence[Unit], energy: NDArray[np.float64]) -> None:
        """Add energies of some units, one row a unit; what is taken off counts against its side."""
        for unit, kwh in zip(units, energy.sum(axis=1).tolist(), strict=True):
            side[unit.id] = side.get(unit.id, 0.0) + unit.sign * kwh
            self.units[unit.id] = unit

    def half_width_95(self) -> float | None:
        """Half-width of above over below in 95 % of cases; None where there is nothing to divide by."""
        return half_width_ratio_95(above=self.limited(self.above), below=self.limited(self.below))

    def limited(self, side: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """Return each meter of a side with the limit of its relative error, a step of its register included."""
        units = self.units
        return {
            id_: (kwh, limit_of(units[id_]) + (units[id_].step_kwh / abs(kwh) if kwh else 0.0))
            for id_, kwh in side.items()
        }

    def unstated(self) -> list[str]:
        """Say for how many meters no error is stated; empty where all are."""
        metered = [unit for unit in self.units.values() if unit.metered]
        silent = sum(unit.accuracy_pct is None for unit in metered)
        return [f"metering error not stated for {silent} of {len(metered)} points"] if silent else []


def cell_sums(
    tree: Tree, sheet: Sheet, category: int, memory: LastKnown, meters: Meters | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return for each cell the sums over points: facility and IT energy with bounds, and how well they are covered.

    `..._most` has missing time at the ceilings, infinite where a point has none. `meters` is told which meter saw how
    much.
    """
    sources, taken_off = tree.units(tree.facility), tree.units(tree.within_it(category), sign=-1)
    facility, off = resolved(sheet, sources), resolved(sheet, taken_off)
    meters = meters or Meters()
    meters.enter(meters.above, sources, facility.energy)
    meters.enter(meters.below, taken_off, off.energy)
    zero = np.zeros_like(sheet.seconds)
    sums = {"it": -off.energy.sum(axis=0), "it_low": -off.high.sum(axis=0), "it_high": -off.low.sum(axis=0)}
    sums |= {**_energies("facility", facility), "filled": zero}
    sums["facility_most"], sums["it_most"] = _most(facility, sources), sums["it_high"]
    lost, seen = zero, zero
    told, count = off.measured.sum(axis=0), len(taken_off)
    it_units = tree.units(tree.it(category))
    points = leaves(it_units)
    silent = fills(sheet, points, _balances(tree, points))
    for units in blocks(it_units):
        part = sheet.of(leaves(units))
        replaced = filled(part, silent)
        it = resolved(part, units)
        sums["it_most"] = sums["it_most"] + _most(it, units)
        lost = lost + _or_endless(memory.lost_kwh(it, units)).sum(axis=0)
        seen = seen + it.energy.sum(axis=0)
        for name, column in {**_energies("it", it), "filled": replaced}.items():
            sums[name] = sums[name] + column
        told, count = told + it.measured.sum(axis=0), count + len(units)
        meters.enter(meters.below, units, it.energy)
    sums["it_high"] = sums["it_high"] + lost
    known = np.divide(seen, seen + lost, out=np.ones_like(seen), where=seen + lost > 0)
    sums["it_covered"] = np.where((off.covered >= FULL).all(axis=0), known, 0.0)
    entered = facility.measured.sum(axis=0) / max(len(sources), 1)
    sums["measured_s"] = np.minimum(entered, told / max(count, 1)) * sheet.seconds
    sums["facility_covered"] = facility.covered.min(axis=0, initial=1.0 if tree.facility else 0.0)
    return sums


def _most(sheet: Sheet, units: Sequence[Unit]) -> NDArray[np.float64]:
    """Return the most that the units can have taken in each cell [kWh], infinite where nothing bounds one."""
    most: NDArray[np.float64] = sheet.high.sum(axis=0) + _or_endless(fill_kwh(sheet, units)).sum(axis=0)
    return most


def _or_endless(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put infinity where nobody knows a bound, in place."""
    energy[np.isnan(energy)] = np.inf
    return energy


def _energies(name: str, sheet: Sheet) -> dict[str, NDArray[np.float64]]:
    columns = ((name, sheet.energy), (f"{name}_low", sheet.low), (f"{name}_high", sheet.high))
    return {key: matrix.sum(axis=0) for key, matrix in columns}


def _near_one(value: float | None, *, wrong: bool) -> list[str]:
    return ["below 1 within the meters' errors"] if value is not None and value < 1 and not wrong else []


def _reason(
    tree: Tree, category: int, total: Mapping[str, float], value: float | None, share: float, *, wrong: bool
) -> str | None:
    """Say why there is no PUE; None where there is one."""
    if not tree.facility:
        return (
            "the site has no utility, pv or genset point: give its feed meters role utility in the site file, or, in a "
            "building of somebody else, add a point of role overhead with the provider_pue"
        )
    if not tree.it(category):
        return f"the site has no point that measures IT for category {category}: choose another category or add one"
    if share < TIME_USED:
        hours = ", ".join(f"{total[key] / 3600:.1f} h without {what}" for key, what in _DARK.items() if total[key])
        return f"only {percent(share, 1)} of the time counts ({TIME_USED:.0%} needed): {hours}"
    if value is None:
        return "there is no IT energy in this period"
    if wrong:
        return f"data-quality error: a PUE of {value:.3f} says that IT took more than the facility; check the meters"
    return None


_DARK = {"dark_s": "the facility", "blind_s": "95 % of IT"}


def _method(eras: Sequence[Era], category: int, total: Mapping[str, float], share: float) -> str:
    """Say what was divided, for an auditor."""
    tree, seconds = eras[-1].tree, eras[-1].end - eras[0].start
    words = [f"PUE{category}, IT at {tree.it_basis(category)}"]
    words += [f"interim: {seconds / 86_400:.3g} days"] if seconds < YEAR_S else []
    words += [f"facility covered and IT to {IT_COVERED:.0%} by last known share in {percent(share, 1)} of the time"]
    words += [f"{off} taken off IT" for off in [", ".join(tree.within_it(category))] if off]
    if total["filled"]:
        words.append(f"parent minus siblings for {percent(total['filled'] / total['it'], 2)} of IT energy")
    return "; ".join(words)
