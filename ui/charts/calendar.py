"""A year of days, week by week: how well each was covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ui.charts.base import SMALL_PX, Option, base, steps_map, tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

Standing = Literal["measured", "estimated", "little", "much", "nothing"]


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day: its week (column) and weekday (row), how it stands, and what the tooltip says."""

    week: int
    weekday: int
    standing: Standing
    printed: str


def calendar_looks(colours: Palette) -> dict[Standing, str]:
    """The colour of each standing of a day, the best first."""
    return {
        "measured": colours.ok,
        "estimated": colours.seq_carbon[1],
        "little": f"{colours.warn}80",  # half as strong
        "much": colours.warn,
        "nothing": colours.grid,
    }


def coverage_calendar(
    weeks: Sequence[str], weekdays: Sequence[str], cells: Sequence[DayCell], *, colours: Palette
) -> Option:
    """Weeks from left to right, weekdays from the top down; days before the books began are left out.

    Args:
        weeks: a label a week; empty ones are not printed.
        weekdays: seven labels, Monday first.
        cells: the days.
        colours: tokens of the mode.
    """
    looks = calendar_looks(colours)
    order = list(looks)
    small = {"color": colours.muted, "fontSize": SMALL_PX}
    bare = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    data = [{"value": [one.week, one.weekday, order.index(one.standing)], "name": one.printed} for one in cells]
    look = {"borderColor": colours.bg, "borderWidth": 2, "borderRadius": 3}
    return base(
        colours,
        grid={"left": 40, "right": 6, "top": 4, "bottom": 22},
        tooltip=tooltip(colours, trigger="item", formatter="{b}"),
        xAxis={
            "type": "category",
            "data": list(weeks),
            **bare,
            "axisLabel": {**small, "interval": 0, "hideOverlap": True},
        },
        yAxis={
            "type": "category",
            "data": list(weekdays),
            "inverse": True,
            **bare,
            "axisLabel": {**small, "interval": 0},
        },
        visualMap=steps_map(list(looks.values())),
        series=[{"type": "heatmap", "data": data, "itemStyle": look}],
    )
