"""Formulas of efficiency (ISO/IEC 30134-2, EN 50600-4-2): PUE, partial PUE and DCiE from energies of the same time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.kpi import Kpi


def pue(*, facility_energy_kwh: float, it_energy_kwh: float) -> float | None:
    """Return facility energy [kWh] over IT energy [kWh]; None where there is no IT energy.

    ISO/IEC 30134-2. A value below 1 is returned as it is: it shows an error of data, not a good site.

    >>> pue(facility_energy_kwh=150.0, it_energy_kwh=100.0)
    1.5
    """
    return facility_energy_kwh / it_energy_kwh if it_energy_kwh > 0 else None


def ppue(*, zone_energy_kwh: float, zone_it_energy_kwh: float) -> float | None:
    """Return the partial PUE of a zone: all energy within its boundary [kWh] over its IT energy [kWh].

    ISO/IEC 30134-2, derivatives.

    >>> ppue(zone_energy_kwh=55.0, zone_it_energy_kwh=50.0)
    1.1
    """
    return pue(facility_energy_kwh=zone_energy_kwh, it_energy_kwh=zone_it_energy_kwh)


def dcie(*, facility_energy_kwh: float, it_energy_kwh: float) -> float | None:
    """Return IT energy [kWh] over facility energy [kWh], the inverse of PUE; None where there is no facility energy.

    >>> dcie(facility_energy_kwh=200.0, it_energy_kwh=100.0)
    0.5
    """
    return it_energy_kwh / facility_energy_kwh if facility_energy_kwh > 0 else None


def dcie_of(pue_figure: Kpi) -> Kpi:
    """Return the DCiE of the cells that a PUE was computed from: its inverse, low and high changed about."""
    return replace(
        pue_figure,
        name="dcie",
        value_reported=_inverse(pue_figure.value_reported),
        value_measured=_inverse(pue_figure.value_measured),
        low=_inverse(pue_figure.high),
        high=_inverse(pue_figure.low),
        method=f"1 / {pue_figure.method}",
    )


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None
