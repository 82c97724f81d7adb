"""From readings to ledger rows of any window: the one place where kernel, configuration and archive meet.

The bookkeeper uses it for closed intervals, and questions about a window off the grid or not yet closed use it too:
both get the same numbers by the same rules (design 4.5).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from analytics.boundary import Tree
from analytics.holding import held
from analytics.intervals import PointRule, intervals, reach_s
from analytics.legs import leaves
from analytics.overhead import overhead_rows
from collectors.arrays import arrow_of, empty_table, text_array
from collectors.ledger_row import INTERVAL_S, LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA
from ui.books.steps import join
from ui.books.windows import ceil_cell, floor_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.site import PointState, Settings
    from ui.books.context import Context
    from ui.books.steps import Steps
    from ui.books.windows import Window

REFUSED = pa.schema([READING_SCHEMA.field(name) for name in ("point", "metric", "time", "value", "quality", "reason")])


class Judged(NamedTuple):
    """Ledger rows, the readings that the kernel refused, and what registers show of their steps."""

    rows: pa.Table
    refused: pa.Table
    steps: Steps


def cells(
    settings: Settings,
    context: Context,
    points: Sequence[str],
    start: int,
    end: int,
    *,
    config_hash: str,
    open_end: bool = False,
    length_s: int = INTERVAL_S,
) -> Judged:
    """Ledger rows of `points` over [start, end), with the readings that the kernel refused and their reason.

    The window may lie off the grid; then its first and last rows are shorter. Where a point's attributes change, the
    interval that holds the change is still judged by what stood at its start. With `open_end` the window ends now, and
    sources that are in time are carried on to it as estimated (`analytics.holding`). Rows of metered points may be of
    another length than the ledger's, `length_s`.
    """
    made, refused = [empty_table(LEDGER_SCHEMA)], [empty_table(REFUSED)]
    steps: Steps = {}
    made += _overheads(settings, context, points, start, end, open_end=open_end)
    for window, states in _spans(settings, points, start, end):
        rules = {state.id: rule(settings, state, window[0]) for state in states}
        reach = max(reach_s(one) for one in rules.values())
        readings = context.readings(states, *window, reach_s=reach)
        if open_end and window[1] == end:
            readings = context.merged(readings, held(readings, rules=rules, end=end))
        result = intervals(readings, rules=rules, start=window[0], end=window[1], length_s=length_s)
        made.append(result.rows)
        refused.append(result.rejected.select(REFUSED.names))
        join(steps, result.steps)
    rows = pa.concat_tables(made).unify_dictionaries()
    return Judged(_stamped(rows, config_hash), pa.concat_tables(refused).unify_dictionaries(), steps)


def _overheads(
    settings: Settings, context: Context, points: Sequence[str], start: int, end: int, *, open_end: bool
) -> Iterator[pa.Table]:
    """Rows of the points that stand for a provider's overhead, from the IT rows of the same time."""
    for window, states in _spans(settings, points, start, end, derived=True):
        for state in states:
            tree = Tree(settings.points_at(state.site, window[0]))
            units = tree.units(tree.hosted_it)
            last = open_end and window[1] == end
            it = cells(settings, context, leaves(units), *window, config_hash="", open_end=last).rows
            pue = state.provider_pue or 1.0
            yield overhead_rows(it, units, point=state.id, provider_pue=pue, start=window[0], end=window[1])


def rule(settings: Settings, state: PointState, at: int) -> PointRule:
    """How the kernel judges a point in a span that starts at `at`."""
    point = settings.point(state.id)
    meter = point.meter_at(at)
    turns_at = meter.register_max_kwh if meter else None  # as the meter shows it; readings are on the primary side
    return PointRule(
        interval_s=state.interval_s,
        max_w=state.max_w,
        register_max_kwh=None if turns_at is None else turns_at * state.ct_ratio,
        exchanges=point.exchanges,
        step_untold=state.register_step_kwh is None,
    )


def _spans(
    settings: Settings, points: Sequence[str], start: int, end: int, *, derived: bool = False
) -> Iterator[tuple[Window, list[PointState]]]:
    """Cut [start, end) so that within each span the points' attributes are those at its start.

    Only points that are metered; with `derived` those that stand for a provider's overhead instead.
    """
    sharing: dict[Window, list[PointState]] = defaultdict(list)
    for point in points:
        born = settings.point(point).valid_from or start
        for span in _spans_of(settings, point, start, end):
            state = settings.state(point, max(span[0], born))
            if state is not None and (state.provider_pue is not None if derived else state.interval_s):
                sharing[span].append(state)
    yield from sorted(sharing.items())


def _spans_of(settings: Settings, point: str, start: int, end: int) -> list[Window]:
    """Windows of [start, end) in which the point exists, cut on the grid behind each change of its site."""
    found = settings.point(point)
    first = start if found.valid_from is None else max(start, floor_cell(found.valid_from))
    last = end if found.valid_to is None else min(end, ceil_cell(found.valid_to))
    edges = {ceil_cell(time) for time in settings.change_times(found.site, first - INTERVAL_S, last)}
    cuts = [first, *sorted(edge for edge in edges if first < edge < last), last]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def _stamped(rows: pa.Table, config_hash: str) -> pa.Table:
    """Set the configuration that judged these rows."""
    at = rows.schema.get_field_index("config_hash")
    codes = np.zeros(rows.num_rows, dtype=np.int32)
    column = pa.DictionaryArray.from_arrays(arrow_of(codes), text_array([config_hash]))
    return rows.set_column(at, rows.schema.field(at), column)
