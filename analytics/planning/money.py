"""Present cost of owned devices: annuities, residual value, cost per useful device-hour, break-even utilisation.

Real rates and real prices, at the end of each year. Planner's textbook formulas (engineering economics).
"""

from __future__ import annotations

from math import expm1, log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HOURS_PER_YEAR = 8760.0


def annuity_factor(*, rate: float, years: float) -> float:
    """Return the present value of 1 a year: (1 - (1 + r)^-L) / r; L where the rate is 0.

    >>> round(annuity_factor(rate=0.08, years=4), 4)
    3.3121
    >>> annuity_factor(rate=0.0, years=4)
    4.0
    """
    return float(years) if rate == 0 else -expm1(-years * log1p(rate)) / rate  # exact for rates near 0, too


def capital_recovery_factor(*, rate: float, years: float) -> float:
    """Return the yearly payment that repays 1: the inverse of the annuity factor.

    >>> round(capital_recovery_factor(rate=0.08, years=4), 5)
    0.30192
    """
    return 1 / annuity_factor(rate=rate, years=years)


def owned_cost_per_hour(
    *,
    capex: Floats,
    residual_share: Floats,
    yearly: Floats,
    utilisation: Floats,
    rate: float,
    years: float,
) -> Floats:
    """Return the present cost of a device per present useful hour (levelised cost of compute).

    Args:
        capex: price of a device with its share of node and network.
        residual_share: what is left of `capex` after `years`, as a share.
        yearly: what it costs a year: place, energy, maintenance, people.
        utilisation: share of hours that are useful, above 0.
        rate: real rate a year.
        years: life.

    42 k (37.5 k with 12 % for the network), 20 % left after 4 years at 8 %, 5,000 a year, 60 % used: 3.01 an hour.

    >>> import numpy as np
    >>> one = lambda value: np.array([value])
    >>> found = owned_cost_per_hour(capex=one(42_000.0), residual_share=one(0.2), yearly=one(5000.0),
    ...                             utilisation=one(0.6), rate=0.08, years=4)
    >>> round(float(found[0]), 2)
    3.01
    """
    annuity = annuity_factor(rate=rate, years=years)
    left = capex * residual_share / (1 + rate) ** years
    hours: Floats = HOURS_PER_YEAR * utilisation * annuity
    per_hour: Floats = (capex - left + annuity * yearly) / hours
    return per_hour


def break_even_utilisation(*, owned_at_full_use: float, rented: float) -> float:
    """Return the utilisation above which owning costs less than renting; above 1 it never does.

    >>> break_even_utilisation(owned_at_full_use=1.92, rented=4.0)
    0.48
    """
    return owned_at_full_use / rented
