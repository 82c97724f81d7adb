"""The period of a question of who used it: cut at quarter hours, and where a cluster takes the place of another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from collectors.ledger_row import INTERVAL_S
from config.errors import InputError
from ui.books.windows import floor_cell
from ui.figures.site import Question
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.attribution.clusters import Cluster
    from config.site import Site
    from ui.service import Service


def asked(service: Service, site: Site, start: int, end: int) -> Question:
    """Return the question of a period that is cut at whole intervals; one that ends now ends at the last of them.

    Raises:
        InputError: the period begins or ends within an interval: nobody's part of it is known.
    """
    if service.now() - end < INTERVAL_S:
        end -= end % INTERVAL_S
    if start % INTERVAL_S or end % INTERVAL_S or start >= end:
        msg = f"{iso(start)} to {iso(end)} is not cut at quarter hours: who used what is known by the quarter hour"
        raise InputError(msg)
    return Question(service, site, start, end, site.pue_category)


def cut(clusters: Iterable[Cluster], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut [start, end) at the quarter hours in which a cluster begins or ends: of each part the nodes are the same."""
    dates = {time for one in clusters for time in (one.valid_from, one.valid_to) if time is not None}
    edges = sorted({start, end, *(at for time in dates if start < (at := floor_cell(time)) < end)})
    yield from pairwise(edges)
