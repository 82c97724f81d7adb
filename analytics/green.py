"""Green shares of bought electricity as figures: matched over the period, and matched hour by hour, side by side.

Over the period certificates count, whenever in it they were made. Hour by hour only supply counts that a meter saw in
that hour, and of it no more than the certificates that were retired for it. Time in which the load was not fully seen
is never green, in either figure; it is counted in the denominator at what was put in for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.energy import MISSING_LIMIT, Account, nothing
from analytics.frame import plain
from analytics.intensity import mean_by_span
from analytics.legs import legs
from analytics.market import market_based
from analytics.matching import carbon_free, hourly_match
from analytics.sheets import FULL
from collectors.arrays import arrow_of
from collectors.ledger_row import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era
    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from analytics.legs import Pick

ANNUAL, HOURLY, CFE = "matched_share_annual", "matched_share_hourly", "cfe"
GRID_SHARE: Final = "grid_carbon_free"
HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a contract's meter saw: ledger rows of its energy, the site's share of it, and what may be claimed [kWh]."""

    contract: str
    rows: pa.Table
    share: float
    claimable_kwh: float


def matched_share_annual(*, energy: Kpi, claims: Sequence[Claim]) -> Kpi:
    """Return the share of bought energy that carbon-free claims cover over the period: min(1, sum C / sum L)."""
    usable = [claim for claim in claims if claim.kind != "on_site" and claim.carbon_free]

    def share(energy_kwh: float | None) -> float | None:
        if energy_kwh is None:
            return None
        seen = min(energy_kwh, energy.value_measured or 0.0)
        return market_based(
            seen_kwh=seen, unseen_kwh=energy_kwh - seen, claims=usable, rest_gco2e_per_kwh=0.0
        ).annual_share

    return replace(
        energy,
        name=ANNUAL,
        unit="1",
        value_reported=share(energy.value_reported),
        value_measured=share(energy.value_measured),
        low=share(energy.high),
        high=share(energy.low),
        method=f"certificates and tariffs of the period over bought electricity ({energy.method})",
    )


