"""Two charts of one time in one drawing: a pointer over either shows both, and a browser sets up one instead of two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ui.charts.base import LABEL_PX, Option

if TYPE_CHECKING:
    from ui.tokens import Palette

NAME_PX: Final = 26  # the line between the two that names the lower one


def beneath(upper: Option, lower: Option, *, upper_px: int, name: str, colours: Palette) -> Option:
    """Return `upper`, which takes the first `upper_px`, over `lower`, a line or bars under their `name`.

    The whole is `upper_px` + `NAME_PX` + the height of `lower` high. Where both have axes their sides are aligned. The
    legend is of `upper` alone: one name more is a second row on a phone, which the first row of labels lies under.
    """
    below = {**lower["grid"], "top": upper_px + NAME_PX + lower["grid"]["top"]}
    title = {"text": name, "left": 0, "top": upper_px, "padding": [6, 0], "textStyle": _words(colours)}
    if "grid" not in upper:  # a gauge
        return {**lower, "grid": below, "title": title, "series": [*upper["series"], *lower["series"]]}
    above = {**upper["grid"], "height": upper_px - upper["grid"]["top"] - upper["grid"]["bottom"]}
    sides = {side: max(above[side], below[side]) for side in ("left", "right")}
    del above["bottom"]
    axis_x = {**lower["xAxis"], "gridIndex": 1, "boundaryGap": upper["xAxis"]["boundaryGap"]}
    return {
        **upper,
        "grid": [above | sides, below | sides],
        "title": title,
        "legend": {**upper["legend"], "data": [series["name"] for series in upper["series"]]},
        "xAxis": [upper["xAxis"], axis_x],
        "yAxis": [upper["yAxis"], {**lower["yAxis"], "gridIndex": 1}],
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "series": [*upper["series"], *(_second(series, lower) for series in lower["series"])],
    }


def _second(series: Option, lower: Option) -> Option:
    """A series of the lower axes; its values keep their own form in the tooltip of both."""
    form = {"valueFormatter": lower["tooltip"]["valueFormatter"]}
    return {**series, "xAxisIndex": 1, "yAxisIndex": 1, "tooltip": form}


def _words(colours: Palette) -> Option:
    return {"color": colours.muted, "fontSize": LABEL_PX, "fontWeight": "normal"}
