"""Estimates whose invoice no longer says what they were made of: told until somebody withdraws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.store.estimates import APPROVED, WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.store.estimates import Estimate
    from ui.service import Service


def stale(service: Service, found: Iterable[Estimate]) -> dict[str, str]:
    """Return a sentence by id for each of these estimates whose record was corrected or withdrawn since."""
    resting = [one for one in found if "record" in one.of.inputs and one.state in {APPROVED, WAITING}]
    if not resting:
        return {}
    standing = {record.id: record.entry.amount for record in service.stores.state.records.standing()}
    told = {}
    for one in resting:
        bill, used = str(one.of.inputs["record"]), one.of.inputs["invoice_kwh"]
        if standing.get(bill) != used:
            now = f"says {standing[bill]:.6g} kWh now" if bill in standing else "stands no longer"
            told[one.id] = f"record {bill} {now}, the estimate was made of {used:.6g} kWh: withdraw it, propose anew"
    return told
