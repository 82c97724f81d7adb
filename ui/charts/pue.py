"""The one gauge: the headline PUE on a scale from 1, with its interval and what it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.charts.base import SMALL_PX, Option, base

if TYPE_CHECKING:
    from ui.tokens import Palette

_Stops = list[list[float | str]]  # share of the arc, and the colour up to there

_CLEAR = "rgba(0,0,0,0)"
_TICK = 0.006  # half the width of the mark, as a share of the scale
GAUGE_PX = 190  # the height that the sizes below are made for: a drawing may hold more than the gauge
_MIDDLE_PX, _HEAD_PX, _RANGE_PX, _MARK_PX = 114, 80, 87, 83


def pue_gauge(
    value: float,
    *,
    low: float | None,
    high: float | None,
    printed: str,
    colours: Palette,
    before: float | None = None,
    under: str = "",
) -> Option:
    """The PUE of a period; a thin outer arc spans its 95 % interval [low, high], a mark shows the period `before`.

    `under` stands below the printed number.
    """
    top = max(2.0, float(-(-value // 0.5)) * 0.5)
    stops: _Stops
    series = [_head(value, top, printed, under, colours)]
    if low is not None and high is not None and high > low:
        edges = [_at(edge, top) for edge in (low, high)]
        stops = [[edges[0], _CLEAR], [max(edges[1], edges[0] + 2 * _TICK), colours.warn], [1, _CLEAR]]
        series.append(_ring(top, stops, width=4, radius=_RANGE_PX))
    if before is not None:
        at = _at(before, top)
        stops = [[max(0.0, at - _TICK), _CLEAR], [min(1.0, at + _TICK), colours.text], [1, _CLEAR]]
        series.append(_ring(top, stops, width=18, radius=_MARK_PX))
    return base(colours, series=series)


def _at(value: float, top: float) -> float:
    return min(1.0, max(0.0, (value - 1.0) / (top - 1.0)))


def _arc(top: float) -> Option:
    return {
        "type": "gauge",
        "min": 1.0,
        "max": top,
        "startAngle": 205,
        "endAngle": -25,
        "center": ["50%", _MIDDLE_PX],
        "pointer": {"show": False},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
    }


def _head(value: float, top: float, printed: str, under: str, colours: Palette) -> Option:
    return {
        **_arc(top),
        "radius": _HEAD_PX,
        "splitNumber": 2,
        "axisLine": {"lineStyle": {"width": 12, "color": [[1, colours.grid]]}},
        "axisLabel": {"color": colours.muted, "fontSize": SMALL_PX, "distance": -28},
        "progress": {"show": True, "width": 12, "itemStyle": {"color": colours.it}},
        "data": [{"value": value, "name": under}],
        "title": {"offsetCenter": [0, "30%"], "color": colours.muted, "fontSize": 12},
        "detail": {
            "formatter": printed.replace("{", "").replace("}", ""),
            "fontSize": 34,
            "fontWeight": 650,
            "color": colours.text,
            "offsetCenter": [0, "-2%"],
        },
    }


def _ring(top: float, stops: _Stops, *, width: int, radius: int) -> Option:
    return {
        **_arc(top),
        "radius": radius,
        "z": 3,
        "axisLine": {"lineStyle": {"width": width, "color": stops}},
        "axisLabel": {"show": False},
        "detail": {"show": False},
        "title": {"show": False},
        "data": [],
    }
