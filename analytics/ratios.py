"""REF, ERE and CUE as figures: ratios of figures of one site and period, each with the bounds that follow from theirs.

A ratio has no value where one of its figures has none, and its reason is that figure's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.market import market_based
from analytics.relatives import UNVERIFIED, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analytics.instruments import Claim
    from analytics.kpi import Kpi

EED_KINDS: Mapping[str, str] = {  # of a claim -> indicator of Regulation (EU) 2024/1364 Annex II
    "certificates": "ERES-GOO",
    "green_tariff": "ERES-GOO",
    "ppa": "ERES-PPA",
    "on_site": "ERES-OS",
}


def renewable_kwh(*, facility_energy_kwh: float, claims: Sequence[Claim]) -> dict[str, float]:
    """Return renewable energy with retired certificates [kWh] by indicator (ERES-GOO, ERES-PPA, ERES-OS).

    Each claim is used once and never beyond what the facility took: 80 kWh of certificates and 40 kWh of a PPA of a
    facility that took 100 kWh are 100 kWh. Claims that were refused count nothing.
    """
    usable = [claim for claim in claims if claim.renewable and claim.reason is None]
    found = market_based(seen_kwh=facility_energy_kwh, unseen_kwh=0.0, claims=usable, rest_gco2e_per_kwh=0.0)
    sums = dict.fromkeys(EED_KINDS.values(), 0.0)
    for one in found.used:
        sums[EED_KINDS[one.claim.kind]] += one.kwh
    return sums


def ref_of(*, facility: Kpi, claims: Sequence[Claim]) -> Kpi:
    """Return the renewable energy factor: renewable energy with retired certificates over facility energy.

    ISO/IEC 30134-3, EN 50600-4-3; Regulation (EU) 2024/1364 Annex III(d). Time in which the facility was not seen is
    never renewable: it stands below the line alone.
    """
    seen = facility.value_measured or 0.0

    def share(energy_kwh: float | None) -> float | None:
        if energy_kwh is None:
            return None
        claimed = renewable_kwh(facility_energy_kwh=min(seen, energy_kwh), claims=claims)
        return ref(renewable_energy_kwh=sum(claimed.values()), facility_energy_kwh=energy_kwh)

    told = [f"{claim.contract} {claim.certificate} not counted ({claim.reason})" for claim in claims if claim.reason]
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


def cue_of(*, pue: Kpi, emissions: Kpi, facility: Kpi) -> Kpi:
    """Return carbon usage effectiveness [kgCO2e per IT kWh]: PUE times the emissions of a kWh of the facility.

    ISO/IEC 30134-8, an unverified basis. The emissions are those of bought electricity, location-based; generator fuel
    and refrigerants are not in.
    """
    per_kwh = _combined(
        emissions,
        facility,
        name="cue",
        unit="kgCO2e/kWh",
        values=lambda kg, kwh: kg / kwh if kwh > 0 else None,
        low=(emissions.low, facility.high),
        high=(emissions.high, facility.low),
        method="",
    )
    return _combined(
        pue,
        per_kwh,
        name="cue",
        unit="kgCO2e/kWh",
        values=lambda ratio, kg: ratio * kg,
        low=(pue.low, per_kwh.low),
        high=(pue.high, per_kwh.high),
        method=f"PUE x location-based emissions of bought electricity / facility energy, without generator fuel and "
        f"refrigerants; {UNVERIFIED}; {emissions.method}",
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
