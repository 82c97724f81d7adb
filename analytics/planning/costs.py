"""What a strategy's device-hours cost, by what the money is for; the parts sum to the present cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.planning.dice import dice_of
from analytics.planning.money import HOURS_PER_YEAR, capital_recovery_factor, owned_cost_per_hour
from analytics.planning.ranges import Range, draws
from config.compare.strategies import OWNED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.planning.dice import Dice
    from config.compare.strategies import Strategy

    Floats = NDArray[np.float64]

MONTHS: Final = 12


def hourly_parts(strategy: Strategy, dice: Dice, *, rate: float, share_busy: Floats) -> dict[str, Floats]:
    """Return what a device-hour costs by part: the rent as quoted, or of an owned device per useful hour.

    Args:
        strategy: with everything filled in.
        dice: its draws.
        rate: real rate a year.
        share_busy: of the reserved hours, those in which the devices are busy.

    `hardware` of an owned device is its price with its share of the network, less what is left of it at its end.
    """
    if strategy.kind not in OWNED:
        return {"rent": dice.of("price_per_device_hour")}
    capex = dice.of("capex_per_device") * (1 + dice.of("network_share"))
    yearly = _yearly(strategy, dice, capex, rate=rate, share_busy=share_busy)
    use = dice.of("utilisation")
    hardware = owned_cost_per_hour(
        capex=capex,
        residual_share=dice.of("residual_share"),
        yearly=np.zeros_like(capex),
        utilisation=use,
        rate=rate,
        years=strategy.life_years or 1.0,
    )
    return {"hardware": hardware} | {name: each / (HOURS_PER_YEAR * use) for name, each in yearly.items()}


def _yearly(strategy: Strategy, dice: Dice, capex: Floats, *, rate: float, share_busy: Floats) -> dict[str, Floats]:
    busy_kw = dice.of("busy_kw")
    mean_kw = dice.of("idle_kw") + (busy_kw - dice.of("idle_kw")) * share_busy
    found = {
        "maintenance": dice.of("maintenance_share") * capex,
        "energy": mean_kw * dice.of("pue") * HOURS_PER_YEAR * dice.of("tariff_per_kwh"),
        "place": dice.of("place_per_kw_month") * MONTHS * busy_kw,
        "people": dice.of("people_per_device_year"),
        "link": dice.of("link_per_device_year"),
    }
    if strategy.building_life_years is not None:
        recovery = capital_recovery_factor(rate=rate, years=strategy.building_life_years)
        found["building"] = dice.of("building_per_kw") * busy_kw * recovery
    return {name: each for name, each in found.items() if each.any()}


def premium(strategy: Strategy, facility_kwh: Floats) -> dict[str, Floats]:
    """Return what green supply costs beyond the energy itself; nothing where there is none."""
    if strategy.green is None:
        return {}
    price = draws(Range(*strategy.green.premium_per_kwh.value), dice_of(strategy, "green.premium_per_kwh"))
    return {"green": facility_kwh * strategy.green.matched_share * price}


def summed(parts: Mapping[str, Floats]) -> Floats:
    """Return the sum of parts.

    >>> summed({"rent": np.array([2.0, 3.0]), "green": np.array([0.5, 0.5])})
    array([2.5, 3.5])
    """
    total: Floats = np.sum(list(parts.values()), axis=0)
    return total
