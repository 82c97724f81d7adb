"""Chart options for native ECharts: values and tokens in, plain dictionaries out.

Streamlit passes JSON only, so there are no callbacks: what a label says is formatted here. Time axes are category axes
with labels made in Python, because ECharts knows neither the site's zone nor its 23 and 25 hour days.
Gaps stay gaps: None breaks an area, and no line is drawn across.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.tokens import type_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

Option = dict[str, Any]

_SMALL_PX = 11
_LABEL_PX = 11.5


def _base(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    words = {"fontFamily": type_tokens().family, "color": colours.muted}
    return {"animation": False, "textStyle": words, "aria": {"enabled": True}, **rest}


def _tooltip(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    return {
        "backgroundColor": colours.surface,
        "borderColor": colours.grid,
        "textStyle": {"color": colours.text, "fontSize": 12},
        "confine": True,
        **rest,
    }


def _labels_axis(colours: Palette, labels: Sequence[str], marked: Sequence[int]) -> Option:
    """A category axis that prints only the labels at the indexes `marked`."""
    line = {"show": True, "lineStyle": {"color": colours.axis}}
    return {
        "type": "category",
        "data": list(labels),
        "boundaryGap": False,
        "axisLine": line,
        "axisTick": {**line, "customValues": list(marked)},
        "axisLabel": {
            "color": colours.muted,
            "fontSize": _SMALL_PX,
            "hideOverlap": True,
            "customValues": list(marked),
        },
    }


def _value_axis(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    return {
        "type": "value",
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": colours.muted, "fontSize": _SMALL_PX},
        "splitLine": {"lineStyle": {"color": colours.grid, "width": 1}},
        **rest,
    }


@dataclass(frozen=True, slots=True)
class Band:
    """One use of a stack: its word, what stands beside its end, and a value a cell (None where any use is unknown)."""

    use: str
    name: str
    end: str
    values: Sequence[float | None]


def power_area(
    labels: Sequence[str],
    marked: Sequence[int],
    bands: Sequence[Band],
    *,
    unit: str,
    gaps: Sequence[tuple[int, int]],
    gap_word: str,
    colours: Palette,
) -> Option:
    """Stacked power by use over the cells `labels`, from 0 up.

    Args:
        labels: one a cell, in order.
        marked: indexes of the labels to print.
        bands: the uses from the bottom up, values in `unit`.
        unit: unit of the values.
        gaps: index pairs [first, last] of cells without a full set of values, shaded.
        gap_word: what the shade means.
        colours: tokens of the mode.
    """
    series = [
        {
            "type": "line",
            "name": band.name,
            "stack": "power",
            "data": list(band.values),
            "showSymbol": False,
            "connectNulls": False,
            "lineStyle": {"width": 1, "color": colours.bg},
            "itemStyle": {"color": colours.use(band.use)},
            "areaStyle": {"color": colours.use(band.use), "opacity": 0.92},
            "endLabel": _end_label(band.end, colours.use(band.use), colours),
            "labelLayout": {"moveOverlap": "shiftY"},
        }
        for band in bands
    ]
    if series and gaps:
        series[0]["markArea"] = _shade(gaps, gap_word, colours)
    return _base(
        colours,
        grid={"left": 44, "right": 112, "top": 14, "bottom": 62},
        tooltip=_tooltip(colours, trigger="axis", order="seriesDesc", valueFormatter=f"%.3f {unit}"),
        xAxis=_labels_axis(colours, labels, marked),
        yAxis=_value_axis(colours, min=0),
        dataZoom=_zoom(colours),
        series=series,
    )


def _end_label(words: str, swatch: str, colours: Palette) -> Option:
    """Words in text colour behind a swatch: the fills alone are too pale to read."""
    return {
        "show": True,
        "formatter": f"{{swatch|}} {words}",
        "color": colours.text,
        "fontSize": _LABEL_PX,
        "lineHeight": 14,
        "distance": 8,
        "rich": {"swatch": {"width": 8, "height": 8, "borderRadius": 2, "backgroundColor": swatch}},
    }


def _shade(spans: Sequence[tuple[int, int]], word: str, colours: Palette) -> Option:
    return {
        "silent": True,
        "itemStyle": {"color": colours.axis, "opacity": 0.16},
        "label": {"show": True, "color": colours.muted, "fontSize": 10, "position": "insideTop"},
        "data": [[{"xAxis": first, "name": word}, {"xAxis": last}] for first, last in spans],
    }


def _zoom(colours: Palette) -> list[Option]:
    """Wheel zoom only with Ctrl, so that the page still scrolls, and a slider below."""
    slider = {
        "type": "slider",
        "height": 18,
        "bottom": 6,
        "borderColor": "transparent",
        "backgroundColor": colours.surface,
        "fillerColor": colours.it + "22",
        "dataBackground": {"lineStyle": {"color": colours.axis}, "areaStyle": {"color": colours.grid}},
        "selectedDataBackground": {"lineStyle": {"color": colours.it}, "areaStyle": {"color": colours.it}},
        "handleStyle": {"color": colours.bg, "borderColor": colours.axis},
        "moveHandleSize": 0,
        "showDetail": False,
    }
    return [{"type": "inside", "zoomOnMouseWheel": "ctrl"}, slider]


def pue_gauge(value: float, *, low: float | None, high: float | None, printed: str, colours: Palette) -> Option:
    """The one headline PUE on a scale from 1; a thin outer arc spans its 95 % interval [low, high]."""
    top = max(2.0, float(-(-value // 0.5)) * 0.5)
    arc = {"min": 1.0, "max": top, "startAngle": 205, "endAngle": -25, "center": ["50%", "58%"]}
    bare = {"pointer": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    head = {
        "type": "gauge",
        **arc,
        **bare,
        "radius": "84%",
        "splitNumber": 2,
        "axisLine": {"lineStyle": {"width": 12, "color": [[1, colours.grid]]}},
        "axisLabel": {"color": colours.muted, "fontSize": _SMALL_PX, "distance": -26},
        "progress": {"show": True, "width": 12, "itemStyle": {"color": colours.it}},
        "data": [{"value": value}],
        "title": {"show": False},
        "detail": {
            "formatter": printed.replace("{", "").replace("}", ""),
            "fontSize": 34,
            "fontWeight": 650,
            "color": colours.text,
            "offsetCenter": [0, "0%"],
        },
    }
    series = [head]
    if low is not None and high is not None and high > low:
        edges = [min(1.0, max(0.0, (edge - 1.0) / (top - 1.0))) for edge in (low, high)]
        clear, shown = "rgba(0,0,0,0)", colours.warn
        stops = [[edges[0], clear], [edges[1], shown], [1, clear]]
        line = {"axisLine": {"lineStyle": {"width": 4, "color": stops}}, "axisLabel": {"show": False}}
        series.append({"type": "gauge", **arc, **bare, **line, "radius": "90%", "detail": {"show": False}})
    return _base(colours, series=series)


def ratio_line(
    labels: Sequence[str], marked: Sequence[int], values: Sequence[float | None], *, name: str, colours: Palette
) -> Option:
    """A ratio over time; the axis starts below its lowest value, because a ratio has no area to read."""
    return _base(
        colours,
        grid={"left": 40, "right": 12, "top": 8, "bottom": 22},
        tooltip=_tooltip(colours, trigger="axis", valueFormatter="%.2f"),
        xAxis=_labels_axis(colours, labels, marked),
        yAxis=_value_axis(colours, **_tenths(values)),
        series=[
            {
                "type": "line",
                "name": name,
                "data": list(values),
                "showSymbol": False,
                "connectNulls": False,
                "lineStyle": {"color": colours.it, "width": 2},
                "itemStyle": {"color": colours.it},
            }
        ],
    )


def _tenths(values: Sequence[float | None]) -> Option:
    """Axis bounds on tenths around the values, so that a steady ratio is not drawn as noise."""
    known = [value for value in values if value is not None]
    low = math.floor(10 * min(known, default=1.0)) / 10
    high = max(math.ceil(10 * max(known, default=1.0)) / 10, low + 0.1)
    return {"min": low, "max": round(high, 1), "interval": round((high - low) / 2, 3)}


def energy_flow(
    total: tuple[str, str], uses: Sequence[tuple[str, str, float, str]], *, unit: str, colours: Palette
) -> Option:
    """Facility energy flowing to its uses.

    Args:
        total: name and printed amount of the facility.
        uses: use, name, value in `unit` (> 0) and printed amount, in the order to draw.
        unit: unit of the values.
        colours: tokens of the mode.
    """
    nodes = [
        {
            "name": total[0],
            "itemStyle": {"color": colours.other},
            "label": {"formatter": f"{{b}}  {total[1]}", "position": "right", "fontWeight": 600},
        }
    ]
    nodes += [
        {"name": name, "itemStyle": {"color": colours.use(use)}, "label": {"formatter": f"{{b}}  {printed}"}}
        for use, name, _, printed in uses
    ]
    links = [
        {
            "source": total[0],
            "target": name,
            "value": value,
            "lineStyle": {"color": colours.use(use), "opacity": 0.3},
        }
        for use, name, value, _ in uses
    ]
    flow = {
        "type": "sankey",
        "left": 4,
        "right": 190,
        "top": 8,
        "bottom": 12,
        "nodeWidth": 12,
        "nodeGap": 18,
        "draggable": False,
        "layoutIterations": 0,
        "data": nodes,
        "links": links,
        "label": {"color": colours.text, "fontSize": _LABEL_PX, "textBorderColor": "transparent"},
        "lineStyle": {"curveness": 0.5},
        "emphasis": {"focus": "adjacency"},
    }
    tip = _tooltip(colours, trigger="item", valueFormatter=f"%.3f {unit}")
    return _base(colours, tooltip=tip, series=[flow])
