"""Losses as a figure: what the facility took and no meter below it saw."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.effectiveness import TIME_USED
from analytics.legs import Leg, blocks, fill_kwh, resolved
from config.reading.wording import four_digits, percent

if TYPE_CHECKING:
    from analytics.boundary import Era, Tree, Unit
    from analytics.energy import Account
    from analytics.kpi import Kpi
    from analytics.sheets import Sheet
    from analytics.uses import Uses

DUST: Final = 1e-12
TOLERANCE: Final = 0.001  # within which books balance (design 8.3)


def losses_of(uses: Uses, facility: Kpi, *, category: int) -> Kpi:
    """Return the energy [kWh] that no meter below the facility's sees, over the time in which all uses are covered.

    `low` and `high` hold that of the whole period: what entered at the least, less IT and the uses at the most, and the
    reverse, bounded as any energy is (`energy.energy_kwh`); no loss is below nothing, nor more than a silent meter of
    the facility lets on (`high` is None where nothing bounds that).
    Below 95 % of the time there is no figure, for what is not covered cannot be told from a loss; nor where no meter
    shows IT, and where the uses took more than the facility by more than its meters' errors.
    """
    share = uses.share_of("losses")
    measured = min(share, facility.measured)
    losses = 0.0 if abs(uses.losses) < DUST * uses.facility else uses.losses  # of sums in another order
    reason = _reason(uses, losses, facility, category)
    return replace(
        facility,
        name="losses_energy_kwh",
        value_reported=None if reason else losses,
        value_measured=losses if share > 0 else None,
        low=None if reason else min(max(uses.losses_low, min(losses, 0.0)), losses),
        high=None if reason or not isfinite(uses.losses_high) else max(uses.losses_high, losses, 0.0),
        measured=measured,
        estimated=share - measured,
        missing=1 - share,
        category=category,
        method=f"facility less IT (category {category}), cooling, lighting, overhead and other, where all are covered: "
        f"{percent(share, 1)} of the time",
        reason=reason,
    )


def add_losses(account: Account, era: Era, sheet: Sheet, category: int) -> None:
    """Add a stretch of ledger rows: meters of the facility, and with sign -1 those of IT and of the uses."""
    for units in blocks(_units(era.tree, category)):
        own = resolved(sheet, units)
        account.enter(Leg(era, units, own, np.zeros_like(own.energy), fill_kwh(own, units)))


def _units(tree: Tree, category: int) -> tuple[Unit, ...]:
    """Return the meters that tell the losses; one that stands on both sides tells nothing."""
    uses = (point for of_use in tree.uses(category).values() for point in of_use)
    above, below = Counter([*tree.facility, *tree.within_it(category)]), Counter([*tree.it(category), *uses])
    return tree.units((above - below).elements()) + tree.units((below - above).elements(), sign=-1)


def losses_bounds(account: Account) -> tuple[float, float]:
    """Return between what the losses of a period lie [kWh]; infinite where a silent meter has no ceiling."""
    total = account.total()
    open_signs = {unit.sign for unit in total.units if unit.id in total.unbounded}
    return -inf if -1 in open_signs else total.low_kwh, inf if 1 in open_signs else total.high_kwh


def _reason(uses: Uses, losses: float, facility: Kpi, category: int) -> str | None:
    """Why there is no figure, None where there is one."""
    share = uses.share_of("losses")
    if uses.share_of("unsplit") > 0:
        return f"the site has no point that measures IT for category {category}: choose another category or add one"
    if share < TIME_USED:
        return f"all uses are covered for {percent(share, 1)} of the time (limit {TIME_USED:.0%})"
    doubt = max(TOLERANCE * uses.facility, (facility.high or 0.0) - (facility.value or 0.0))
    if losses < -doubt:
        return f"data-quality error: the uses took {four_digits(-losses)} kWh more than the facility; check the meters"
    return None
