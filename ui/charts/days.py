"""A value a day: bars from zero, and a ratio as a line of points."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from ui.charts.base import LABEL_PX, Option, base, hatch, labels_axis, shade, tooltip, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette


def unknown_spans(values: Sequence[float | None]) -> list[tuple[int, int]]:
    """Index pairs [first, last] of the runs of days without a value."""
    runs = [(known, list(run)) for known, run in groupby(range(len(values)), key=lambda at: values[at] is not None)]
    return [(run[0], run[-1]) for known, run in runs if not known]


def day_bars(
    labels: Sequence[str],
    marked: Sequence[int],
    values: Sequence[float | None],
    *,
    name: str,
    unit: str,
    gap_word: str,
    colours: Palette,
    running: bool,
) -> Option:
    """One bar a day from 0 up; where `running`, the last day is not over and drawn hatched."""
    bars: list[Option] = [{"value": value} for value in values]
    if running and bars:
        bars[-1]["itemStyle"] = {"color": hatch(colours.carbon), "borderColor": colours.carbon, "borderWidth": 1}
    series: Option = {
        "type": "bar",
        "name": name,
        "data": bars,
        "barCategoryGap": "22%",
        "itemStyle": {"color": colours.carbon, "borderRadius": [2, 2, 0, 0]},
    }
    if gaps := unknown_spans(values):
        series["markArea"] = shade(gaps, gap_word, colours)
    return base(
        colours,
        grid={"left": 40, "right": 6, "top": 12, "bottom": 24},
        tooltip=tooltip(colours, trigger="axis", valueFormatter=f"%.3f {unit}"),
        xAxis=labels_axis(colours, labels, marked, boundaryGap=True),
        yAxis=value_axis(colours, min=0, splitNumber=4),
        series=[series],
    )


def ratio_days(
    labels: Sequence[str],
    marked: Sequence[int],
    values: Sequence[float | None],
    *,
    name: str,
    end: str,
    gap_word: str,
    colours: Palette,
    under_bars: bool = False,
) -> Option:
    """A ratio a day as a line of points; the axis starts below its lowest value, for a ratio has no area to read.

    `end` stands beside the last point. Days without a value are hatched from point to point, `under_bars` as wide as
    these.
    """
    series: Option = {
        "type": "line",
        "name": name,
        "data": list(values),
        "symbol": "circle",
        "symbolSize": 4,
        "connectNulls": False,
        "lineStyle": {"color": colours.it, "width": 2},
        "itemStyle": {"color": colours.it},
        "endLabel": {"show": True, "formatter": end, "color": colours.text, "fontSize": LABEL_PX, "fontWeight": 600},
    }
    hatched: list[Option] = []
    gaps = unknown_spans(values)
    if gaps and under_bars:
        hatched = [{"type": "bar", "name": gap_word, "data": [], "markArea": shade(gaps, gap_word, colours)}]
    elif gaps:
        series["markArea"] = shade([(max(0, a - 1), min(len(values) - 1, b + 1)) for a, b in gaps], gap_word, colours)
    return base(
        colours,
        grid={"left": 34, "right": 38, "top": 10, "bottom": 22},
        tooltip=tooltip(colours, trigger="axis", valueFormatter="%.3f"),
        xAxis=labels_axis(colours, labels, marked),
        yAxis=value_axis(colours, **_tenths(values)),
        series=[series, *hatched],
    )


def _tenths(values: Sequence[float | None]) -> Option:
    """Axis bounds on tenths around the values, so that a steady ratio is not drawn as noise."""
    known = [value for value in values if value is not None]
    low = math.floor(10 * min(known, default=1.0)) / 10
    high = max(math.ceil(10 * max(known, default=1.0)) / 10, low + 0.1)
    return {"min": low, "max": round(high, 1), "interval": round((high - low) / 2, 3)}


def pair_bars(
    labels: Sequence[str],
    pairs: Sequence[Sequence[float | None]],
    *,
    names: Sequence[str],
    unit: str,
    gap_word: str,
    colours: Palette,
    looks: tuple[str, str] | None = None,
) -> Option:
    """Two bars a day or month side by side, from 0 up, such as facility and IT; hatched where neither is known."""
    series: list[Option] = [
        {
            "type": "bar",
            "name": name,
            "data": [{"value": pair[at]} for pair in pairs],
            "barGap": "10%",
            "barCategoryGap": "28%",
            "itemStyle": {"color": look, "borderRadius": [2, 2, 0, 0]},
        }
        for at, (name, look) in enumerate(zip(names, looks or (colours.grid_power, colours.it), strict=True))
    ]
    if gaps := unknown_spans([next((one for one in pair if one is not None), None) for pair in pairs]):
        series[0]["markArea"] = shade(gaps, gap_word, colours)
    return base(
        colours,
        grid={"left": 52, "right": 6, "top": 30, "bottom": 24},
        legend={"top": 0, "right": 0, "textStyle": {"color": colours.text}, "itemWidth": 10, "itemHeight": 10},
        tooltip=tooltip(colours, trigger="axis", valueFormatter=f"%.3f {unit}"),
        xAxis=labels_axis(colours, labels, range(len(labels)), boundaryGap=True),
        yAxis=value_axis(colours, min=0, splitNumber=4),
        series=series,
    )
