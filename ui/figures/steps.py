"""The steps in which registers count, as their readings showed them where the site file does not declare them.

A figure is known no closer than a step. The books' jobs note what the readings of each month show (`ui.books.steps`);
a period has the coarsest step of its months, or where a register showed none in these, the newest one before them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from analytics.intervals import REGISTER
from analytics.register_steps import step_kwh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.boundary import Era, Tree
    from collectors.store.state import State
    from config.points import PointState
    from ui.service import Service

KEPT: Final = 256
TREES_KEPT: Final = 8
_trees: OrderedDict[int, tuple[Tree, Mapping[str, float], Tree]] = OrderedDict()


def with_steps(service: Service, site: str, eras: Sequence[Era]) -> tuple[Era, ...]:
    """Return the trees of a period with the steps of registers that nobody declared, as far as they were seen."""
    asked = {point.id for era in eras for point in era.tree.points if _untold(point)}
    steps = steps_of(service, site, eras[0].start, eras[-1].end, asked) if asked else {}
    return tuple(replace(era, tree=_told(era.tree, steps)) for era in eras) if steps else tuple(eras)


def steps_of(service: Service, site: str, start: int, end: int, asked: set[str]) -> dict[str, float]:
    """Return the steps of these registers over [start, end) [kWh], those that count finely left out."""
    state, books, first = service.stores.state, service.stores.books.ledger.changed(), _month(start)
    told = _coarsest(state, books, site, first, month_after(end))
    if not asked <= told.keys():
        told = _newest(state, books, site, first) | told
    steps = {point: step_kwh(told[point]) for point in asked & told.keys()}
    return {point: step for point, step in steps.items() if step > 0}


def month_after(end: int) -> int:
    """Return the end of the UTC month in which a period ends [UTC s]."""
    return _month(_month(end - 1) + 32 * 86_400)


def _month(time: int) -> int:
    day = datetime.fromtimestamp(time, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())


@lru_cache(maxsize=KEPT)
def _coarsest(state: State, _books: str, site: str, start: int, end: int) -> dict[str, int]:
    """What registers tell while the books stand: rules ask for the same each few seconds."""
    return state.register_steps.coarsest(site, start=start, end=end)


@lru_cache(maxsize=KEPT)
def _newest(state: State, _books: str, site: str, before: int) -> dict[str, int]:
    return state.register_steps.newest(site, before=before)


def _untold(point: PointState) -> bool:
    return REGISTER in point.interval_s and point.register_step_kwh is None


def _told(tree: Tree, steps: Mapping[str, float]) -> Tree:
    """The tree with these steps: made once, for a course has many periods of one tree."""
    kept = _trees.get(id(tree))
    if kept is None or kept[0] is not tree or kept[1] != steps:
        untold = {one.id: steps[one.id] for one in tree.points if one.id in steps and _untold(one)}
        kept = _trees[id(tree)] = tree, steps, tree.stepped(untold)
        while len(_trees) > TREES_KEPT:
            _trees.popitem(last=False)
    return kept[2]
