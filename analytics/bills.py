"""Energy cost as a figure: bought energy of every cell at the tariff of its time (design 4.11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.cost import energy_cost
from analytics.energy import MISSING_LIMIT, Account, absent_s, nothing
from analytics.legs import legs
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era
    from analytics.cost import Cost
    from analytics.kpi import Kpi
    from analytics.legs import Leg, Pick
    from config.electricity.tariffs import Tariff

NAME: Final = "energy_cost"


def energy_cost_of_period(
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    pick: Pick,
    tariffs: Sequence[Tariff],
    zone: tzinfo,
    site: str,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return what the energy of the points that `pick` names costs, in the tariffs' currency.

    The arguments are those of `energy.energy_kwh` and `cost.energy_cost`. `value_measured` is the bill of what was seen
    alone, `low` and `high` are this bill and the whole one in proportion to the energy's bounds, fixed sums apart.
    Without a tariff, a rate or a figure of energy there is none.
    """
    account, cells = Account(), _Cells()
    for leg in legs(tables, eras, pick=pick, less=nothing, length_s=length_s):
        account.enter(leg)
        cells.enter(leg)
    start, end = eras[0].start, eras[-1].end
    energy = account.figure(
        name=NAME,
        site=site,
        start=start,
        end=end,
        what="utility points",
        limit=MISSING_LIMIT,
        absent_s=absent_s(eras, pick),
    )
    fill_kwh = _joined(cells.fill)
    seen, bill = (
        energy_cost(
            starts=np.concatenate([np.empty(0, dtype=np.int64), *cells.starts]),
            seconds=_joined(cells.seconds),
            energy_kwh=_joined(cells.energy),
            fill_kwh=fill,
            tariffs=tariffs,
            zone=zone,
            end=end,
        )
        for fill in (np.zeros(fill_kwh.shape), fill_kwh)
    )
    return replace(_figure(energy, seen, bill), config_hash=config_hash)


@dataclass(slots=True)
class _Cells:
    """Energy and fill of all units together, cell by cell, in parts that follow one another."""

    starts: list[NDArray[np.int64]] = field(default_factory=list)
    seconds: list[NDArray[np.float64]] = field(default_factory=list)
    energy: list[NDArray[np.float64]] = field(default_factory=list)
    fill: list[NDArray[np.float64]] = field(default_factory=list)

    def enter(self, leg: Leg) -> None:
        """Add a leg: to the last part where it is of the same cells."""
        energy, fill = leg.sheet.energy.sum(axis=0), leg.fill.sum(axis=0)
        if self.starts and self.starts[-1][0] == leg.sheet.starts[0]:
            self.energy[-1], self.fill[-1] = self.energy[-1] + energy, self.fill[-1] + fill
            return
        self.starts.append(leg.sheet.starts)
        self.seconds.append(leg.sheet.seconds)
        self.energy.append(energy)
        self.fill.append(fill)


def _joined(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.empty(0), *parts])


def _figure(energy: Kpi, seen: Cost, bill: Cost) -> Kpi:
    """Turn the energy's figure into one of money: `seen` is the bill without what was put in for missing time."""
    reason = energy.reason or bill.reason
    total, reported = bill.total, energy.value_reported
    if reason is not None or total is None or reported is None or seen.total is None:
        return replace(
            energy,
            unit=bill.currency,
            value_reported=None,
            value_measured=None,
            low=None,
            high=None,
            reason=reason,
        )
    fixed = bill.fixed or 0.0

    def scaled(cost: float, kwh: float | None, of_kwh: float | None) -> float:
        """A cost in proportion to energy; what may be beside none is at the dearest rate."""
        if not of_kwh:
            return cost + (kwh or 0.0) * bill.dearest_per_kwh
        return (cost - fixed) * (kwh or 0.0) / of_kwh + fixed

    rates = ", ".join(f"{name} {amount:.2f}" for name, amount in sorted(bill.by_rate.items()))
    return replace(
        energy,
        unit=bill.currency,
        value_reported=total,
        value_measured=seen.total,
        low=scaled(seen.total, energy.low, energy.value_measured),
        high=scaled(total, energy.high, reported),
        method=f"bought electricity ({energy.method}) x tariff: {rates}; demand {bill.demand:.2f}; fixed {fixed:.2f}",
    )
