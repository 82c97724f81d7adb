"""WUE of a period from ledger rows (ISO/IEC 30134-9): water and IT energy of the same cells, never a mean of ratios.

Only cells count in which all water meters are covered, and IT to at least 95 % by last known share, as for PUE. Water
rows are laid beside energy rows as points of their own, `<point> water`, with litres where energy has kWh.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from analytics.effectiveness import IT_COVERED, TIME_USED, YEAR_S, Meters, cell_sums, pue_points
from analytics.frame import coded, plain
from analytics.kpi import FactorUse, Kpi
from analytics.legs import LastKnown
from analytics.relatives import wue
from analytics.sheets import FULL, stretches
from analytics.uncertainty import half_width_ratio_95
from collectors.ledger_row import INTERVAL_S
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree
    from analytics.sheets import Sheet

METRICS: Final = ("water_counter", "water")  # in order of rank
SUFFIX: Final = " water"
LITRE_COLUMNS: Final = ("energy_kwh", "low_kwh", "high_kwh")
CELL_BITS: Final = 40  # of a UTC second, beside a point's code


def water_points(tree: Tree) -> tuple[str, ...]:
    """Return the topmost water meters: what enters the boundary."""
    return tree.topmost("water")


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is summed cell by cell: `total` of cells that count and (`out_`) of those that do not, `litres` by meter."""

    total: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    litres: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def enter(self, sheet: Sheet, cells: Mapping[str, NDArray[np.float64]], points: Sequence[str]) -> None:
        """Enter the cells of a sheet: `cells` says of each what PUE says of it, `points` are the water meters."""
        water = sheet.of([point + SUFFIX for point in points])
        for point, amount in zip(points, water.energy.sum(axis=1).tolist(), strict=False):
            self.litres[point] += amount
        wet = (water.covered >= FULL).all(axis=0) & bool(water.index)
        counts = wet & (cells["it_covered"] >= IT_COVERED)
        measured = np.minimum(water.measured.min(axis=0, initial=1.0), 1.0)
        self.total["water"] += float(water.energy[:, counts].sum())
        self._add(
            counts,
            it=cells["it"],
            low=cells["it_low"],
            high=cells["it_high"],
            seconds=sheet.seconds,
            measured_s=sheet.seconds * measured,
        )
        self._add(
            ~counts,
            out_water=water.energy.sum(axis=0),
            out_low=cells["it_low"],
            out_most=cells["it_most"],
            dry_s=np.where(wet, 0.0, sheet.seconds),
        )

    def _add(self, chosen: NDArray[np.bool_], **columns: NDArray[np.float64]) -> None:
        for name, column in columns.items():
            self.total[name] += float(column[chosen].sum())


