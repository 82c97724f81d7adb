"""A room seen from above: a cell a rack, in its row; what is not known is hatched and has no colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ui.charts.base import LABEL_PX, SMALL_PX, Option, base, hatch, steps_map, tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.tokens import Palette

_CHANNEL: Final = 255
_BRIGHT: Final = 0.45  # luminance above which dark words read better


@dataclass(frozen=True, slots=True)
class RackCell:
    """A rack: its column and row by number, its step of the scale (None: not known), its words, and its tooltip."""

    column: int
    row: int
    step: int | None
    printed: str
    told: str


def rack_map(
    columns: Sequence[str],
    rows: Sequence[str],
    cells: Sequence[RackCell],
    *,
    ramp: Sequence[str],
    colours: Palette,
) -> Option:
    """Rows from the top down, numbers from left to right; a click selects a rack.

    Args:
        columns: numbers of the racks within their rows.
        rows: names of the rows.
        cells: the racks.
        ramp: colour of each step of the scale, from low to high.
        colours: tokens of the mode.
    """
    bare = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    words = {"color": colours.muted, "fontSize": SMALL_PX, "interval": 0}
    return base(
        colours,
        grid={"left": 8, "right": 8, "top": 4, "bottom": 8, "containLabel": True},
        tooltip=tooltip(colours, trigger="item", formatter="{b}"),
        xAxis={"type": "category", "data": list(columns), **bare, "axisLabel": words},
        yAxis={"type": "category", "data": list(rows), "inverse": True, **bare, "axisLabel": words},
        visualMap=steps_map(ramp),
        series=[
            {
                "type": "heatmap",
                "name": "racks",
                "selectedMode": "single",
                "data": [_cell(cell, ramp, colours) for cell in cells],
                "label": {"show": True, "fontSize": LABEL_PX, "fontWeight": 600},
                "itemStyle": {"borderColor": colours.bg, "borderWidth": 2, "borderRadius": 4},
                "select": {"itemStyle": {"borderColor": colours.text, "borderWidth": 2}},
                "emphasis": {"itemStyle": {"borderColor": colours.text, "borderWidth": 1.5}},
            }
        ],
    )


def _cell(cell: RackCell, ramp: Sequence[str], colours: Palette) -> Option:
    place = {"value": [cell.column, cell.row, -1 if cell.step is None else cell.step], "name": cell.told}
    if cell.step is None:
        look = {"color": hatch(colours.axis), "borderColor": colours.axis, "borderWidth": 1}
        label = {
            "formatter": cell.printed,
            "color": colours.text,
            "backgroundColor": colours.bg,
            "padding": [1, 3],
            "borderRadius": 3,
        }
        return {**place, "visualMap": False, "itemStyle": look, "label": label}
    ink, paper = sorted((colours.text, colours.bg), key=_luminance)
    dark_words = _luminance(ramp[cell.step]) > _BRIGHT
    return {**place, "label": {"formatter": cell.printed, "color": ink if dark_words else paper}}


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / _CHANNEL for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
