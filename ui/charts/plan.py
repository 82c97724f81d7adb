"""The plan: a year's amount burning down, a ratio through its year, and measures by the cost of what they save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ui.charts.base import LABEL_PX, SMALL_PX, Option, base, labels_axis, tooltip, value_axis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.tokens import Palette

Values = list[float | None]
ABOVE_PX: Final = -12  # so that what is booked stands above the line that goes on from its end
NEAR_PX: Final = 5  # from a block to its name; every second name stands a line further, clear of its neighbours
BESIDE: Final = {"left": 52, "right": 118, "top": 16, "bottom": 28}


@dataclass(frozen=True, slots=True)
class CourseWords:
    """What stands beside the ends of the lines, and what the band means."""

    even: str
    booked: str
    expected: str
    band: str


def course(
    labels: Sequence[str],
    marked: Sequence[int],
    columns: Mapping[str, Values],
    *,
    words: CourseWords,
    unit: str,
    colours: Palette,
    from_zero: bool,
) -> Option:
    """Lines of a year by day: the limit dashed, what is booked solid, what is expected dotted within its band.

    Args:
        labels: one a day.
        marked: indexes of the labels to print.
        columns: `even`, `booked`, `expected`, `low_80`, `high_80` in `unit`, an item a day; gaps are None.
        words: names of the lines.
        unit: unit of the values.
        colours: tokens of the mode.
        from_zero: whether the axis holds 0, as an amount's does; a ratio's need not.
    """
    bounds = zip(columns["low_80"], columns["high_80"], strict=True)
    widths = [None if low is None or high is None else round(high - low, 9) for low, high in bounds]
    series = [
        _line(words.even, columns["even"], colours.muted, colours, kind=[6, 5]),
        *_band(words.band, columns["low_80"], widths, colours),
        _line(words.expected, columns["expected"], colours.carbon, colours, kind="dotted"),
        _line(words.booked, columns["booked"], colours.carbon, colours, kind="solid", width=2.4),
    ]
    return base(
        colours,
        grid=BESIDE,
        tooltip=tooltip(colours, trigger="axis", valueFormatter=f"%.3f {unit}"),
        xAxis=labels_axis(colours, labels, marked),
        yAxis=value_axis(colours, scale=not from_zero, splitNumber=5),
        series=series,
    )


def _line(
    name: str, values: Values, colour: str, colours: Palette, *, kind: str | list[int], width: float = 1.6
) -> Option:
    return {
        "type": "line",
        "name": name,
        "data": values,
        "showSymbol": False,
        "connectNulls": False,
        "lineStyle": {"color": colour, "width": width, "type": kind},
        "itemStyle": {"color": colour},
        "endLabel": {
            "show": sum(value is not None for value in values) > 1,  # a line has two ends
            "formatter": name,
            "color": colours.text,
            "fontSize": LABEL_PX,
            "distance": 6,
            "offset": [0, ABOVE_PX if kind == "solid" else 0],
        },
        "labelLayout": {"moveOverlap": "shiftY"},
    }


def _band(name: str, low: Values, widths: Values, colours: Palette) -> list[Option]:
    """Two stacked lines without a stroke, the area between them filled."""
    bare: dict[str, Any] = {
        "type": "line",
        "stack": "band",
        "stackStrategy": "all",
        "showSymbol": False,
        "silent": True,
        "lineStyle": {"width": 0},
        "tooltip": {"show": False},
    }
    filled = {"areaStyle": {"color": colours.carbon, "opacity": 0.18}, "itemStyle": {"color": colours.carbon}}
    return [{**bare, "name": f"{name} low", "data": low}, {**bare, **filled, "name": name, "data": widths}]


@dataclass(frozen=True, slots=True)
class Block:
    """One measure of a curve: its name, what it saves a year, what a tonne costs, and how both are printed."""

    name: str
    width: float
    height: float
    printed: str


def abatement_curve(blocks: Sequence[Block], *, width_unit: str, height_unit: str, colours: Palette) -> Option:
    """Measures as blocks from the left, the cheapest first: as wide as what they save, as high as a tonne costs."""
    series, at = [], 0.0
    for number, block in enumerate(blocks):
        series.append(_block(block, at, colours, away_px=NEAR_PX + number % 2 * (SMALL_PX + 2)))
        at += block.width
    return base(
        colours,
        grid={"left": 58, "right": 18, "top": 26, "bottom": 44},
        tooltip=tooltip(colours, trigger="item"),
        xAxis=value_axis(
            colours,
            min=0,
            name=width_unit,
            nameLocation="middle",
            nameGap=26,
            nameTextStyle={"color": colours.muted, "fontSize": SMALL_PX},
            splitLine={"show": False},
        ),
        yAxis=value_axis(
            colours, name=height_unit, nameTextStyle={"color": colours.muted, "fontSize": SMALL_PX, "align": "left"}
        ),
        series=series,
    )


def _block(block: Block, left: float, colours: Palette, *, away_px: float) -> Option:
    fill = colours.ok if block.height <= 0 else colours.warn
    right = left + block.width
    corners = [[left, 0], [left, block.height], [right, block.height], [right, 0]]
    middle = {
        "coord": [(left + right) / 2, block.height],
        "label": {
            "show": True,
            "formatter": block.name,
            "color": colours.text,
            "fontSize": SMALL_PX,
            "position": "top" if block.height > 0 else "bottom",
            "distance": away_px,
        },
    }
    return {
        "type": "line",
        "name": f"{block.name}: {block.printed}",
        "data": [[round(x, 9), round(y, 9)] for x, y in corners],
        "showSymbol": False,
        "triggerLineEvent": True,
        "lineStyle": {"color": fill, "width": 1},
        "itemStyle": {"color": fill},
        "areaStyle": {"color": fill, "opacity": 0.55, "origin": 0},
        "tooltip": {"formatter": "{a}"},
        "markPoint": {"symbol": "circle", "symbolSize": 1, "silent": True, "data": [middle]},
    }
