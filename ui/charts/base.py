"""What all charts share: fonts, tooltips, axes, the hatch that stands for "no reading"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ui.tokens import type_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

Option = dict[str, Any]

SMALL_PX = 11
LABEL_PX = 11.5
_HATCH = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7">'
    '<path d="M-1 8L8 -1M-1 1L1 -1M6 8L8 6" stroke="{colour}" stroke-width="1" stroke-opacity="{opacity}"/></svg>'
)


def base(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    """An option with the fonts of the page and no animation."""
    words = {"fontFamily": type_tokens().family, "color": colours.muted}
    return {"animation": False, "textStyle": words, "aria": {"enabled": True}, **rest}


def tooltip(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    """A tooltip in the colours of the page."""
    return {
        "backgroundColor": colours.surface,
        "borderColor": colours.grid,
        "textStyle": {"color": colours.text, "fontSize": 12},
        "confine": True,
        **rest,
    }


def labels_axis(
    colours: Palette,
    labels: Sequence[str],
    marked: Sequence[int],
    **rest: Any,  # noqa: ANN401 - JSON
) -> Option:
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
            "fontSize": SMALL_PX,
            "hideOverlap": True,
            "customValues": list(marked),
        },
        **rest,
    }


def value_axis(colours: Palette, **rest: Any) -> Option:  # noqa: ANN401 - JSON
    """A value axis without a line of its own."""
    return {
        "type": "value",
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": colours.muted, "fontSize": SMALL_PX},
        "splitLine": {"lineStyle": {"color": colours.grid, "width": 1}},
        **rest,
    }


def hatch(colour: str, *, opacity: float = 0.9) -> Option:
    """A fill of thin slanted lines: what is drawn so was not measured."""
    picture = quote(_HATCH.format(colour=colour, opacity=opacity))
    return {"image": f"data:image/svg+xml,{picture}", "repeat": "repeat"}


def steps_map(ramp: Sequence[str]) -> Option:
    """Colours of steps that cells name by number; what each means stands below the chart, where words can wrap."""
    pieces = [{"value": at, "color": colour} for at, colour in enumerate(ramp)]
    return {"type": "piecewise", "pieces": pieces, "dimension": 2, "show": False}


def shade(spans: Sequence[tuple[int, int]], word: str, colours: Palette, *, named: int = 1) -> Option:
    """Hatch the spans [first, last] of a category axis; the `named` widest bear the word."""
    widest = sorted(spans, key=lambda span: span[0] - span[1])[:named]
    return {
        "silent": True,
        "itemStyle": {"color": hatch(colours.axis)},
        "label": {"show": True, "color": colours.muted, "fontSize": 10, "position": "insideTop"},
        "data": [
            [{"xAxis": first, "name": word if (first, last) in widest else ""}, {"xAxis": last}]
            for first, last in spans
        ],
    }
