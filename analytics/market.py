"""Scope 2, market-based, always beside location-based (GHG Protocol Scope 2 Guidance; standards 3.1).

Claims take what they cover of the energy that was seen; the rest has the residual mix, or the location factor where
there is none, which is then disclosed. Energy that nobody saw is never green: it has the highest rate at hand.
Instruments never change the location-based figure, because nothing here touches it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from analytics.amounts import scope_2_rate
from analytics.kpi import used
from analytics.listing import refused_words, used_words
from config.errors import FactorMissing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from config.factors.lookup import Factor

NAME: Final = "emissions_market_kgco2e"
UNIT: Final = "kgCO2e"
G_PER_KG: Final = 1000
NO_RESIDUAL: Final = "no residual mix is known: the location factor stands for what no contract covers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a claim covered [kWh] and its emissions [kgCO2e]."""

    claim: Claim
    kwh: float
    kgco2e: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Energy [kWh] by what covers it, and its market-based emissions [kgCO2e]."""

    energy_kwh: float
    unmatched_kwh: float
    kgco2e: float
    used: tuple[Used, ...]

    @property
    def matched_kwh(self) -> float:
        """Energy that a claim covers."""
        return sum(one.kwh for one in self.used)

    @property
    def renewable_kwh(self) -> float:
        """Energy that a renewable claim covers."""
        return sum(one.kwh for one in self.used if one.claim.renewable)

    @property
    def annual_share(self) -> float | None:
        """Share of the energy that claims for carbon-free energy cover over the whole period; None without energy."""
        carbon_free = sum(one.kwh for one in self.used if one.claim.carbon_free)
        return carbon_free / self.energy_kwh if self.energy_kwh > 0 else None


def market_based(*, seen_kwh: float, unseen_kwh: float, claims: Sequence[Claim], rest_gco2e_per_kwh: float) -> Market:
    """Return sum(matched_i * EF_i) + (E - matched) * EF_rest for the energy of one site and period.

    Args:
        seen_kwh: energy measured or estimated [kWh].
        unseen_kwh: energy put in for missing time [kWh]: never matched, and at the highest rate at hand.
        claims: in the order of use; a tariff covers its share of what was seen, as far as that is left.
        rest_gco2e_per_kwh: residual mix, or the location factor where there is none.

    100 MWh with 60 MWh of certificates at 0 and a residual mix of 600 g/kWh are 24,000 kgCO2e.
    """
    left, used = seen_kwh, list[Used]()
    for claim in claims:
        kwh = min(left, claim.kwh + claim.share * seen_kwh)
        used.append(Used(claim=claim, kwh=kwh, kgco2e=kwh * claim.gco2e_per_kwh / G_PER_KG))
        left -= kwh
    highest = max([rest_gco2e_per_kwh, *(claim.gco2e_per_kwh for claim in claims)])
    return Market(
        energy_kwh=seen_kwh + unseen_kwh,
        unmatched_kwh=left + unseen_kwh,
        kgco2e=sum(one.kgco2e for one in used) + (left * rest_gco2e_per_kwh + unseen_kwh * highest) / G_PER_KG,
        used=tuple(used),
    )


def rest_factor(*, residual: Factor | None, location: Factor | None) -> tuple[Factor, str]:
    """Return the factor of what no contract covers, and what is to be disclosed about it.

    Raises:
        FactorMissing: there is neither a residual mix nor a location factor.
        UnitError: the factor is marginal or life-cycle.
    """
    chosen = residual or location
    if chosen is None:
        msg = "neither a residual mix nor a location factor is known: enter one in a table under [factors]"
        raise FactorMissing(msg)
    _ = scope_2_rate(chosen)
    return chosen, "" if residual is not None else NO_RESIDUAL


def emissions_market_kgco2e(
    *, energy: Kpi, claims: Sequence[Claim], residual: Factor | None, location: Factor | None, note: str = ""
) -> Kpi:
    """Return the market-based emissions of bought energy as a figure, with the shares of the energy.

    Low and high value the bounds of the energy; what is claimed is at most what was seen. Claims on what a site makes
    itself cover nothing that it bought.
    """
    claims = [claim for claim in claims if claim.kind != "on_site"]
    factor, disclosed = rest_factor(residual=residual, location=location)
    rate = factor.value

    seen_kwh = energy.value_measured or 0.0

    def kg(energy_kwh: float | None) -> float | None:
        if energy_kwh is None:
            return None
        seen = min(energy_kwh, seen_kwh)
        market = market_based(seen_kwh=seen, unseen_kwh=energy_kwh - seen, claims=claims, rest_gco2e_per_kwh=rate)
        return market.kgco2e

    found = market_based(seen_kwh=seen_kwh, unseen_kwh=0.0, claims=claims, rest_gco2e_per_kwh=rate)
    basis = f"{factor.basis}, {factor.scope}"
    return replace(
        energy,
        name=NAME,
        unit=UNIT,
        value_reported=kg(energy.value_reported),
        value_measured=kg(energy.value_measured),
        low=kg(energy.low),
        high=kg(energy.high),
        method=f"bought electricity ({energy.method}); {_told(found, claims)}; the rest x {basis} factor of "
        f"{factor.zone} {factor.year}",
        factors=(*energy.factors, used(factor, "; ".join(text for text in (note, disclosed) if text))),
    )


def _told(found: Market, claims: Sequence[Claim]) -> str:
    words = [*used_words(found.used), *refused_words(claims)]
    return ", ".join(words) if words else "no contract covers any of it"
