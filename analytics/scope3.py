"""Scope 3 where it is known: upstream energy, hardware, and electricity in other people's data centres.

Category 3 (fuel and energy related), 1 and 2 (goods and capital goods) and 8 of the GHG Protocol's Corporate Value
Chain standard; SCI is ISO/IEC 21031:2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from config.errors import InputError

HOURS_PER_YEAR: Final = 8760
G_PER_KG: Final = 1000


def transmission_kgco2e(*, energy_kwh: float, factor_gco2e_per_kwh: float, loss_share: float) -> float:
    """Return emissions of transmission and distribution [kgCO2e]: E * EF * L / (1 - L).

    `loss_share` L is the share of generation that is lost (0 to below 1); category 3.

    >>> transmission_kgco2e(energy_kwh=95_000.0, factor_gco2e_per_kwh=400.0, loss_share=0.05)
    2000.0
    """
    if not 0 <= loss_share < 1:
        msg = f"a share of losses is {loss_share:g} but must be 0 or more and below 1: correct it"
        raise InputError(msg)
    return energy_kwh * factor_gco2e_per_kwh / G_PER_KG * loss_share / (1 - loss_share)


def upstream_kgco2e(*, energy_kwh: float, upstream_gco2e_per_kwh: float) -> float:
    """Return emissions of making and bringing the fuel of bought electricity [kgCO2e]; category 3.

    >>> upstream_kgco2e(energy_kwh=1000.0, upstream_gco2e_per_kwh=50.0)
    50.0
    """
    return energy_kwh * upstream_gco2e_per_kwh / G_PER_KG


def embodied_kgco2e(
    *, total_kgco2e: float, lifetime_h: float, reserved_h: float, share: float = 1.0, used_before_h: float = 0.0
) -> float:
    """Return embodied emissions of hardware that a period bears [kgCO2e]: TE * reserved time / lifetime * share.

    Reserved hours count, busy or idle. `share` is the part of the machine that is reserved (0 to 1). Hours beyond the
    lifetime bear nothing, so that the periods of a machine never sum to more than it has.

    >>> round(embodied_kgco2e(total_kgco2e=1000.0, lifetime_h=4 * 8760, reserved_h=1.0) * 1000, 4)
    28.5388
    """
    if lifetime_h <= 0 or not 0 <= share <= 1:
        msg = f"a lifetime of {lifetime_h:g} h with a share of {share:g} cannot be: give hours above 0 and a share to 1"
        raise InputError(msg)
    left_h = max(0.0, lifetime_h - used_before_h)
    return total_kgco2e * min(reserved_h, left_h) / lifetime_h * share


def sci(*, energy_kwh: float, intensity_gco2e_per_kwh: float, embodied_gco2e: float, units: float) -> float | None:
    """Return software carbon intensity [gCO2e per unit of work]: (E * I + M) / R (ISO/IEC 21031:2024).

    >>> sci(energy_kwh=2.0, intensity_gco2e_per_kwh=400.0, embodied_gco2e=200.0, units=100.0)
    10.0
    """
    return (energy_kwh * intensity_gco2e_per_kwh + embodied_gco2e) / units if units > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedElectricity:
    """Electricity of hardware in another's building [kWh] and its emissions [kgCO2e], with the scope they belong to."""

    energy_kwh: float
    kgco2e: float
    scope: Literal[2, 3]
    includes_overhead: bool


def hosted_electricity(
    *,
    it_energy_kwh: float,
    factor_gco2e_per_kwh: float,
    controlled: bool,
    pue: float | None = None,
    includes_overhead: bool = False,
) -> HostedElectricity:
    """Return electricity of a cloud or colocation with its overhead: PUE is applied once, or not at all.

    Args:
        it_energy_kwh: energy of the hardware; with `includes_overhead` it already holds the building's overhead.
        factor_gco2e_per_kwh: direct average factor of the grid.
        controlled: the tenant controls the equipment's electricity: scope 2, else scope 3.
        pue: of the host; None where it is not known.
        includes_overhead: the energy is what the host bills for the whole building's share.

    Raises:
        InputError: a PUE is given for energy that has its overhead already, or is below 1.

    >>> hosted_electricity(it_energy_kwh=100.0, factor_gco2e_per_kwh=500.0, controlled=False, pue=1.2).kgco2e
    60.0
    """
    if pue is not None and includes_overhead:
        msg = "the energy holds the building's overhead already: leave the PUE out, or it counts twice"
        raise InputError(msg)
    if pue is not None and pue < 1:
        msg = f"a PUE of {pue:g} says that IT took more than the facility: correct it"
        raise InputError(msg)
    energy = it_energy_kwh * (1.0 if pue is None else pue)
    return HostedElectricity(
        energy_kwh=energy,
        kgco2e=energy * factor_gco2e_per_kwh / G_PER_KG,
        scope=2 if controlled else 3,
        includes_overhead=includes_overhead or pue is not None,
    )
