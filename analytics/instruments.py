"""What of a contract may be claimed where and when: a certificate is used once (design 4.8, standards 3.1).

A certificate's energy is spread evenly over its vintage and divided among sites by the contract's fixed shares. What a
site may claim over a period is its share of what overlaps the period while the contract held; so claims over any
division of sites and time sum to what the certificate holds, and to no more. Surplus of a period is not carried into
another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from config.factors.tables import canonical_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from config.electricity.contracts import Certificate, Contract, ContractKind

KWH_PER_MWH: Final = 1000
LATE_RETIREMENT_S: Final = 366 * 86_400  # a claim of a year is retired until the end of the next; unverified basis
RANK: Final = {"on_site": 0, "ppa": 1, "certificates": 2, "green_tariff": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a site may claim of a contract over a period: at most `kwh`, or for a tariff `share` of what it uses.

    `reason` says why nothing may be claimed; `kwh` and `share` are then 0.
    """

    contract: str
    kind: ContractKind
    certificate: str
    kwh: float
    share: float
    gco2e_per_kwh: float
    renewable: bool
    carbon_free: bool
    reason: str | None = None


def refusal(contract: Contract, *, zone: str) -> str | None:
    """Say why a contract gives a site in `zone` no credit at all; None where it may."""
    failing = contract.quality.failing()
    if failing:
        return f"quality criteria not met: {', '.join(failing)}"
    if canonical_zone(zone) not in {canonical_zone(one) for one in contract.zones}:
        return f"delivered in {', '.join(contract.zones)}, not in {zone}"
    return None


def claims(
    contracts: Iterable[Contract],
    *,
    site: str,
    zone: str,
    start: int,
    end: int,
    as_of: float,
    used: Callable[[int, int], float],
) -> list[Claim]:
    """Return what a site may claim over [start, end) [UTC s], in the order of use; refused ones with their reason.

    A certificate counts from its retirement on: one that is retired after `as_of` [UTC s] is not retired yet. `used`
    says which share of what the site used over the period it used in a part of it: a tariff covers none beyond it.
    """
    found = []
    for contract in contracts:
        if site not in contract.sites:
            continue
        refused = refusal(contract, zone=zone)
        if contract.kind == "green_tariff":
            found += _of_tariff(contract, refused, start, end, used)
        else:
            found += _of_contract(contract, contract.sites[site], refused, start, end, as_of)
    return sorted(found, key=lambda claim: (RANK[claim.kind], claim.contract, claim.certificate))


def vintage_kwh(lot: Certificate, *, share: float, start: int, end: int) -> float:
    """Return the energy [kWh] of a lot that falls into [start, end), times a site's share.

    1 MWh of a year is 1000 kWh * 31/365 in January.
    """
    overlap = max(0, min(end, lot.end) - max(start, lot.start))
    return lot.mwh * KWH_PER_MWH * share * overlap / (lot.end - lot.start)


def held(contract: Contract, *, start: int, end: int) -> tuple[int, int]:
    """Return the part of [start, end) in which a contract holds [UTC s]; of no length where it does not."""
    first = start if contract.valid_from is None else max(start, contract.valid_from)
    last = end if contract.valid_to is None else min(end, contract.valid_to)
    return first, max(first, last)


def _of_tariff(
    contract: Contract, refused: str | None, start: int, end: int, used: Callable[[int, int], float]
) -> list[Claim]:
    first, last = held(contract, start=start, end=end)
    if first >= last:
        return []
    part = 1.0 if (first, last) == (start, end) else used(first, last)
    return [_claim(contract, "", 0.0, contract.tariff_share * part, refused)]


def _of_contract(
    contract: Contract, share: float, refused: str | None, start: int, end: int, as_of: float
) -> list[Claim]:
    first, last = held(contract, start=start, end=end)
    return [
        _claim(contract, lot.id, kwh, 0.0, refused or lot_refusal(lot, as_of) or _span_refusal(lot, first, last))
        for lot in contract.certificates
        if vintage_kwh(lot, share=share, start=start, end=end) > 0
        for kwh in (vintage_kwh(lot, share=share, start=first, end=last),)
    ]


def _span_refusal(lot: Certificate, first: int, last: int) -> str | None:
    """What a lot made outside the contract's own time is not delivered by it."""
    return None if max(lot.start, first) < min(lot.end, last) else "made while the contract did not hold"


def lot_refusal(lot: Certificate, as_of: float) -> str | None:
    """Say why a lot gives no credit as of a time [UTC s]; None where it does."""
    if lot.retired_at is None:
        return "not retired"
    if lot.retired_at > as_of:
        return "not retired yet"
    if lot.retired_at <= lot.start:
        return "retired before it was made: correct retired_at or its vintage"
    if lot.retired_at > lot.end + LATE_RETIREMENT_S:
        return "retired more than a year after its vintage"
    return None


def _claim(contract: Contract, certificate: str, kwh: float, share: float, reason: str | None) -> Claim:
    return Claim(
        contract=contract.id,
        kind=contract.kind,
        certificate=certificate,
        kwh=0.0 if reason else kwh,
        share=0.0 if reason else share,
        gco2e_per_kwh=contract.factor_gco2e_per_kwh,
        renewable=contract.renewable,
        carbon_free=contract.carbon_free,
        reason=reason,
    )
