"""Green shares of bought electricity as figures: matched over the period, and matched hour by hour, side by side.

Over the period certificates count, whenever in it they were made. Hour by hour only supply counts that a meter saw in
that hour, and of it no more than the certificates that were retired for it. Time in which the load was not fully seen
is never green, in either figure; it is counted in the denominator at what was put in for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.frame import plain
from analytics.listing import names_words
from analytics.market import market_based
from analytics.matching import carbon_free, hourly_match, matched_kwh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.entered import Hours
    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from analytics.matching import CarbonFree

    Floats = NDArray[np.float64]

ANNUAL, HOURLY, CFE = "matched_share_annual", "matched_share_hourly", "cfe"
RENEWABLE: Final = "matched_share_renewable"
J_PER_KWH: Final = 3_600_000
GRID_SHARE: Final = "grid_carbon_free"
UNSURE_TOLD: Final = 1e-4  # share of the load: less is told of no figure
NOTHING_BOUGHT: Final = "no electricity was bought in this period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What a contract's meter saw over a part of a calendar year in which the contract held.

    `rows` are ledger rows of its energy, `share` is the site's of it, `claimable_kwh` what may be claimed of that part,
    `unseen_kwh` the most that the plant can have made while its meter was not read; None where nothing bounds it.
    """

    contract: str
    rows: pa.Table
    share: float
    claimable_kwh: float
    unseen_kwh: float | None


def matched_share_annual(*, energy: Kpi, years: Sequence[tuple[Kpi, Sequence[Claim]]], renewable: bool = False) -> Kpi:
    """Return the share of bought energy that carbon-free claims cover: sum of min(C, L) over years / L.

    Args:
        energy: what was bought over the period.
        years: what was bought in the part of each calendar year, with its claims: surplus is not carried over.
        renewable: count renewable claims instead (ESRS E1-5, green power in China), as `matched_share_renewable`.
    """
    covered_kwh = sum(_covered_kwh(bought, claims, renewable=renewable) for bought, claims in years)

    def share(energy_kwh: float | None) -> float | None:
        if energy_kwh is None or energy_kwh <= 0:
            return None
        return min(1.0, covered_kwh / energy_kwh)

    return replace(
        energy,
        name=RENEWABLE if renewable else ANNUAL,
        unit="1",
        value_reported=share(energy.value_reported),
        value_measured=share(energy.value_measured),
        low=share(energy.high),
        high=share(energy.low),
        method=f"certificates and tariffs of the period over bought electricity ({energy.method})",
    )


def matched_share_hourly(*, energy: Kpi, hours: Hours, supplies: Sequence[Supply]) -> Kpi:
    """Return the share of bought energy that contracts covered in the same hour: sum(min(C_h, L_h)) / sum(L_h).

    `energy` is the bought energy of the period and `hours` the same by hour (`entered`). `low` and `high` are the share
    with both meters at their limits, one against the other; for `high` the hours that were not fully seen were green.
    """
    dark = hours.dark
    made = _contracted(hours, supplies)
    found = hourly_match(load_kwh=hours.load, contracted_kwh=made, missing=dark, sure_kwh=hours.sure)
    low, high = (
        hourly_match(load_kwh=hours.load * part, contracted_kwh=made, missing=dark, sure_kwh=hours.sure * part)
        for part, made in _limits(energy, hours, supplies)
    )
    share = found.hourly_share
    given = share is not None and energy.reason is None
    return replace(
        energy,
        name=HOURLY,
        unit="1",
        value_reported=share if given else None,
        value_measured=share,
        low=_least(low.hourly_share, share) if given else None,
        high=_greenest(high.hourly_share, high.missing_load_kwh, high.load_kwh) if given else None,
        method=f"hour by hour: {_told(supplies)}; "
        f"surplus of {found.surplus_kwh:.6g} kWh not carried; {found.missing_hours} of {found.hours} hours not fully "
        f"seen and never green{_unsure(hours)}",
        reason=energy.reason if energy.reason or share is not None else NOTHING_BOUGHT,
    )


def matched_by_hour(*, hours: Hours, supplies: Sequence[Supply]) -> Floats:
    """Return the share of each hour's bought energy that contracts covered: min(C_h, L_h) / L_h.

    nan for an hour that was not fully seen, which is never green in any sum, and for one in which nothing was bought.
    """
    matched = matched_kwh(load_kwh=hours.sure, contracted_kwh=_contracted(hours, supplies), missing=hours.dark)
    known = ~hours.dark & (hours.load > 0)
    share: Floats = np.divide(matched, hours.load, out=np.full(hours.load.size, np.nan), where=known)
    return share


