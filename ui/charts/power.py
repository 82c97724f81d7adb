"""Power by use over time: a stack from zero, with its newest values beside it and the declared limit across."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.charts.base import LABEL_PX, SMALL_PX, Option, base, labels_axis, shade, tooltip, value_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

_FINE = 400  # cells beyond which a light edge between two bands would hide the thin ones on a phone
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


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
    limit: tuple[float, str] | None = None,
) -> Option:
    """Stacked power by use over the cells `labels`, from 0 up.

    Args:
        labels: one a cell, in order.
        marked: indexes of the labels to print.
        bands: the uses from the bottom up, values in `unit`.
        unit: unit of the values.
        gaps: index pairs [first, last] of cells without a full set of values, hatched.
        gap_word: what the hatch means.
        colours: tokens of the mode.
        limit: a level in `unit` and its name, drawn across.
    """
    edge = 1 if len(labels) <= _FINE else 0
    series = [_band(band, edge, colours) for band in bands]
    if series and gaps:
        series[0]["markArea"] = shade(gaps, gap_word, colours)
    if series and limit:
        series[-1]["markLine"] = _limit(*limit, colours)
    return base(
        colours,
        grid={"left": 40, "right": 106, "top": 14, "bottom": 62},
        tooltip=tooltip(colours, trigger="axis", order="seriesDesc", valueFormatter=f"%.3f {unit}"),
        xAxis=labels_axis(colours, labels, marked),
        yAxis=value_axis(colours, min=0, **_top(bands, limit)),
        dataZoom=_zoom(colours),
        series=series,
    )


def _band(band: Band, edge: int, colours: Palette) -> Option:
    fill = colours.use(band.use)
    return {
        "type": "line",
        "name": band.name,
        "stack": "power",
        "data": list(band.values),
        "showSymbol": False,
        "connectNulls": False,
        "lineStyle": {"width": edge, "color": colours.bg},
        "itemStyle": {"color": fill},
        "areaStyle": {"color": fill, "opacity": 0.92},
        "endLabel": _end_label(band.end, fill, colours),
        "labelLayout": {"moveOverlap": "shiftY"},
    }


def _top(bands: Sequence[Band], limit: tuple[float, str] | None) -> Option:
    """A round end of the axis above everything drawn: ECharts leaves lines such as a limit out of its own."""
    known = [sum(cell) for cell in zip(*(band.values for band in bands), strict=True) if None not in cell]
    highest = max([*known, limit[0] if limit else 0.0], default=0.0)
    if highest <= 0:
        return {}
    decade = 10.0 ** math.floor(math.log10(highest * 1.04))
    return {"max": round(next(step for step in _STEPS if step * decade >= highest * 1.04) * decade, 9)}


def _limit(level: float, name: str, colours: Palette) -> Option:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": colours.text, "type": [5, 4], "width": 1.2},
        "label": {
            "formatter": name,
            "position": "insideStartTop",
            "color": colours.text,
            "fontSize": SMALL_PX,
            "backgroundColor": colours.bg,
            "padding": [2, 4],
            "borderRadius": 3,
        },
        "data": [{"yAxis": level}],
    }


def _end_label(words: str, swatch: str, colours: Palette) -> Option:
    """Words in text colour behind a swatch: the fills alone are too pale to read."""
    return {
        "show": True,
        "formatter": f"{{swatch|}} {words}",
        "color": colours.text,
        "fontSize": LABEL_PX,
        "lineHeight": 14,
        "distance": 8,
        "rich": {"swatch": {"width": 8, "height": 8, "borderRadius": 2, "backgroundColor": swatch}},
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
