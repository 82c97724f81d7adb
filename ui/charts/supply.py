"""Sizes of renewables and a battery that no other beats: cost against carbon, as large as the hours that they cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ui.charts.base import SMALL_PX, Option, base, tooltip, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

LEAST_PX: Final = 6.0
MOST_PX: Final = 26.0


@dataclass(frozen=True, slots=True)
class Size:
    """A point of the front: cost and carbon in the axes' units, the share covered hour by hour, and words."""

    cost: float
    carbon: float
    share: float
    printed: str
    name: str = ""  # stands beside the point, where it has one


def supply_front(sizes: Sequence[Size], *, cost_unit: str, carbon_unit: str, colours: Palette) -> Option:
    """Each size as a point; the more of the load it covers hour by hour, the larger."""
    words = {"color": colours.muted, "fontSize": SMALL_PX}
    return base(
        colours,
        grid={"left": 64, "right": 90, "top": 30, "bottom": 46},
        tooltip=tooltip(colours, trigger="item"),
        xAxis=value_axis(
            colours,
            scale=True,
            name=cost_unit,
            nameLocation="middle",
            nameGap=28,
            nameTextStyle=words,
            splitLine={"show": False},
        ),
        yAxis=value_axis(colours, min=0, name=carbon_unit, nameTextStyle={**words, "align": "left"}),
        series=[_point(one, colours) for one in sizes],
    )


def _point(one: Size, colours: Palette) -> Option:
    return {
        "type": "scatter",
        "name": one.printed,
        "symbolSize": LEAST_PX + (MOST_PX - LEAST_PX) * one.share,
        "data": [[one.cost, one.carbon]],
        "itemStyle": {"color": colours.it, "opacity": 0.75, "borderColor": colours.bg, "borderWidth": 1},
        "tooltip": {"formatter": "{a}"},
        "label": {
            "show": bool(one.name),
            "formatter": one.name,
            "position": "right",
            "color": colours.text,
            "fontSize": SMALL_PX,
        },
        "labelLayout": {"moveOverlap": "shiftY"},
    }