def wue_of_period(
    tables: Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    category: int,
    site: str,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return WUE [L per kWh of IT] of the period that the eras tile.

    Args:
        tables: ledger rows of metrics energy, water_counter and water with column `value`, of at least the points of
            `pue_points` and `water_points` of each tree, in order of time.
        eras: the trees of the period.
        category: where IT is measured, 1 to 3 as for PUE.
        site: site id.
        length_s: length of the ledger's cells.
        config_hash: fingerprint of the configuration that judged the rows.

    Returns:
        `value_measured` over the cells that count; `value_reported` the same if these make up 95 % of the time. `low`
        and `high` hold what the cells that do not count may have held: water at least what was seen, IT at most its
        ceilings. Nothing bounds water that no meter saw, so `high` is None where some is.
    """
    sums, memory, meters = _Sums(), LastKnown(), Meters()

    def wanted(tree: Tree) -> tuple[str, ...]:
        return (*pue_points(tree, category), *(point + SUFFIX for point in water_points(tree)))

    metered = any(water_points(era.tree) for era in eras)  # else no cell counts, and no row bears on the figure
    rows = stretches(map(with_water, tables), eras, wanted, length_s=length_s) if metered else iter(())
    for era, sheet in rows:
        sums.enter(sheet, cell_sums(era.tree, sheet, category, memory, meters), water_points(era.tree))
        del sheet
    total = sums.total
    start, end = eras[0].start, eras[-1].end
    value = wue(water_l=total["water"], it_energy_kwh=total["it"])
    share, measured_share = (total[key] / (end - start) for key in ("seconds", "measured_s"))
    given = value is not None and share >= TIME_USED
    above = {point: (amount, limit_of(eras[-1].tree, point)) for point, amount in sums.litres.items()}
    half = half_width_ratio_95(above=above, below=meters.limited(meters.below)) or 0.0
    low, high = _bounds(total, half)
    return Kpi(
        name="wue",
        unit="L/kWh",
        site=site,
        start=start,
        end=end,
        value_reported=value if given else None,
        value_measured=value,
        low=low if given else None,
        high=high if given else None,
        measured=measured_share,
        estimated=share - measured_share,
        missing=1 - share,
        method=_method(eras, category, share),
        category=category,
        reason=_reason(eras, share, value),
        config_hash=config_hash,
    )


def provider_wue(eras: Sequence[Era], *, category: int, site: str, config_hash: str = "") -> Kpi | None:
    """Return the WUE [L per kWh of IT] that the provider of somebody else's building states; None where none does.

    All of it is estimated, and has no bounds: a provider's WUE is a yearly mean. Where it changes within the period
    there is no value, for nobody says how much water each part took.

    Args:
        eras: the trees of the period.
        category: where IT is measured, 1 to 3 as for PUE.
        site: site id.
        config_hash: fingerprint of the configuration that judged the rows.
    """
    stated = [[state for state in era.tree.overheads if state.provider_wue is not None] for era in eras]
    if any(water_points(era.tree) for era in eras) or not all(stated):
        return None
    said = sorted({(one.id, one.provider_wue, one.provider_wue_source or "") for states in stated for one in states})
    value = said[0][1] if len({each for _, each, _ in said}) == 1 else None
    reason = None if value is not None else "the provider's WUE differs within the period: ask for its parts"
    start, end = eras[0].start, eras[-1].end
    uses = [_stated(id_, each or 0.0, source, start=start) for id_, each, source in said]
    words = ", ".join(f"{use.value:g} of {use.zone}" for use in uses)
    return Kpi(
        name="wue",
        unit="L/kWh",
        site=site,
        start=start,
        end=end,
        value_reported=value,
        value_measured=None,
        low=None,
        high=None,
        measured=0.0,
        estimated=1.0,
        missing=0.0,
        method=f"water by the provider's WUE {words}",
        category=category,
        reason=reason,
        factors=tuple(uses),
        config_hash=config_hash,
    )


def _stated(point: str, wue_l_per_kwh: float, source: str, *, start: int) -> FactorUse:
    year = datetime.fromtimestamp(start, UTC).year
    return FactorUse(
        id=f"provider_wue:{point}",
        value=wue_l_per_kwh,
        unit="L/kWh",
        year=year,
        zone=point,
        basis="provider's WUE",
        source=source,
    )


def _bounds(total: Mapping[str, float], half: float) -> tuple[float | None, float | None]:
    """Return how low and how high the ratio of the whole period may be; None where nothing bounds it."""
    if total["low"] <= 0:
        return None, None
    counted = total["water"] / total["high"]
    whole = (total["water"] + total["out_water"]) / (total["high"] + total["out_most"])
    low = max(min(counted, whole) - half, 0.0)
    if total["dry_s"] > 0:
        return low, None
    most = (total["water"] + total["out_water"]) / (total["low"] + total["out_low"])
    return low, max(total["water"] / total["low"], most) + half


def limit_of(tree: Tree, point: str) -> float:
    """Return the limit of a water meter's relative error; 0 where nobody stated one."""
    state = tree.by_id.get(point)
    return 0.0 if state is None or state.accuracy_pct is None else state.accuracy_pct / 100


def with_water(table: pa.Table) -> pa.Table:
    """Return the rows with those of water as energy rows of `<point> water`: litres where energy has kWh.

    Of a cell of a meter with both its register counts, unless it saw nothing of what the amounts tell.
    """
    metrics, metric_names = coded(table["metric"])
    points, point_names = coded(table["point"])
    ranks = [metric_names.index(name) if name in metric_names else -1 for name in METRICS]
    register, amount = (np.isin(metrics, [rank]) & (metrics >= 0) for rank in ranks)
    if register.any() and amount.any():
        cell = points.astype(np.int64) << CELL_BITS | plain(table["start"])
        register &= (plain(table["missing"]) < 1) | ~np.isin(cell, cell[amount])
        amount &= ~np.isin(cell, cell[register])
    water = register | amount
    energy = metrics == (metric_names.index("energy") if "energy" in metric_names else -1)
    if not water.any():
        return table if energy.all() else table.filter(pa.array(energy))
    names = pa.array([*point_names, *(name + SUFFIX for name in point_names)], pa.string())
    codes = np.where(water, points + len(point_names), points).astype(np.int32)
    litres = np.nan_to_num(plain(table["value"]), nan=0.0)
    columns = {
        "point": pa.DictionaryArray.from_arrays(codes, names),
        "metric": pa.array(["energy"] * len(table)).dictionary_encode(),
        **{name: np.where(water, litres, plain(table[name])) for name in LITRE_COLUMNS},
    }
    for name, column in columns.items():
        array = column if isinstance(column, pa.Array) else pa.array(column)
        table = table.set_column(table.schema.get_field_index(name), name, array)
    keep = water | energy
    return table if keep.all() else table.filter(pa.array(keep))


def _method(eras: Sequence[Era], category: int, share: float) -> str:
    tree, seconds = eras[-1].tree, eras[-1].end - eras[0].start
    metered = ", ".join(water_points(tree)) or "no point"
    words = [f"water of {metered} / IT at {tree.it_basis(category)}"]
    words += [f"interim: {seconds / 86_400:.3g} days"] if seconds < YEAR_S else []
    words += [f"cells with water covered and IT to {IT_COVERED:.0%}: {percent(share, 1)} of the time"]
    return "; ".join([*words, "category 2 where every intake is metered, else category 1"])


def _reason(eras: Sequence[Era], share: float, value: float | None) -> str | None:
    if not any(water_points(era.tree) for era in eras):
        return "the site has no water point: give its water meters role water in the site file"
    if share < TIME_USED:
        return f"only {percent(share, 1)} of the time counts ({TIME_USED:.0%} needed): water or IT is not covered"
    return None if value is not None else "there is no IT energy in this period"