def matched_share_hourly(
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    pick: Pick,
    supplies: Sequence[Supply],
    site: str,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the share of bought energy that contracts covered in the same hour: sum(min(C_h, L_h)) / sum(L_h).

    `high` is the share if the hours that were not fully seen had been green. The other arguments are those of
    `energy.energy_kwh`.
    """
    energy, hours = _load(tables, eras, pick=pick, name=HOURLY, site=site, length_s=length_s)
    found = hourly_match(load_kwh=hours.load, contracted_kwh=hours.contracted(supplies), missing=hours.dark)
    share, load = found.hourly_share, found.load_kwh
    given = share is not None and energy.reason is None
    return replace(
        energy,
        unit="1",
        value_reported=share if given else None,
        value_measured=share,
        low=share if given else None,
        high=share + found.missing_load_kwh / load if given and share is not None else None,
        method=f"hour by hour: {', '.join(one.contract for one in supplies) or 'no metered contract'}; "
        f"surplus of {found.surplus_kwh:.6g} kWh not carried; {found.missing_hours} of {found.hours} hours not fully "
        "seen and never green",
        reason=energy.reason if energy.reason or share is not None else "no electricity was bought in this period",
        config_hash=config_hash,
    )


def cfe_of_period(
    tables: pa.Table | Iterable[pa.Table],
    eras: Sequence[Era],
    *,
    pick: Pick,
    supplies: Sequence[Supply],
    grid: pa.Table,
    site: str,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the 24/7 carbon-free share: contracts of the same hour, and of the rest the grid's own carbon-free share.

    `grid` are ledger rows of metric grid_carbon_free of one point. An hour that these do not cover with measured time
    throughout has no known grid share: it counts as none and is told, and in `high` as all. So does an hour whose load
    was not fully seen. The other arguments are those of `energy.energy_kwh`. After Google's method (standards 3.3).
    """
    energy, hours = _load(tables, eras, pick=pick, name=CFE, site=site, length_s=length_s)
    contracted, share = hours.contracted(supplies), hours.grid_share(grid)
    unknown = np.isnan(share) & ~hours.dark
    found = carbon_free(load_kwh=hours.load, contracted_kwh=contracted, grid_cfe=share, missing=hours.dark)
    given = found.share is not None and energy.reason is None
    unseen = np.where(hours.dark, hours.load, np.where(unknown, np.maximum(hours.load - contracted, 0.0), 0.0))
    return replace(
        energy,
        unit="1",
        value_reported=found.share if given else None,
        value_measured=found.share,
        low=found.share if given else None,
        high=found.share + float(unseen.sum()) / float(hours.load.sum()) if given and found.share is not None else None,
        method=f"hour by hour: contracts {found.contracted_share or 0:.4g}, grid {found.grid_share or 0:.4g}; "
        f"{int(unknown.sum())} of {hours.load.size} hours without a measured grid share count as none; "
        f"{int(hours.dark.sum())} of {hours.load.size} hours not fully seen and never green",
        reason=energy.reason if energy.reason or given else "no electricity was bought in this period",
        config_hash=config_hash,
    )


def _load(
    tables: pa.Table | Iterable[pa.Table], eras: Sequence[Era], *, pick: Pick, name: str, site: str, length_s: int
) -> tuple[Kpi, _Hours]:
    """Return the energy of a period as a figure, and its hours with what was put in for missing time."""
    account, hours = Account(), _Hours.over(eras[0].start, eras[-1].end)
    for leg in legs(tables, eras, pick=pick, less=nothing, length_s=length_s):
        account.enter(leg)
        cells = (leg.sheet.energy + np.nan_to_num(leg.fill)).sum(axis=0)
        hours.enter(leg.sheet.starts, cells, dark=leg.sheet.covered.min(axis=0) < FULL)
    start, end = eras[0].start, eras[-1].end
    figure = account.figure(name=name, site=site, start=start, end=end, what="utility points", limit=MISSING_LIMIT)
    return figure, hours


@dataclass(slots=True)
class _Hours:
    """Load of each hour of a period [kWh], and which of them were not fully seen."""

    first: int
    load: NDArray[np.float64]
    dark: NDArray[np.bool_]

    @classmethod
    def over(cls, start: int, end: int) -> _Hours:
        first = start // HOUR_S
        count = -(-end // HOUR_S) - first
        return cls(first, np.zeros(count), np.zeros(count, dtype=np.bool_))

    def enter(self, starts: NDArray[np.int64], energy_kwh: NDArray[np.float64], *, dark: NDArray[np.bool_]) -> None:
        hour = starts // HOUR_S - self.first
        np.add.at(self.load, hour, energy_kwh)
        self.dark[hour[dark]] = True

    def contracted(self, supplies: Sequence[Supply]) -> NDArray[np.float64]:
        """Return the supply of each hour: the site's share, and over the period no more than may be claimed."""
        total = np.zeros(self.load.size)
        for supply in supplies:
            hour = plain(supply.rows["start"]) // HOUR_S - self.first
            ours = (hour >= 0) & (hour < self.load.size)
            made = np.zeros(self.load.size)
            np.add.at(made, hour[ours], np.nan_to_num(plain(supply.rows["energy_kwh"]))[ours] * supply.share)
            whole = made.sum()
            total += made * min(1.0, supply.claimable_kwh / whole) if whole > 0 else 0.0
        return total

    def grid_share(self, rows: pa.Table) -> NDArray[np.float64]:
        """Return the grid's carbon-free share of each hour; nan where not all of it was measured."""
        edges = [(self.first + hour) * HOUR_S for hour in range(self.load.size + 1)]
        measured = rows.filter(arrow_of(plain(rows["measured"]) >= FULL))
        return mean_by_span(measured, edges=edges, metric=GRID_SHARE, least=FULL)
