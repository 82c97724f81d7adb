"""Scope 3 category 3 of bought electricity: making and bringing its fuel, and what the grid loses on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.kpi import scaled, used
from analytics.scope3 import transmission_kgco2e, upstream_kgco2e

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.factors.lookup import Factor

NAME = "emissions_upstream_kgco2e"
UNIT = "kgCO2e"


def emissions_upstream_kgco2e(
    *, energy: Kpi, upstream: Factor, loss: Factor, location: Factor, notes: tuple[str, str, str] = ("", "", "")
) -> Kpi:
    """Return upstream emissions and those of transmission and distribution [kgCO2e] of bought electricity [kWh].

    Args:
        energy: bought electricity of one year.
        upstream: what a kWh emits before it is made [gCO2e/kWh].
        loss: share of generation that is lost on the way.
        location: direct average factor of the grid [gCO2e/kWh].
        notes: what the year policy did for each of these.

    GHG Protocol, Scope 3 standard, category 3: E x upstream + E x location x L / (1 - L).

    100 MWh with 50 g upstream, 400 g and 5 % losses: 5,000 + 40,000 x 0.05 / 0.95 = 7,105.26 kg.
    """
    per_kwh = upstream_kgco2e(energy_kwh=1.0, upstream_gco2e_per_kwh=upstream.value) + transmission_kgco2e(
        energy_kwh=1.0, factor_gco2e_per_kwh=location.value, loss_share=loss.value
    )
    return scaled(
        energy,
        per_kwh,
        name=NAME,
        unit=UNIT,
        method=f"bought electricity ({energy.method}) x upstream factor of {upstream.zone} {upstream.year}, and x grid "
        f"factor x losses / (1 - losses) of {loss.zone} {loss.year}",
        factors=tuple(map(used, (upstream, loss, location), notes)),
    )
