"""What certificates lack: the share of bought electricity that none of those held can still cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.instruments import LATE_RETIREMENT_S, held, refusal, vintage_kwh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from config.contracts import Certificate, Contract


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
    return (lot.retired_at or now) <= lot.end + LATE_RETIREMENT_S


def shortfall(*, bought_kwh: float, coverable_kwh: float) -> float | None:
    """Return the share that is not covered, 0 where all is; None where nothing was bought.

    >>> shortfall(bought_kwh=200.0, coverable_kwh=150.0)
    0.25
    """
    return max(0.0, 1.0 - coverable_kwh / bought_kwh) if bought_kwh > 0 else None
