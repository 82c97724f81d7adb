"""The last days of a site, one by one: the same figures by the same rules as for any period, a local day each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of
from collectors.store.order import take
from ui.figures.named import FIGURES
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.service import Service

SORTED_ROWS = 1 << 18


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of one local day [start, end); `whole` is False for the day that is not over."""

    start: int
    end: int
    whole: bool
    pue: Kpi
    facility: Kpi
    it: Kpi
    emissions: Kpi
    metered: Kpi  # all meters behind these figures: how much of their energy is measured, estimated, missing


@dataclass(frozen=True)
class Held(Question):
    """A question whose ledger rows are in memory: all days are read once."""

    rows: pa.Table | None = None

    def tables(self, wanted: Callable[[Tree], Iterable[str]]) -> Iterator[pa.Table]:  # noqa: ARG002 - all are held
        """The rows held; what asks for them picks its points and its time itself."""
        if self.rows is not None and self.rows.num_rows:
            yield self.rows


def days(service: Service, site: Site, *, end: int, count: int) -> list[Day]:
    """The last `count` local days up to `end` [UTC s], oldest first; the last one may not be over.

    Days before the first reading of the site are left out: its books begin somewhere.
    """
    found = _kept(service, site, local_midnights(end, count, ZoneInfo(site.time_zone)), end=end, from_first_row=True)
    return list(dropwhile(lambda day: day.metered.coverage <= 0, found))


def days_between(service: Service, site: Site, edges: Sequence[int], *, end: int) -> list[Day]:
    """Every day between edges [UTC s], also one without any reading; the last one is not over where `end` is before."""
    return _kept(service, site, edges, end=end, from_first_row=False)


def _kept(service: Service, site: Site, edges: Sequence[int], *, end: int, from_first_row: bool) -> list[Day]:
    def make(run: Sequence[int]) -> list[Day]:
        return _between(service, site, run, end=end, from_first_row=from_first_row and run[0] == edges[0])

    return service.days_kept.of(service, site.id, edges, end=end, make=make)


def _between(service: Service, site: Site, edges: Sequence[int], *, end: int, from_first_row: bool) -> list[Day]:
    whole = Question(service, site, edges[0], min(end, edges[-1]), site.pue_category)
    rows = whole.tables(lambda tree: (*whole.points_of_uses(tree), *metered_points(tree, whole.category)))
    held = Held(service, site, whole.start, whole.end, site.pue_category)
    spans: Iterable[tuple[tuple[int, int], pa.Table | None]]
    spans = zip(pairwise(edges), cut_rows(rows, edges), strict=True)
    if from_first_row:
        spans = dropwhile(lambda span: span[1] is None, spans)
    return [_day(replace(held, rows=own), first, min(last, end), whole=last <= end) for (first, last), own in spans]


def cut_rows(tables: Iterable[pa.Table], edges: Sequence[int]) -> Iterator[pa.Table | None]:
    """Yield the rows of each day in the order in which they come: a day need not look through all the others.

    The tables follow one another in time, so that no more than one of them is held.
    """
    days: list[list[pa.Table]] = [[] for _ in pairwise(edges)]
    told = 0
    for table in tables:
        begun = int(_day_of(table, edges).min(initial=told))
        yield from map(_joined, days[told:begun])
        days[told:begun], told = [[] for _ in days[told:begun]], begun
        parts = deque(table.to_batches())
        del table
        while parts:
            _sort_in(_next(parts), edges, days)
    yield from map(_joined, days[told:])


def _day_of(rows: pa.Table, edges: Sequence[int]) -> NDArray[np.int64]:
    return np.searchsorted(np.asarray(edges[1:-1]), numpy_of(rows["start"]), side="right")


def _next(parts: deque[pa.RecordBatch]) -> pa.Table:
    """Take rows off the front, not many at once: what is sorted at once is held twice."""
    taken, rows = [parts.popleft()], 0
    while parts and (rows := rows + taken[-1].num_rows) < SORTED_ROWS:
        taken.append(parts.popleft())
    return pa.Table.from_batches(taken)


def _sort_in(rows: pa.Table, edges: Sequence[int], days: Sequence[list[pa.Table]]) -> None:
    day = _day_of(rows, edges)
    firsts = np.searchsorted(np.sort(day), range(len(edges))).tolist()
    rows = take(rows, np.argsort(day, kind="stable"))
    for own, (first, last) in zip(days, pairwise(firsts), strict=True):
        if first < last:
            own.append(rows.slice(first, last - first))


def _joined(parts: Sequence[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(parts, promote_options="default").unify_dictionaries() if parts else None


def _day(held: Held, start: int, end: int, *, whole: bool) -> Day:
    asked = replace(held, start=start, end=end)
    return Day(
        start,
        end,
        whole,
        pue=asked.pue,
        facility=asked.facility,
        it=FIGURES["it_energy_kwh"](asked),
        emissions=FIGURES["emissions_location_kgco2e"](asked),
        metered=asked.energy("metered_energy_kwh", "meters", lambda tree: metered_points(tree, asked.category)),
    )


def metered_points(tree: Tree, category: int) -> tuple[str, ...]:
    """Every point that a figure of the page adds up."""
    uses = [point for of_use in tree.uses(category).values() for point in of_use]
    return tuple(dict.fromkeys([*tree.facility, *tree.it(category), *uses]))


def local_midnights(end: int, count: int, zone: ZoneInfo) -> list[int]:
    """Edges [UTC s] of the last `count` local days up to `end`, the last edge at or after `end`.

    A day that a zone skipped (Samoa had no 30 December 2011) begins when the next one does: it is none.
    """
    last = datetime.fromtimestamp(end - 1, zone).date()
    dates = [last - timedelta(days=back) for back in range(count - 1, -2, -1)]
    edges = [int(datetime(date.year, date.month, date.day, tzinfo=zone).timestamp()) for date in dates]
    return list(dict.fromkeys(edges))


def local_hours(midnights: Sequence[int], zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """Each local hour between midnights: its start [UTC s], its day by number and its hour of the day.

    An hour that the clock has twice is one of two hours' length; one that it skips is absent.
    """
    found: list[tuple[int, int, int]] = []
    for day, (first, last) in enumerate(pairwise(midnights)):
        for start in range(first, last, 900):
            hour = datetime.fromtimestamp(start, zone).hour
            if not found or found[-1][1:] != (day, hour):
                found.append((start, day, hour))
    return found
