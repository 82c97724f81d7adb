"""Present cost of owned devices: annuities, residual value, cost per useful device-hour, break-even utilisation.

Real rates and real prices, at the end of each year. Planner's textbook formulas (engineering economics).
"""

from __future__ import annotations

from math import expm1, log1p
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
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


def break_even_utilisation(*, at_full_use: Floats, at_half_use: Floats, rented: Floats) -> float | None:
    """Return the utilisation above which an owned useful hour costs less than a rented one, in half of the draws.

    What is owned costs a / u + b for each useful hour: what is paid anyhow (capital, place, idle power) is spread over
    use, what working adds is not. So u = a / (rented - b); above 1 owning never costs less; None where no use suffices.

    Args:
        at_full_use: cost of a useful hour at u = 1: a + b.
        at_half_use: at u = 0.5: 2 a + b.
        rented: cost of a useful hour with everything that is lost paid.

    1.5 for capital and 0.42 for work: against 4.0 an hour 42 % of use is enough, against 0.4 none is.

    >>> import numpy as np
    >>> one = lambda value: np.array([value])
    >>> round(break_even_utilisation(at_full_use=one(1.92), at_half_use=one(3.42), rented=one(4.0)), 2)
    0.42
    >>> break_even_utilisation(at_full_use=one(1.92), at_half_use=one(3.42), rented=one(0.4))
    """
    anyhow, working = at_half_use - at_full_use, 2 * at_full_use - at_half_use
    room = rented - working
    share = float(np.median(np.divide(anyhow, room, out=np.full_like(room, np.inf), where=room > 0)))
    return share if share < np.inf else None
