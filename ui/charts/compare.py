"""Ways to get compute: cost against carbon with what is not known as bars, and what each cost hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ui.charts.base import LABEL_PX, SMALL_PX, Option, base, tooltip, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

MOST_NAMED: Final = 6
NAMES_SHARE: Final = "34%"  # of the width is the column of names
NAMES_AT: Final = "68%"
NAME_PX: Final = 104  # what that column has on a phone
Range = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to get compute: its name, cost and carbon as (10th, 50th, 90th percentile), and how it stands."""

    name: str
    cost: Range
    carbon: Range
    best: bool  # no other one beats it in everything
    ruled_out: bool
    printed: str


def pareto_scatter(choices: Sequence[Choice], *, cost_unit: str, carbon_unit: str, colours: Palette) -> Option:
    """Each choice as a point between its bars: filled where none beats it, hollow where one does, grey if ruled out.

    Names stand in a column right of the plot, led to their points: there no bar crosses them and they never meet. Of
    many choices those that none beats are named; the others are under the pointer.
    """
    few = len(choices) <= MOST_NAMED
    words = {"color": colours.muted, "fontSize": SMALL_PX}
    return base(
        colours,
        grid={"left": 64, "right": NAMES_SHARE, "top": 30, "bottom": 46},
        tooltip=tooltip(colours, trigger="item"),
        xAxis=value_axis(
            colours,
            min=0,
            name=cost_unit,
            nameLocation="middle",
            nameGap=28,
            nameTextStyle=words,
            splitLine={"show": False},
        ),
        yAxis=value_axis(colours, min=0, name=carbon_unit, nameTextStyle={**words, "align": "left"}),
        series=[one for choice in choices for one in _choice(choice, colours, named=few or choice.best)],
    )


def _choice(choice: Choice, colours: Palette, *, named: bool) -> list[Option]:
    colour = colours.axis if choice.ruled_out else colours.it if choice.best else colours.losses
    (left, x, right), (low, y, high) = choice.cost, choice.carbon
    bar = {"type": "line", "showSymbol": False, "silent": True, "lineStyle": {"color": colour, "width": 1.4}}
    fill = colour if choice.best and not choice.ruled_out else colours.bg
    return [
        {**bar, "data": [[left, y], [right, y]]},
        {**bar, "data": [[x, low], [x, high]]},
        {
            "type": "scatter",
            "name": f"{choice.name}: {choice.printed}",
            "symbolSize": 13,
            "data": [[x, y]],
            "itemStyle": {"color": fill, "borderColor": colour, "borderWidth": 2},
            "tooltip": {"formatter": "{a}"},
            "label": {
                "show": named,
                "formatter": choice.name,
                "position": "right",
                "width": NAME_PX,
                "overflow": "break",
                "lineHeight": LABEL_PX + 2,
                "color": colours.text,
                "fontSize": LABEL_PX,
            },
            "labelLine": {"show": named, "length2": 6, "lineStyle": {"color": colours.axis, "width": 1}},
            "labelLayout": {"x": NAMES_AT, "moveOverlap": "shiftY"},
        },
    ]


def correlation_bars(rows: Sequence[tuple[str, float]], *, colours: Palette) -> Option:
    """Named correlations from -1 to 1 as bars from the middle, the first on top."""
    return base(
        colours,
        grid={"left": 8, "right": 24, "top": 4, "bottom": 22, "containLabel": True},
        tooltip=tooltip(colours, trigger="item", valueFormatter="%.2f"),
        xAxis=value_axis(colours, min=-1, max=1, interval=0.5),
        yAxis={
            "type": "category",
            "data": [name for name, _ in rows],
            "inverse": True,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "axisLabel": {"color": colours.text, "fontSize": SMALL_PX, "interval": 0},
        },
        series=[
            {
                "type": "bar",
                "barCategoryGap": "30%",
                "data": [
                    {"value": round(value, 4), "itemStyle": {"color": colours.warn if value > 0 else colours.ok}}
                    for _, value in rows
                ],
            }
        ],
    )
