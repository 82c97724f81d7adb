"""Emissions as types that refuse to mix: average with marginal, direct with life-cycle (design 4.8).

`Rate[Average, Direct]` times energy gives `Emissions[Average, Direct]`; adding or comparing two kinds is refused by the
type checker, and at run time by `UnitError`. Residual-mix rates share the average's account: both attribute emissions
that happened, where a marginal rate says what would change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from config.errors import UnitError

if TYPE_CHECKING:
    from config.factors.lookup import Factor

G_PER_KG = 1000


class Average:
    """Emissions attributed to energy that was used: grid averages, residual mixes, contracts."""


class Marginal:
    """Emissions that a change would cause: for decisions and avoided emissions, never for an inventory."""


class Direct:
    """What leaves the stack where electricity is made or fuel is burnt."""


class LifeCycle:
    """With construction, fuel supply and end of life: for intensities, never for scope 2."""


Account = TypeVar("Account", Average, Marginal)
Boundary = TypeVar("Boundary", Direct, LifeCycle)


@dataclass(frozen=True, slots=True)
class Emissions(Generic[Account, Boundary]):
    """An amount [kgCO2e] of one account and boundary; only amounts of the same kind add up.

    >>> (Emissions(1.0, Average, Direct) + Emissions(2.0, Average, Direct)).kgco2e
    3.0
    """

    kgco2e: float
    account: type[Account]
    boundary: type[Boundary]

    def __add__(self, other: Emissions[Account, Boundary]) -> Emissions[Account, Boundary]:
        """Add an amount of the same kind.

        Raises:
            UnitError: the other is of another account or boundary.
        """
        self._same(other)
        return Emissions(self.kgco2e + other.kgco2e, self.account, self.boundary)

    def __sub__(self, other: Emissions[Account, Boundary]) -> Emissions[Account, Boundary]:
        """Take an amount of the same kind off.

        Raises:
            UnitError: the other is of another account or boundary.
        """
        self._same(other)
        return Emissions(self.kgco2e - other.kgco2e, self.account, self.boundary)

    def _same(self, other: object) -> None:
        if not isinstance(other, Emissions):
            msg = f"{other!r} is no amount of emissions: say of which kind it is"
            raise UnitError(msg)
        if (self.account, self.boundary) != (other.account, other.boundary):
            msg = f"{_kind(other)} emissions cannot be counted with {_kind(self)} ones: keep two figures"
            raise UnitError(msg)


@dataclass(frozen=True, slots=True)
class Rate(Generic[Account, Boundary]):
    """Emissions per energy [gCO2e/kWh] of one account and boundary.

    >>> Rate(363.0, Average, Direct).of(energy_kwh=100_000.0).kgco2e
    36300.0
    """

    gco2e_per_kwh: float
    account: type[Account]
    boundary: type[Boundary]

    def of(self, *, energy_kwh: float) -> Emissions[Account, Boundary]:
        """Return the emissions of an amount of energy [kWh]."""
        return Emissions(energy_kwh * self.gco2e_per_kwh / G_PER_KG, self.account, self.boundary)


def scope_2_rate(factor: Factor) -> Rate[Average, Direct]:
    """Return the rate of a factor that may fill scope 2: average or residual, and direct.

    Raises:
        UnitError: the factor is marginal or life-cycle.
    """
    if factor.basis == "marginal" or factor.scope != "direct":
        msg = f"factor {factor.id} is {factor.basis}, {factor.scope}: scope 2 needs an average or residual, direct one"
        raise UnitError(msg)
    return Rate(factor.value, Average, Direct)


def _kind(amount: Emissions[Account, Boundary]) -> str:
    return f"{amount.account.__name__}, {amount.boundary.__name__}"
