"""Hour by day: carbon intensity, matched share or power; hours without a reading hatched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ui.charts.base import SMALL_PX, Option, base, hatch, tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

_ROUND = 50.0
_EVERY = 3  # hours between two labels


def hour_map(
    days: Sequence[str],
    values: Sequence[Sequence[float | None]],
    due: Sequence[Sequence[bool]],
    *,
    unit: str,
    gap_word: str,
    colours: Palette,
    ramp: Sequence[str] | None = None,
    step: float = _ROUND,
) -> Option:
    """Days from the top down, hours from left to right.

    Args:
        days: a label a day.
        values: 24 values a day; None where nothing was read.
        due: whether each hour has begun: only then a missing value is a gap.
        unit: unit of the values.
        gap_word: what the tooltip of a hatched hour says.
        colours: tokens of the mode.
        ramp: colours from low to high; that of carbon intensity where none is given.
        step: the scale begins and ends on a multiple of it.
    """
    known = [value for row in values for value in row if value is not None]
    low = math.floor(min(known, default=0.0) / step) * step
    high = max(math.ceil(max(known, default=0.0) / step) * step, low + step)
    digits = max(2, _decimals(step) + 1)
    cells = [_cell(hour, day, value, colours, gap_word, digits) for day, hour, value in _cells(values, due)]
    bare = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    words = {"color": colours.muted, "fontSize": SMALL_PX}
    return base(
        colours,
        grid={"left": 58, "right": 6, "top": 4, "bottom": 52},
        tooltip=tooltip(colours, trigger="item", valueFormatter=f"%.{_decimals(step)}f {unit}"),
        xAxis={
            "type": "category",
            "data": [f"{hour:02d}" for hour in range(24)],
            **bare,
            "axisLabel": {**words, "interval": _EVERY - 1},
        },
        yAxis={
            "type": "category",
            "data": list(days),
            "inverse": True,
            **bare,
            "axisLabel": {**words, "interval": 0, "fontSize": 10.5},
        },
        visualMap={
            "type": "continuous",
            "min": low,
            "max": high,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemWidth": 10,
            "itemHeight": 180,
            "inRange": {"color": list(ramp or colours.seq_carbon)},
            "text": [f"{high:.{_decimals(step)}f}", f"{low:.{_decimals(step)}f}"],
            "textStyle": words,
            "calculable": False,
        },
        series=[
            {
                "type": "heatmap",
                "data": cells,
                "itemStyle": {"borderColor": colours.bg, "borderWidth": 1.5, "borderRadius": 2},
                "emphasis": {"itemStyle": {"borderColor": colours.text, "borderWidth": 1.5}},
            }
        ],
    )


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step)))


def _cells(
    values: Sequence[Sequence[float | None]], due: Sequence[Sequence[bool]]
) -> list[tuple[int, int, float | None]]:
    return [
        (day, hour, value)
        for day, row in enumerate(values)
        for hour, value in enumerate(row)
        if value is not None or due[day][hour]
    ]


def _cell(hour: int, day: int, value: float | None, colours: Palette, gap_word: str, digits: int) -> Option:
    if value is not None:
        return {"value": [hour, day, round(value, digits)]}
    return {
        "value": [hour, day, 0],
        "visualMap": False,
        "itemStyle": {"color": hatch(colours.axis)},
        "tooltip": {"formatter": gap_word},
    }
