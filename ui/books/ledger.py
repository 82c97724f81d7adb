"""Ledger rows of any window: the books where they stand, the same kernel where they do not (design 4.5)."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.frame import coded, plain
from collectors.arrays import empty_table
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.layout import LEDGER
from collectors.store.order import in_order, pick, take, text_mask
from ui.books.context import Context
from ui.books.judging import cells
from ui.books.overheads import declared_s
from ui.books.windows import ceil_cell, closed_until, floor_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ui.books.windows import Window
    from ui.service import Service


def ledger(
    service: Service, *, start: int, end: int, points: Sequence[str], metrics: Sequence[str] | None = None
) -> pa.Table:
    """Rows of `points` over [start, end), sorted by point, metric and start; rows off the grid are shorter."""
    first, last = min(ceil_cell(start), end), max(floor_cell(end), start)
    booked = service.stores.books.rows(points=points, metrics=metrics, start=first, end=last) if first < last else None
    others = list(_unbooked_rows(service, points, start, end, metrics=metrics))
    if not others and booked is not None:
        return booked
    tables = [*others] if booked is None else [booked, *others]
    rows = pa.concat_tables([empty_table(LEDGER_SCHEMA), *tables]).unify_dictionaries()
    return in_order(_once(rows) if _ahead(service) else rows, LEDGER)[0]


def by_month(
    service: Service, *, start: int, end: int, points: Sequence[str], metrics: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.Table]:
    """The same rows as several tables, each of a later time, so that a year of any size fits in memory."""
    first, last = min(ceil_cell(start), end), max(floor_cell(end), start)
    others = [rows.select(columns) for rows in _unbooked_rows(service, points, start, end, metrics=metrics)]
    heads = [rows for rows in others if _starts_at(rows) < first]
    tails = [rows for rows in others if _starts_at(rows) >= first]
    yield from _joined(heads)
    rest: list[pa.Table] = []
    if first < last:
        months = service.stores.books.months(points=points, metrics=metrics, start=first, end=last, columns=columns)
        edge = _month_before(min(map(_starts_at, tails))) if tails else last
        yield from _earlier(months, edge, rest)
    found = list(_joined([*rest, *tails]))
    del rest, tails
    while found:
        yield _once(found.pop()) if _ahead(service) else found.pop()


def _ahead(service: Service) -> bool:
    """Whether the books reach beyond the clock: that of a former job was ahead, or this one was set back."""
    return service.booked_until() > service.now()


def _once(rows: pa.Table) -> pa.Table:
    """Drop the second row of a key: what the books hold stands, but where they saw nothing and what is open did."""
    point, metric = (coded(rows[name])[0] for name in ("point", "metric"))
    start, unseen = plain(rows["start"]), plain(rows["missing"]) >= 1
    order = np.lexsort((np.arange(len(rows)), unseen, start, metric, point))
    keys = np.column_stack([point, metric, start])[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return rows if first.all() else take(rows, np.sort(order[first]))


def _earlier(months: Iterator[pa.Table], edge: int, rest: list[pa.Table]) -> Iterator[pa.Table]:
    """Hand over the months before `edge` [UTC s], each without holding it meanwhile, and put later ones into `rest`."""
    for month in months:
        held = [month]
        del month
        if _starts_at(held[0]) < edge:
            yield held.pop()
        rest += held


def _month_before(time: int) -> int:
    """Start of the UTC month that holds the second before `time`, in which the books may end."""
    last = datetime.fromtimestamp(time - 1, UTC)
    return int(datetime(last.year, last.month, 1, tzinfo=UTC).timestamp())


def _joined(tables: list[pa.Table]) -> Iterator[pa.Table]:
    if len(tables) == 1:
        yield tables[0]
    elif tables:
        yield pa.concat_tables(tables).unify_dictionaries()


def _starts_at(rows: pa.Table) -> int:
    return int(pc.min(rows["start"]).as_py())


def _unbooked_rows(
    service: Service, points: Sequence[str], start: int, end: int, *, metrics: Sequence[str] | None
) -> Iterator[pa.Table]:
    until = min(int(service.now()), end)
    context = Context(service.stores)
    for window, group in sorted(_unbooked(service, points, start, until).items()):
        made = cells(
            service.settings, context, group, *window, config_hash=service.config_hash, open_end=window[1] == until
        ).rows
        rows = made if metrics is None else pick(made, text_mask(made["metric"], set(metrics)))
        if rows.num_rows:
            yield rows


def _unbooked(service: Service, points: Sequence[str], start: int, end: int) -> dict[Window, list[str]]:
    """What the books do not hold of [start, end): pieces off the grid, and time after the last closed interval."""
    found: dict[Window, list[str]] = defaultdict(list)
    booked = min(service.booked_until(), int(service.now()))  # that job's clock may have been ahead
    for point in points:
        states = (service.settings.state(point, time) for time in (booked, start, end - 1))
        state = next((one for one in states if one is not None), None)
        if state is None:
            continue
        longest_s = max(declared_s(service.settings, state, booked or start), default=0.0)
        closed = closed_until(now=booked, interval_s=longest_s) if booked else 0
        head = (start, min(ceil_cell(start), end))
        tail = (max(min(closed, floor_cell(end)), head[1]), end)
        for window in (head, tail):
            if window[0] < window[1]:
                found[window].append(point)
    return found
