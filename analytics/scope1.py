"""Scope 1: fuel burnt in generators and boilers, and refrigerant that leaked (GHG Protocol, ESRS E1 AR 43).

CO2 of biogenic origin stands beside scope 1 and is never in it; its CH4 and N2O are in (ESRS E1 AR 43(c)). Every
result names the GWP set it was made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from config.errors import FactorMissing, InputError
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.factors.fuels import Refrigerant

GwpSet = Literal["AR4", "AR5", "AR6"]
MJ_PER_KWH: Final = 3.6
TOLERANCE: Final = 1e-6  # of mass fractions
OUTSIDE_KYOTO: Final = ("R-22", "R-123", "R-12")  # the HCFC and CFC of the table, which has no blends with any


def fuel_kg(*, amount: float, kg_per_unit: float) -> float:
    """Return what burning fuel emits [kg]: amount (L, kWh, kg) x factor per the same unit.

    GHG Protocol; test runs of generators count. By a factor in kgCO2e it is scope 1; by the biogenic one in kgCO2 it
    stands beside scope 1.

    >>> fuel_kg(amount=1000.0, kg_per_unit=2.5)
    2500.0
    """
    return amount * kg_per_unit


def leaked_kg(
    *,
    stock_start_kg: float,
    bought_kg: float,
    recovered_kg: float,
    stock_end_kg: float,
    charge_added_kg: float = 0.0,
) -> float:
    """Return refrigerant that leaked [kg] by mass balance: stock_start + bought - recovered - stock_end - new charge.

    GHG Protocol. `charge_added_kg` is the growth of what installed equipment holds (negative where it was taken out).

    >>> leaked_kg(stock_start_kg=40.0, bought_kg=25.0, recovered_kg=5.0, stock_end_kg=48.0)
    12.0
    """
    return stock_start_kg + bought_kg - recovered_kg - stock_end_kg - charge_added_kg


def gwp100(*, refrigerant: str, gwp_set: GwpSet, table: Sequence[Refrigerant]) -> float:
    """Return the GWP100 [kgCO2e/kg] of a refrigerant in one set of the IPCC's.

    Raises:
        FactorMissing: the table has no such refrigerant (unverified blends are left out on purpose).
    """
    found = {row.id: row for row in table}.get(refrigerant)
    if found is None:
        hint = remedy(refrigerant, [row.id for row in table], otherwise="enter it with its source")
        msg = f'"{refrigerant}" has no verified GWP100; {hint}'
        raise FactorMissing(msg)
    return {"AR4": found.gwp100_ar4, "AR5": found.gwp100_ar5, "AR6": found.gwp100_ar6}[gwp_set]


def in_scope_1(refrigerant: str) -> bool:
    """Return whether a gas is in scope 1; HCFC and CFC are shown beside it, for they are not in its basket.

    >>> in_scope_1("R-134a"), in_scope_1("R-22")
    (True, False)
    """
    return refrigerant not in OUTSIDE_KYOTO


def blend_gwp100(*, mass_fractions: Mapping[str, float], gwp: Mapping[str, float]) -> float:
    """Return the GWP100 of a blend: sum of mass fraction times GWP of its components.

    >>> blend_gwp100(mass_fractions={"R-32": 0.5, "R-125": 0.5}, gwp={"R-32": 677.0, "R-125": 3170.0})
    1923.5

    Raises:
        InputError: the fractions do not sum to 1.
        FactorMissing: a component has no GWP.
    """
    if abs(sum(mass_fractions.values()) - 1) > TOLERANCE:
        msg = f"mass fractions of a blend sum to {sum(mass_fractions.values()):g}, not 1: correct them"
        raise InputError(msg)
    absent = sorted(mass_fractions.keys() - gwp.keys())
    if absent:
        msg = f"{absent[0]} has no GWP100: give one, for none is guessed"
        raise FactorMissing(msg)
    return sum(share * gwp[gas] for gas, share in mass_fractions.items())