def cfe_of_period(*, energy: Kpi, hours: Hours, supplies: Sequence[Supply], grid: pa.Table) -> Kpi:
    """Return the 24/7 carbon-free share: contracts of the same hour, and of the rest the grid's own carbon-free share.

    `grid` are ledger rows of metric grid_carbon_free of one point. An hour that these do not cover with measured time
    throughout has no known grid share: it counts as none and is told, and in `high` as all. So does an hour whose load
    was not fully seen. The other arguments are those of `matched_share_hourly`. After Google's method (standards 3.3).
    """
    share = hours.mean(grid, GRID_SHARE)
    unknown = np.isnan(share) & ~hours.dark

    def free(part: float, made: Floats) -> CarbonFree:
        load, sure = hours.load * part, hours.sure * part
        return carbon_free(load_kwh=load, contracted_kwh=made, grid_cfe=share, missing=hours.dark, sure_kwh=sure)

    found = free(1.0, _contracted(hours, supplies))
    given = found.share is not None and energy.reason is None
    (most, low_made), (least, high_made) = _limits(energy, hours, supplies)
    low, high = free(most, low_made), free(least, high_made)
    load, sure = hours.load * least, np.where(hours.dark, 0.0, np.minimum(hours.sure, hours.load)) * least
    unseen = load - sure + np.where(unknown, np.maximum(sure - high_made, 0.0), 0.0)
    return replace(
        energy,
        name=CFE,
        unit="1",
        value_reported=found.share if given else None,
        value_measured=found.share,
        low=_least(low.share, found.share) if given else None,
        high=_greenest(high.share, float(unseen.sum()), float(load.sum())) if given else None,
        method=f"hour by hour: {_told(supplies)}; "
        f"contracts {found.contracted_share or 0:.4g}, grid {found.grid_share or 0:.4g}; "
        f"{int(unknown.sum())} of {hours.load.size} hours without a measured grid share count as none; "
        f"{int(hours.dark.sum())} of {hours.load.size} hours not fully seen and never green{_unsure(hours)}",
        reason=energy.reason if energy.reason or given else NOTHING_BOUGHT,
    )


def _greenest(share: float | None, unseen_kwh: float, load_kwh: float) -> float:
    return 1.0 if share is None else min(1.0, share + unseen_kwh / load_kwh)


def _least(low: float | None, share: float | None) -> float | None:
    return low if low is None or share is None else min(low, share)


def _unsure(hours: Hours) -> str:
    """Say how much of the load is known as a sum, of a gap between two readings, and not by hour."""
    unsure_kwh = float(np.where(hours.dark, 0.0, hours.load - hours.sure).sum())
    told = unsure_kwh > UNSURE_TOLD * float(hours.load.sum())
    return f"; {unsure_kwh:.6g} kWh are estimated and of no certain hour: not green" if told else ""


def _limits(energy: Kpi, hours: Hours, supplies: Sequence[Supply]) -> Iterator[tuple[float, Floats]]:
    """Share of the load, and supply by hour, where the green share is least, then where it is most.

    Their meters err at their limits, one against the other.
    """
    least, most = _relative(energy.low, energy.value_measured), _relative(energy.high, energy.value_reported)
    yield most, _contracted(hours, supplies, "low_kwh")
    yield least, _contracted(hours, supplies, "high_kwh")


def _relative(bound: float | None, value: float | None) -> float:
    return bound / value if bound is not None and value else 1.0


def _covered_kwh(bought: Kpi, claims: Sequence[Claim], *, renewable: bool) -> float:
    """Return what claims cover of the energy that was seen [kWh]: what was not is never green."""
    fitting = (claim for claim in claims if (claim.renewable if renewable else claim.carbon_free))
    usable = [claim for claim in fitting if claim.kind != "on_site"]
    seen = bought.value_measured or 0.0
    return market_based(seen_kwh=seen, unseen_kwh=0.0, claims=usable, rest_gco2e_per_kwh=0.0).matched_kwh


def _contracted(hours: Hours, supplies: Sequence[Supply], column: str = "energy_kwh") -> Floats:
    """Return the supply of each hour: the site's share, and over a part no more than may be claimed.

    Certificates belong to all hours in which the plant made anything, those that its meter missed too: these count at
    the most that can have been made, so that a gap moves no certificate to an hour that was read (design 4.6). What a
    register counted over a gap of its own is of no certain hour, and uses up certificates all the same. `column` is the
    bound of the rows that is taken; left out, what is certain of each hour.
    """
    total = np.zeros(hours.load.size)
    for supply in supplies:
        whole = hours.energy_kwh(supply.rows, column, "energy_kwh").sum() * supply.share
        if supply.unseen_kwh is None or whole <= 0:
            continue
        certain = hours.energy_kwh(supply.rows, column, "low_kwh" if column == "energy_kwh" else column) * supply.share
        total += certain * min(1.0, supply.claimable_kwh / (whole + supply.unseen_kwh * supply.share))
    return total


def unseen_kwh(rows: pa.Table, *, start: int, end: int, max_w: float | None) -> float | None:
    """Return the most that a plant can have made in the part of [start, end) [UTC s] that `rows` did not see [kWh].

    0 where they saw all of it; None where they did not and nothing bounds the plant's power.
    """
    seen_s = float(((plain(rows["end"]) - plain(rows["start"])) * (1 - plain(rows["missing"]))).sum())
    missing_s = end - start - seen_s
    if missing_s < 1:
        return 0.0
    return None if max_w is None else missing_s * max_w / J_PER_KWH


def _told(supplies: Sequence[Supply]) -> str:
    words = {
        one.contract: f"{one.contract} not counted (its meter has gaps and no max_w that bounds them)"
        if one.unseen_kwh is None
        else one.contract
        for one in sorted(supplies, key=lambda one: one.unseen_kwh is None)
    }
    return ", ".join(names_words(list(words.values()))) or "no metered contract"
