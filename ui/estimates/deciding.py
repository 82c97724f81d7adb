"""Estimates through any door: gaps of the books become proposals, approved ones enter the figures (design 4.6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc

from analytics.boundary import eras
from analytics.cells import Grid
from analytics.overlay import Estimates, overlaid
from analytics.proposals import Invoice, Known, proposals
from analytics.sheets import one_sheet
from collectors.ledger_row import INTERVAL_S
from collectors.store.estimates import WAITING, Estimated
from config.errors import InputError
from config.reading.wording import percent, refuse_blank
from ui.books.windows import ceil_cell, floor_cell
from ui.estimates.stale import stale
from ui.format import iso
from ui.reports.sealed import refuse_sealed, with_mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.boundary import Era
    from analytics.kpi import Kpi
    from analytics.proposals import Proposal
    from collectors.store.estimates import Estimate
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
DAY_S: Final = 86_400
BILLS: Final = frozenset({"invoice_electricity", "landlord_statement"})
TAUGHT_S: Final = 29 * DAY_S  # before and after the gaps: what teaches the methods


def cells_of(found: Sequence[Estimate]) -> Estimates:
    """Return the cells of estimates as arrays."""
    points = sorted({one.of.point for one in found})
    number = {point: at for at, point in enumerate(points)}
    rows = [(number[one.of.point], *cell) for one in found for cell in one.of.cells]
    point, start, *amounts = np.array(rows, dtype=np.float64).reshape(-1, 6).T
    return Estimates(points, point.astype(np.int64), start.astype(np.int64), *amounts)


def with_estimates(figure: Kpi, bare: Kpi, used: Sequence[Estimate]) -> Kpi:
    """Return a figure with `value_measured` as it is without the estimates, and the method says that they are in it."""
    if figure.value_reported == bare.value_reported and figure.low == bare.low:
        return bare
    ids = ", ".join(one.id for one in used[:3]) + (" ..." if len(used) > 3 else "")  # noqa: PLR2004 - enough to find them
    told = f"{figure.method}; with approved estimates of the site ({len(used)}: {ids})"
    return replace(figure, value_measured=bare.value_measured, method=told)


def propose(
    service: Service, site: Site, start: int, end: int, *, points: Sequence[str] | None, who: str
) -> tuple[list[Estimate], list[Row]]:
    """Propose an estimate for each gap of closed intervals in [start, end); return what waits, and gaps without any.

    Raises:
        InputError: the window holds no closed interval, or a point is none.
    """
    of_points = {service.settings.point(point).site for point in points or ()}
    service.allow("estimate", who, sites=sorted({site.id} | of_points))
    points = [service.settings.point(point).id for point in points or ()] or None
    start, end = floor_cell(start), floor_cell(min(end, service.booked_until()))
    if end <= start:
        msg = "the window holds no booked interval yet: choose an earlier one, or run `wattlas ledger keep` first"
        raise InputError(msg)
    settings = service.settings
    changes = settings.change_times(site.id, start, end)
    found: list[Proposal] = []
    for era in eras(lambda at: service.tree(site.id, at), changes, start=start, end=end):
        known = _known(service, site, era)
        ranked = settings.estimates.ranked
        found += proposals(known, start=ceil_cell(era.start), end=era.end, ranked=ranked, points=points)
    kept = [_estimated(service, site, one) for one in found if not one.reason]
    wanted = points or [state.id for state in settings.points if state.site == site.id]
    store = service.stores.state.estimates
    store.propose(kept, points=wanted, start=start, end=end, who=who, at=int(service.now()))
    ids = {one.id for one in kept}
    waiting = [one for one in store.all(site=site.id) if one.id in ids and one.state == WAITING]
    return waiting, [_unsaid_row(site, one) for one in found if one.reason]


def _known(service: Service, site: Site, era: Era) -> Known:
    """Rows of all points of a tree with weeks on either side, as read and with what is approved."""
    first = floor_cell(era.start - TAUGHT_S)
    last = floor_cell(min(era.end + TAUGHT_S, service.booked_until()))
    points = [state.id for state in era.tree.points]
    rows = service.ledger(start=first, end=last, points=points, metrics=["energy"])
    grid = Grid(first, last, INTERVAL_S)
    approved = service.stores.state.estimates.standing(site=site.id, start=first, end=last)
    gone = stale(service, approved)
    standing = [one for one in approved if one.id not in gone]
    laid = [rows] if not standing else list(overlaid([rows], cells_of(standing), start=first, end=last))
    read = one_sheet([rows], points, grid).of(points)
    return Known(era.tree, read, one_sheet(laid, points, grid).of(points), _invoices(service, site))


def _invoices(service: Service, site: Site) -> Mapping[str, Sequence[Invoice]]:
    """Approved electricity invoices and landlords' statements by the point that they speak of."""
    zone = ZoneInfo(site.time_zone)
    found: dict[str, list[Invoice]] = defaultdict(list)
    for record in service.stores.state.records.standing(site=site.id):
        one = record.entry
        if one.kind not in BILLS:
            continue
        start, end = (
            int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) for day in (one.start, one.end)
        )
        found[one.subject].append(Invoice(record.id, start, end, one.amount or 0.0))
    return found


