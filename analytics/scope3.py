"""Scope 3 where it is known: upstream energy, grid losses and hardware.

Categories 3 (fuel and energy related), 1 and 2 (goods and capital goods) of the GHG Protocol's Corporate Value Chain
standard.
"""

from __future__ import annotations

from typing import Final

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
