"""CO2 of biogenic origin from burnt fuel: beside scope 1 and never in it (GHG Protocol, ESRS E1 AR 43(c))."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analytics.recorded import scope_1_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpi import Kpi
    from analytics.recorded import Burnt, Days

BIOGENIC: Final = "emissions_biogenic_kgco2"


def biogenic_of(
    *,
    burnt: Sequence[Burnt],
    days: Days,
    site: str,
    waiting: int = 0,
    lacking: Sequence[str] = (),
    config_hash: str = "",
) -> Kpi:
    """Return CO2 of biogenic origin [kgCO2] of a site: amount x biogenic factor, spread over the period as scope 1 is.

    Args:
        burnt: approved records of fuel that touch the period; what a factor does not state is no 0, so that while such
            a fuel was burnt there is no figure but a reason.
        days: the period, at least one day.
        site: site id.
        waiting: records of the period that nobody has approved.
        lacking: carriers that the site burns and of which no record of fuel speaks on all days.
        config_hash: fingerprint of the configuration.

    100 L of HVO100 of 2.43 kgCO2/L are 243 kgCO2 beside scope 1, which has only their CH4 and N2O.
    """
    found = scope_1_of(
        burnt=[_beside(one) for one in burnt],
        leaked=(),
        days=days,
        site=site,
        waiting=waiting,
        lacking=lacking,
        config_hash=config_hash,
    )
    method = f"{found.method}; CO2 of biogenic origin stands beside scope 1 and is not in it"
    return replace(found, name=BIOGENIC, unit="kgCO2", method=method)


def stated(figure: Kpi) -> bool:
    """Say whether any fuel of a figure has biogenic CO2 by its factor."""
    return any(factor.value > 0 for factor in figure.factors)


def _beside(one: Burnt) -> Burnt:
    if one.factor is None or one.biogenic is not None:
        return replace(one, factor=one.biogenic)
    text = f"biogenic CO2 is not stated by {one.factor.id} (record {one.id}): name a factor of your own that states it"
    return replace(one, factor=None, unknown=text)
