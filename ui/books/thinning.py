"""Which ledger rows are thinned to days: old ones of devices that no figure of their site adds up."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.legs import leaves
from collectors.events import Event, log_event
from collectors.store.books import THINNED_MARK
from config.points import EQUIPMENT
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.boundary import Tree
    from config.site import Site
    from ui.service import Service

DAY_S = 86_400
DEVICES = EQUIPMENT | {"component"}


def thin(service: Service, *, before: int) -> int:
    """Thin the days of devices before `before` [UTC s] that earlier runs have not; return how many rows of days came.

    Days at the edges of local months and of changes of a site's tree stay by quarter hours, so that months and eras
    are exact.
    """
    books, days = service.stores.books, 0
    first, until = books.earliest(), before // DAY_S * DAY_S
    for site in service.settings.sites:
        mark = f"{THINNED_MARK}:{site.id}"
        done = books.watermark(mark)
        if first is None or max(first, done) >= until:
            continue
        for start, end in _spans(service, site, max(first, done), until):
            points = devices(service, site, start, end)
            days += books.thin(points, start, end) if points else 0
        books.note(mark, until)
    if days:
        log_event(Event("ledger thinned", service.now(), {"days": days}))
    return days


def devices(service: Service, site: Site, start: int, end: int) -> set[str]:
    """Return the points of a site that lie below the meters of its IT in every tree of [start, end)."""
    trees = [era.tree for era in Question(service, site, start, end, site.pue_category, read_alone=True).eras]
    wanted = [set(below_it(tree, site.pue_category)) for tree in trees]
    estimated = {one.of.point for one in service.stores.state.estimates.standing(site=site.id, start=start, end=end)}
    return set.intersection(*wanted) - estimated if wanted else set()


def below_it(tree: Tree, category: int) -> Iterator[str]:
    """Yield the devices of one tree whose rows no figure of its site adds up, IT measured by `category`."""
    it = tree.it(category)
    added = (*tree.facility, *it, *(point for of_use in tree.uses(category).values() for point in of_use))
    in_figures = {*added, *leaves(tree.units(added))}
    for point in tree.points:
        if point.role in DEVICES and point.id not in in_figures and tree.ancestors(point.id) & set(it):
            yield point.id


def _spans(service: Service, site: Site, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Whole UTC days of [start, end) within one local month and one tree: a day that holds such an edge is out."""
    zone = ZoneInfo(site.time_zone)
    edges = {*service.settings.change_times(site.id, start, end), *_months(start, end, zone)}
    for first, last in pairwise(sorted({start, end, *edges})):
        day, until = -(-first // DAY_S) * DAY_S, last // DAY_S * DAY_S
        if day < until:
            yield day, until


def _months(start: int, end: int, zone: ZoneInfo) -> Iterator[int]:
    local = datetime.fromtimestamp(start, UTC).astimezone(zone)
    year, month = local.year, local.month
    while (edge := int(datetime(year, month, 1, tzinfo=zone).timestamp())) < end:
        if edge > start:
            yield edge
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
