"""REF, ERE, CUE, CER, WUE with source water and mixed PUE: ratios of figures of one site and period, with their bounds.

A ratio has no value where one of its figures has none, and its reason is that figure's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analytics.energy import MISSING_LIMIT
from analytics.kpi import used
from analytics.listing import refused_words
from analytics.market import market_based
from analytics.relatives import UNVERIFIED, cer, mixed_pue, ref, weighted_energy_kwh, wue_with_source
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from config.factors.lookup import Factor

EED_KINDS: Mapping[str, str] = {  # of a claim -> indicator of Regulation (EU) 2024/1364 Annex II
    "certificates": "ERES-GOO",
    "green_tariff": "ERES-GOO",
    "ppa": "ERES-PPA",
    "on_site": "ERES-OS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewableYear:
    """A part of a calendar year: energy seen of the facility, bought, and of its own plant [kWh], and the claims."""

    facility_kwh: float
    bought_kwh: float
    on_site_kwh: float
    claims: Sequence[Claim]


def renewable_kwh(years: Sequence[RenewableYear]) -> dict[str, float]:
    """Return renewable energy with retired certificates [kWh] by indicator (ERES-GOO, ERES-PPA, ERES-OS).

    Each claim is used once and never beyond what the facility took: 80 kWh of certificates and 40 kWh of a PPA of a
    facility that took 100 kWh are 100 kWh. Claims on what the site makes itself count as far as its own meters saw it
    made, a tariff covers its share of what was bought and no more of it than the claims before it leave. Claims that
    were refused count nothing; the surplus of a year is not carried into another.
    """
    sums = dict.fromkeys(EED_KINDS.values(), 0.0)
    for year in years:
        found = market_based(seen_kwh=year.facility_kwh, unseen_kwh=0.0, claims=_usable(year), rest_gco2e_per_kwh=0.0)
        for one in found.used:
            sums[EED_KINDS[one.claim.kind]] += one.kwh
    return sums


def _usable(year: RenewableYear) -> list[Claim]:
    left, bought_kwh, found = year.on_site_kwh, year.bought_kwh, []
    for claim in year.claims:
        if not claim.renewable or claim.reason is not None:
            continue
        if claim.kind == "on_site":
            found.append(replace(claim, kwh=min(claim.kwh, left)))
            left -= found[-1].kwh
        else:
            kwh = claim.kwh + min(claim.share * year.bought_kwh, bought_kwh)
            found.append(replace(claim, kwh=kwh, share=0.0))
            bought_kwh -= min(kwh, bought_kwh)
    return found


def ref_of(*, facility: Kpi, years: Sequence[RenewableYear]) -> Kpi:
    """Return the renewable energy factor: renewable energy with retired certificates over facility energy.

    ISO/IEC 30134-3, EN 50600-4-3; Regulation (EU) 2024/1364 Annex III(d). Time in which the facility was not seen is
    never renewable: it stands below the line alone.
    """
    renewable = sum(renewable_kwh(years).values())

    def share(energy_kwh: float | None) -> float | None:
        if energy_kwh is None:
            return None
        return ref(renewable_energy_kwh=min(renewable, energy_kwh), facility_energy_kwh=energy_kwh)

    told = refused_words(one for year in years for one in year.claims)
    words = [f"renewable energy with retired certificates / facility energy ({facility.method})", *told]
    return replace(
        facility,
        name="ref",
        unit="1",
        value_reported=share(facility.value_reported),
        value_measured=share(facility.value_measured),
        low=share(facility.high),
        high=share(facility.low),
        method="; ".join(words),
    )


def ere_of(*, pue: Kpi, erf: Kpi) -> Kpi:
    """Return energy reuse effectiveness: (1 - ERF) * PUE (the Green Grid); it may be below 1."""
    return _combined(
        pue,
        erf,
        name="ere",
        unit="1",
        values=lambda ratio, reused: (1 - reused) * ratio,
        low=(pue.low, erf.high),
        high=(pue.high, erf.low),
        method=f"(1 - ERF) x PUE; {pue.method}",
    )


def cue_of(
    *, pue: Kpi, emissions: Kpi, facility: Kpi, it: Kpi, name: str = "cue", basis: str = "location-based"
) -> Kpi:
    """Return carbon usage effectiveness [kgCO2e per IT kWh]: PUE times the emissions of a kWh of the facility.

    ISO/IEC 30134-8, an unverified basis. The emissions are those of bought electricity, by `basis`; generator fuel and
    refrigerants are not in. Where `it` energy is known of the same time, no more than the emissions' bounds over its
    own is in doubt: the facility's meters are not counted once in each of three figures.
    """
    per_kwh = _combined(
        emissions,
        facility,
        name=name,
        unit="kgCO2e/kWh",
        values=lambda kg, kwh: kg / kwh if kwh > 0 else None,
        low=(emissions.low, facility.high),
        high=(emissions.high, facility.low),
        method="",
    )
    found = _combined(
        pue,
        per_kwh,
        name=name,
        unit="kgCO2e/kWh",
        values=lambda ratio, kg: ratio * kg,
        low=(pue.low, per_kwh.low),
        high=(pue.high, per_kwh.high),
        method=f"PUE x {basis} emissions of bought electricity / facility energy, without generator fuel and "
        f"refrigerants; {UNVERIFIED}; {emissions.method}",
    )
    if (it.start, it.end) != (pue.start, pue.end):
        return found  # the site opened within the period: IT energy is of all of it, PUE of what it was open
    return _within(found, low=_per(emissions.low, it.high), high=_per(emissions.high, it.low))


def _per(amount: float | None, kwh: float | None) -> float | None:
    return amount / kwh if amount is not None and kwh is not None and kwh > 0 else None


def _within(figure: Kpi, *, low: float | None, high: float | None) -> Kpi:
    """Return a figure within these bounds as well, but none that its own value lies beyond."""
    if figure.value is None:
        return figure
    lows = [bound for bound in (figure.low, low) if bound is not None]
    highs = [bound for bound in (figure.high, high) if bound is not None]
    return replace(
        figure,
        low=min(max(lows), figure.value) if lows else None,
        high=max(min(highs), figure.value) if highs else None,
    )


def cer_of(*, heat: Kpi, cooling: Kpi, limit: float = MISSING_LIMIT) -> Kpi:
    """Return the cooling efficiency ratio: heat removed [kWh thermal] over electricity of cooling [kWh].

    ISO/IEC 30134-7, unverified basis. Heat that nobody saw counts as none and missing time of cooling at its ceiling,
    so that a gap only makes it smaller; above `limit` of missing heat there is none.
    """
    reason = heat.reason if heat.value_measured is None else None
    if reason is None and heat.missing > limit:
        reason = f"{percent(heat.missing, 1)} of the heat is missing (limit {limit:.0%})"
    found = _combined(
        replace(heat, value_reported=None if reason else heat.value_measured, reason=reason),
        cooling,
        name="cer",
        unit="1",
        values=lambda removed, taken: cer(heat_removed_kwh=removed, cooling_energy_kwh=taken),
        low=(heat.low, cooling.high),
        high=(heat.high, cooling.low),
        method=f"heat removed ({heat.method}) / electricity of cooling ({cooling.method}); missing heat counts as none"
        f"; not for cooling that heat drives; {UNVERIFIED}",
    )
    nothing = found.reason is None and found.value_reported is None
    return replace(found, reason="no electricity was taken by cooling in this period") if nothing else found


def wue_source_of(*, wue: Kpi, pue: Kpi, water: Factor, note: str = "") -> Kpi:
    """Return water of the site and of making its electricity [L per IT kWh]: WUE + PUE x W_grid.

    `water` is what a kWh of the electricity mix takes [L/kWh]. Method after Li et al. and WRI (standards 1.4).
    """
    found = _combined(
        wue,
        pue,
        name="wue_with_source",
        unit="L/kWh",
        values=lambda site, ratio: wue_with_source(wue_site=site, pue=ratio, grid_water_l_per_kwh=water.value),
        low=(wue.low, pue.low),
        high=(wue.high, pue.high),
        method=f"WUE + PUE x water of the electricity mix of {water.zone} {water.year}; {wue.method}",
    )
    return replace(found, factors=(*found.factors, used(water, note)))


def pue_mixed_of(*, pue: Kpi, facility: Kpi, carriers: Mapping[str, float], weights: Mapping[str, float]) -> Kpi:
    """Return the PUE of a site with other carriers besides electricity: PUE x sum(w_i E_i) / E_electric.

    `carriers` are energies [kWh] of the same period by carrier, from approved records. Electricity that was not seen is
    left out below the line, so that a gap only makes the ratio larger. Plain weights are those of Regulation (EU)
    2024/1364; the Green Grid's, but for condenser water, are an unverified basis.

    1,000 kWh of electricity at a PUE of 1.2 with 200 kWh of chilled water: 1.2 x 1,200 / 1,000 = 1.44.
    """
    _, basis = mixed_pue(energy_kwh={"electricity": 1.0, **carriers}, it_energy_kwh=1.0, weights=weights)
    other = weighted_energy_kwh(energy_kwh=carriers, weights=weights)

    def share(ratio: float, electric_kwh: float) -> float | None:
        return ratio * (electric_kwh + other) / electric_kwh if electric_kwh > 0 else None

    told = ", ".join(f"{kwh:.6g} kWh of {carrier} x {weights[carrier]:g}" for carrier, kwh in carriers.items())
    return _combined(
        pue,
        replace(facility, value_reported=facility.value_measured) if facility.reason is None else facility,
        name="pue_mixed",
        unit="1",
        values=share,
        low=(pue.low, facility.high),
        high=(pue.high, facility.low),
        method=f"electricity and {told}: {basis}; {pue.method}",
    )


def _combined(
    one: Kpi,
    other: Kpi,
    *,
    name: str,
    unit: str,
    values: Callable[[float, float], float | None],
    low: tuple[float | None, float | None],
    high: tuple[float | None, float | None],
    method: str,
) -> Kpi:
    """Return a figure of two, with the lesser shares of both."""

    def of(pair: tuple[float | None, float | None]) -> float | None:
        first, second = pair
        return None if first is None or second is None else values(first, second)

    missing = max(one.missing, other.missing)
    measured = min(one.measured, other.measured)
    reasons = dict.fromkeys(figure.reason for figure in (one, other) if figure.reason)
    return replace(
        one,
        name=name,
        unit=unit,
        value_reported=of((one.value_reported, other.value_reported)),
        value_measured=of((one.value_measured, other.value_measured)),
        low=of(low),
        high=of(high),
        measured=measured,
        estimated=max(0.0, 1 - missing - measured),
        missing=missing,
        method=method,
        reason="; ".join(str(reason) for reason in reasons) or None,
        factors=tuple(dict.fromkeys((*one.factors, *other.factors))),
    )
