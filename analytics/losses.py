"""Losses as a figure: what the facility took and no meter below it saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analytics.effectiveness import TIME_USED
from config.reading.wording import four_digits, percent

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from analytics.uses import Uses

DUST: Final = 1e-12
TOLERANCE: Final = 0.001  # within which books balance (design 8.3)


def losses_of(uses: Uses, facility: Kpi, *, category: int) -> Kpi:
    """Return the energy [kWh] that no meter below the facility's sees, over the time in which all uses are covered.

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
        low=None,
        high=None,
        measured=measured,
        estimated=share - measured,
        missing=1 - share,
        category=category,
        method=f"facility less IT (category {category}), cooling, lighting, overhead and other, where all are covered: "
        f"{percent(share, 1)} of the time",
        reason=reason,
    )


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
