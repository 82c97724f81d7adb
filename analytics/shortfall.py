"""What certificates lack: the share of bought electricity that none of those held can still cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.instruments import LATE_RETIREMENT_S, held, lot_refusal, refusal, vintage_kwh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.electricity.contracts import Certificate, Contract


def coverable_kwh(contracts: Iterable[Contract], *, site: str, zone: str, start: int, end: int, now: float) -> float:
    """Return the energy [kWh] of [start, end) UTC seconds that a site's certificates cover, or may still cover.

    A lot counts while it is retired or may be so in time (GHG Protocol scope 2 quality criteria: near its vintage);
    contracts that give the site no credit at all count nothing.
    """
    total = 0.0
    for contract in contracts:
        if site in contract.sites and refusal(contract, zone=zone) is None:
            first, last = held(contract, start=start, end=end)
            lots = [lot for lot in contract.certificates if _counts(lot, now)]
            total += sum(vintage_kwh(lot, share=contract.sites[site], start=first, end=last) for lot in lots)
    return total


def _counts(lot: Certificate, now: float) -> bool:
    if lot.retired_at is None:
        return now <= lot.end + LATE_RETIREMENT_S
    return lot_refusal(lot, lot.retired_at) is None


def credit_until(contract: Contract, *, zone: str, now: float) -> float:
    """Return when a contract's certificates end to give credit, or before that the first must be retired [UTC s].

    What gives no credit, or is lost for it was not retired in time, does not count; `now` where nothing counts.
    """
    far = max((lot.end for lot in contract.certificates), default=0)
    first, last = held(contract, start=0, end=far)
    lots = [lot for lot in contract.certificates if _counts(lot, now) and max(lot.start, first) < min(lot.end, last)]
    if not lots or refusal(contract, zone=zone) is not None:
        return now
    deadlines = (lot.end + LATE_RETIREMENT_S for lot in lots if lot.retired_at is None)
    return min([last, max(lot.end for lot in lots), *deadlines])


def shortfall(*, bought_kwh: float, coverable_kwh: float) -> float | None:
    """Return the share that is not covered, 0 where all is; None where nothing was bought.

    >>> shortfall(bought_kwh=200.0, coverable_kwh=150.0)
    0.25
    """
    return max(0.0, 1.0 - coverable_kwh / bought_kwh) if bought_kwh > 0 else None
