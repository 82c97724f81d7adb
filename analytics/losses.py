"""Losses as a figure: what the facility took and no meter below it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analytics.effectiveness import TIME_USED
from config.wording import percent

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from analytics.uses import Uses

DUST: Final = 1e-12


def losses_of(uses: Uses, facility: Kpi, *, category: int) -> Kpi:
    """Return the energy [kWh] that no meter below the facility's sees, over the time in which all uses are covered.

    Below 95 % of the time there is no figure: what is not covered cannot be told from a loss.
    """
    given = uses.used_share >= TIME_USED and uses.facility > 0
    measured = min(uses.used_share, facility.measured)
    losses = 0.0 if abs(uses.losses) < DUST * uses.facility else uses.losses  # of sums in another order
    unseen = f"all uses are covered for {percent(uses.used_share, 1)} of the time (limit {TIME_USED:.0%})"
    return replace(
        facility,
        name="losses_energy_kwh",
        value_reported=losses if given else None,
        value_measured=losses if uses.facility > 0 else None,
        low=None,
        high=None,
        measured=measured,
        estimated=uses.used_share - measured,
        missing=1 - uses.used_share,
        category=category,
        method=f"facility less IT (category {category}), cooling, lighting, overhead and other, where all are covered: "
        f"{percent(uses.used_share, 1)} of the time",
        reason=None if given else unseen,
    )
