"""ERF as a figure: heat that was handed over, against all energy that the facility took (ISO/IEC 30134-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.energy import MISSING_LIMIT
from analytics.relatives import erf
from config.reading.wording import percent

if TYPE_CHECKING:
    from analytics.kpi import Kpi


def erf_of(*, heat: Kpi, facility: Kpi, limit: float = MISSING_LIMIT) -> Kpi:
    """Return ERF from the energies of heat export and facility [kWh] of one period.

    Heat that nobody saw counts as none, and missing time of the facility at its ceiling, so that a gap only makes ERF
    smaller. Above `limit` of missing heat, or without a facility figure, there is none and the reason says why.
    """
    reason = facility.reason
    if heat.value_measured is None or heat.missing > limit:
        reason = heat.reason or f"{percent(heat.missing, 1)} of the heat is missing (limit {limit:.0%})"
    given = reason is None
    shares = heat if heat.missing >= facility.missing else facility
    return replace(
        facility,
        name="erf",
        unit="1",
        value_reported=_ratio(heat.value_measured, facility.value_reported) if given else None,
        value_measured=_ratio(heat.value_measured, facility.value_measured),
        low=_ratio(heat.low, facility.high) if given else None,
        high=_ratio(heat.high, facility.low) if given else None,
        measured=shares.measured,
        estimated=shares.estimated,
        missing=shares.missing,
        method=f"heat handed over ({heat.method}) / facility energy ({facility.method}); missing heat counts as none",
        reason=reason,
    )


def _ratio(above: float | None, below: float | None) -> float | None:
    if above is None or below is None:
        return None
    return erf(reused_energy_kwh=above, facility_energy_kwh=below)