def _estimated(service: Service, site: Site, one: Proposal) -> Estimated:
    columns = (one.missing_s, one.energy_kwh, one.low_kwh, one.high_kwh)
    cells = zip(one.starts.tolist(), *(column.tolist() for column in columns), strict=True)
    return Estimated(
        site=site.id,
        point=one.point,
        start=int(one.starts[0]),
        end=int(one.starts[-1]) + INTERVAL_S,
        method=one.method,
        inputs=one.inputs,
        cells=tuple(cells),
        config_hash=service.config_hash,
    )


def approve(service: Service, ids: Iterable[str], *, who: str, sign_off: str = "", restate: str = "") -> list[Estimate]:
    """Approve proposals; where more than the limit of a point's energy in a year is estimated, only with a sign-off.

    Raises:
        InputError: what stands against it, one sentence a line.
    """
    wanted = set(ids)
    service.allow("approve", who, sites=_sites_of(service, wanted))
    service.note_configuration()
    store = service.stores.state.estimates
    mark = _refuse_sealed(service, wanted, restate=restate)
    if not sign_off.strip() and (
        above := list(_above_limit(service, [one for one in store.all() if one.id in wanted]))
    ):
        raise InputError("\n".join(above))
    solo = service.settings.company.solo
    return store.approve(sorted(wanted), who=who, at=int(service.now()), solo=solo, reason=with_mark(sign_off, mark))


def withdraw(service: Service, ids: Iterable[str], *, who: str, reason: str, restate: str = "") -> list[Estimate]:
    """Take estimates back with the reason.

    Raises:
        InputError: one does not stand, or a report of its period is sealed and `restate` gives no reason.
    """
    wanted = set(ids)
    service.allow("estimate", who, sites=_sites_of(service, wanted))
    refuse_blank(reason)
    why = with_mark(reason, _refuse_sealed(service, wanted, restate=restate))
    return service.stores.state.estimates.withdraw(sorted(wanted), who=who, at=int(service.now()), reason=why)


def _sites_of(service: Service, ids: set[str]) -> list[str]:
    """The sites of estimates by their ids."""
    return sorted({one.of.site for one in service.stores.state.estimates.all() if one.id in ids})


def _refuse_sealed(service: Service, ids: set[str], *, restate: str) -> str:
    chosen = (one.of for one in service.stores.state.estimates.all() if one.id in ids)
    return refuse_sealed(service, [(one.site, one.start, one.end) for one in chosen], restate=restate)


def _above_limit(service: Service, chosen: Sequence[Estimate]) -> Iterator[str]:
    """Say of which points and local years too much would be estimated (design 4.6: sign-off)."""
    limit = service.settings.estimates.limit
    for point in sorted({one.of.point for one in chosen}):
        site = service.settings.site(service.settings.point(point).site)
        zone = ZoneInfo(site.time_zone)
        mine = [one for one in chosen if one.of.point == point]
        edges = (at for one in mine for at in (one.of.start, one.of.end - 1))
        for year in sorted({datetime.fromtimestamp(at, zone).year for at in edges}):
            start, end = (int(datetime(number, 1, 1, tzinfo=zone).timestamp()) for number in (year, year + 1))
            standing = service.stores.state.estimates.standing(site=site.id, start=start, end=end)
            all_of = {one.id: one for one in (*standing, *mine) if one.of.point == point}
            guessed = sum(cell[2] for one in all_of.values() for cell in one.of.cells if start <= cell[0] < end)
            rows = service.ledger(start=start, end=min(end, int(service.now())), points=[point], metrics=["energy"])
            total = guessed + float(pc.sum(rows["energy_kwh"]).as_py() or 0.0)
            if guessed > limit * total:
                yield (
                    f"{point}: {percent(guessed / total, 1)} of the energy of {year} would be estimated "
                    f"(limit {limit:.0%}): "
                    'approve with --sign-off "why this stands"'
                )


def estimate_row(one: Estimate) -> Row:
    """One estimate as a plain row."""
    energy, low, high = one.of.sums()
    return {
        "id": one.id,
        "state": one.state,
        "site": one.of.site,
        "point": one.of.point,
        "from": iso(one.of.start),
        "to": iso(one.of.end),
        "missing_h": sum(cell[1] for cell in one.of.cells) / 3600,
        "method": one.of.method,
        "energy_kwh": energy,
        "low_kwh": low,
        "high_kwh": high,
        "inputs": dict(one.of.inputs),
        "proposed_by": one.proposed_by,
        "proposed_at": iso(one.proposed_at),
        "decided_by": one.decided_by,
        "decided_at": None if one.decided_at is None else iso(one.decided_at),
        "reason": one.reason,
        "solo": one.solo,
        "config_hash": one.of.config_hash,
    }


def _unsaid_row(site: Site, one: Proposal) -> Row:
    """A gap that nothing estimates."""
    return {
        "id": "",
        "state": "none",
        "site": site.id,
        "point": one.point,
        "from": iso(int(one.starts[0])),
        "to": iso(int(one.starts[-1]) + INTERVAL_S),
        "missing_h": float(one.missing_s.sum()) / 3600,
        "method": "",
        "reason": one.reason,
    }
