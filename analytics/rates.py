"""US grid rates as the EPA publishes them, in our unit: what the shipped rows of its subregions are checked by."""

from __future__ import annotations

from typing import Final

G_PER_LB: Final = 453.59237
KWH_PER_MWH: Final = 1000


def gco2e_per_kwh(
    *,
    co2_lb_per_mwh: float,
    ch4_lb_per_mwh: float = 0.0,
    n2o_lb_per_mwh: float = 0.0,
    ch4_gwp: float = 0.0,
    n2o_gwp: float = 0.0,
) -> float:
    """Return a grid rate [gCO2e/kWh] of one in pounds per MWh: (CO2 + GWP_CH4 * CH4 + GWP_N2O * N2O) * 0.45359237.

    US EPA eGRID publishes all three in lb/MWh.

    >>> round(gco2e_per_kwh(co2_lb_per_mwh=770.884), 2)
    349.67
    """
    pounds = co2_lb_per_mwh + ch4_gwp * ch4_lb_per_mwh + n2o_gwp * n2o_lb_per_mwh
    return pounds * G_PER_LB / KWH_PER_MWH
