"""What entered a facility over a period, walked once: its energy by any choice of points, and what was bought by hour.

A year of rows costs more to walk than to add up; facility energy, scope 2 and green shares speak of the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.energy import MISSING_LIMIT, Account, absent_s, nothing
from analytics.frame import plain
from analytics.intensity import mean_by_span
from analytics.legs import legs
from analytics.sheets import FULL
from collectors.arrays import arrow_of
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree
    from analytics.kpi import Kpi
    from analytics.legs import Leg, Pick

HOUR_S: Final = 3600


@dataclass(slots=True)
class Hours:
    """Load of each hour of a period [kWh], missing time filled at the ceilings, and which were not fully seen.

    `sure` is what of it was taken in that very hour: of estimated time the lower bound, of missing time none.
    Hours lie between `edges` [UTC s]: those of a zone that is half an hour off UTC are whole too, and the first and
    the last are what the period has of them.
    """

    edges: NDArray[np.int64]
    load: NDArray[np.float64]
    dark: NDArray[np.bool_]
    sure: NDArray[np.float64]

    @classmethod
    def between(cls, edges: Sequence[int]) -> Hours:
        """Return the hours between edges [UTC s], without any load."""
        count = len(edges) - 1
        return cls(np.asarray(edges, dtype=np.int64), np.zeros(count), np.zeros(count, dtype=np.bool_), np.zeros(count))

    def enter(self, leg: Leg, rows: NDArray[np.int64]) -> None:
        """Add these units of a leg."""
        hour = np.searchsorted(self.edges, leg.sheet.starts, side="right") - 1
        np.add.at(self.load, hour, (leg.sheet.energy[rows] + np.nan_to_num(leg.fill[rows])).sum(axis=0))
        np.add.at(self.sure, hour, leg.sheet.sure[rows].sum(axis=0))
        self.dark[hour[leg.sheet.covered[rows].min(axis=0) < FULL]] = True

    def energy_kwh(self, rows: pa.Table, column: str, guessed: str) -> NDArray[np.float64]:
        """Return the energy of ledger rows by hour [kWh], or a bound of it; rows beyond the period are left out.

        It stands in `column`, of rows of which some time is estimated in the column `guessed`.
        """
        estimated = 1 - plain(rows["measured"]) - plain(rows["missing"]) > 1 - FULL
        kwh = np.where(estimated, plain(rows[guessed]), plain(rows[column]))
        hour = np.searchsorted(self.edges, plain(rows["start"]), side="right") - 1
        ours = (hour >= 0) & (hour < self.load.size)
        found = np.zeros(self.load.size)
        np.add.at(found, hour[ours], np.nan_to_num(kwh)[ours])
        return found

    def mean(self, rows: pa.Table, metric: str) -> NDArray[np.float64]:
        """Return the mean of a metric's measured rows by hour; nan where not all of an hour was measured."""
        measured = rows.filter(arrow_of(plain(rows["measured"]) >= FULL))
        return mean_by_span(measured, edges=self.edges.tolist(), metric=metric, least=FULL)


@dataclass(frozen=True, slots=True)
class Entered:
    """Sums of the units that entered the facility in each era, and `hours` of what was bought."""

    eras: tuple[Era, ...]
    hours: Hours
    accounts: tuple[Account, ...] = field(repr=False)

    def energy(
        self,
        *,
        pick: Pick,
        name: str,
        site: str,
        what: str = "points",
        limit: float = MISSING_LIMIT,
        may_be_absent: bool = False,
        config_hash: str = "",
    ) -> Kpi:
        """Return what `energy.energy_kwh` does, for a `pick` of points that entered the facility or were bought."""
        total = Account()
        for era, account in zip(self.eras, self.accounts, strict=True):
            total.add(account, era.tree.units(pick(era.tree)))
        start, end = self.eras[0].start, self.eras[-1].end
        absent = 0 if may_be_absent else absent_s(self.eras, pick)
        figure = total.figure(name=name, site=site, start=start, end=end, what=what, limit=limit, absent_s=absent)
        return replace(figure, config_hash=config_hash)


def entered(
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    edges: Sequence[int] | None = None,
    length_s: int = INTERVAL_S,
) -> Entered:
    """Walk the ledger rows of what entered the facility or was bought.

    `edges` are those of the hours, from the period's start to its end [UTC s]; without them hours are counted from its
    start. The other arguments are those of `energy.energy_kwh`.
    """
    start, end = eras[0].start, eras[-1].end
    hours = Hours.between([*range(start, end, HOUR_S), end] if edges is None else edges)
    accounts = {era.start: Account() for era in eras}
    for leg in legs(tables, eras, pick=entering, less=nothing, length_s=length_s):
        accounts[leg.era.start].enter(leg)
        bought = set(leg.era.tree.purchased)
        rows = np.array([row for row, unit in enumerate(leg.units) if unit.id in bought], dtype=np.int64)
        if rows.size:
            hours.enter(leg, rows)
    return Entered(tuple(eras), hours, tuple(accounts.values()))


def entering(tree: Tree) -> tuple[str, ...]:
    """Return the points of which each entered the facility, or was bought, or both."""
    return tuple(dict.fromkeys((*tree.facility, *tree.purchased)))
