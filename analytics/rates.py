"""Published factors in the units of this program: pounds per MWh, kilograms per gallon, per GJ or TJ (standards 5)."""

from __future__ import annotations

from typing import Final

G_PER_LB: Final = 453.59237
KWH_PER_MWH: Final = 1000
L_PER_US_GALLON: Final = 3.785411784
L_PER_KL: Final = 1000
L_PER_M3: Final = 1000
MG_PER_KG: Final = 1000


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


def kg_per_litre_from_gallon(*, kg_per_us_gallon: float) -> float:
    """Return a fuel factor [kg/L] of one in kg per US gallon.

    >>> round(kg_per_litre_from_gallon(kg_per_us_gallon=10.21), 4)
    2.6972
    """
    return kg_per_us_gallon / L_PER_US_GALLON


def kg_per_litre_from_energy(*, kg_per_gj: float, gj_per_kl: float) -> float:
    """Return a fuel factor [kg/L] of one per energy [kg/GJ] and the energy content [GJ/kL].

    >>> round(kg_per_litre_from_energy(kg_per_gj=69.9, gj_per_kl=38.6), 5)
    2.69814
    """
    return kg_per_gj * gj_per_kl / L_PER_KL


def kg_per_litre_from_mass(*, tonnes_per_tj: float, tj_per_gg: float, kg_per_m3: float) -> float:
    """Return a fuel factor [kg/L] of one per energy [t/TJ], the calorific value [TJ/Gg] and the density [kg/m3].

    >>> round(kg_per_litre_from_mass(tonnes_per_tj=74.1, tj_per_gg=43.0, kg_per_m3=832.0), 3)
    2.651
    """
    kg_per_kg = tonnes_per_tj * tj_per_gg / MG_PER_KG
    return kg_per_kg * kg_per_m3 / L_PER_M3
