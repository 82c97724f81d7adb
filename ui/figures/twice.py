"""The energy of points that give a register and power, by both: the books' rows beside rows of the power alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.intervals import POWER, REGISTER, intervals, reach_s
from analytics.twice import Twice, told_twice
from ui.books.context import Context
from ui.books.judging import rule
from ui.books.windows import floor_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.site import PointState, Site
    from ui.service import Service

LOOK_S, MANY_LOOK_S, MANY = 7 * 86_400, 86_400, 500  # of a longer period its end is looked at: raw readings are many
TOGETHER = 250  # points whose readings are held at once


def twice(service: Service, site: Site, start: int, end: int) -> list[Twice]:
    """Compare over the last week of [start, end) [UTC s], or its last day where they are many, points with both."""
    last = floor_cell(min(end, service.booked_until()))
    declared = service.settings.points_at(site.id, max(start, last - 1))
    states = [_by_power(state) for state in declared if {REGISTER, POWER} <= set(state.interval_s)]
    first = max(start, last - (LOOK_S if len(states) <= MANY else MANY_LOOK_S))
    if first >= last:
        return []
    groups = (states[at : at + TOGETHER] for at in range(0, len(states), TOGETHER))
    return [one for group in groups for one in _compared(service, group, first, last)]


def _compared(service: Service, states: Sequence[PointState], start: int, end: int) -> list[Twice]:
    rules = {state.id: rule(service.settings, state, start) for state in states}
    reach = max(reach_s(one) for one in rules.values())
    readings = Context(service.stores).readings(states, start, end, reach_s=reach)
    by_power = intervals(readings, rules=rules, start=start, end=end).rows
    booked = service.ledger(start=start, end=end, points=[*rules], metrics=["energy"])
    return told_twice(booked, by_power)


def _by_power(state: PointState) -> PointState:
    return state._replace(interval_s={POWER: state.interval_s[POWER]})
