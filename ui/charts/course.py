"""Energy by use of one month or day after another: stacked bars from zero; what is not sure is hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.charts.base import LABEL_PX, Option, base, hatch, labels_axis, shade, tooltip, value_axis
from ui.charts.days import unknown_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.charts.power import Band
    from ui.tokens import Palette


def use_bars(
    labels: Sequence[str],
    marked: Sequence[int],
    bands: Sequence[Band],
    sure: Sequence[bool],
    *,
    unit: str,
    gap_word: str,
    colours: Palette,
) -> Option:
    """A stack a label from 0 up, from the bottom up in the order of `bands`.

    Args:
        labels: one a bar, in order.
        marked: indexes of the labels to print.
        bands: the uses with their values in `unit`; None where nothing is known.
        sure: whether each bar is over, measured and seen throughout; the others are hatched.
        unit: unit of the values.
        gap_word: what a bar that is absent means.
        colours: tokens of the mode.
    """
    series = [_band(band, sure, colours) for band in bands]
    known = [None if None in cell else 1.0 for cell in zip(*(band.values for band in bands), strict=True)]
    if series and (gaps := unknown_spans(known)):
        series[0]["markArea"] = shade(gaps, gap_word, colours)
    return base(
        colours,
        grid={"left": 44, "right": 8, "top": 34, "bottom": 24},
        legend={
            "top": 0,
            "left": 40,
            "itemWidth": 10,
            "itemHeight": 10,
            "textStyle": {"color": colours.text, "fontSize": LABEL_PX},
        },
        tooltip=tooltip(colours, trigger="axis", order="seriesDesc", valueFormatter=f"%.3f {unit}"),
        xAxis=labels_axis(colours, labels, marked, boundaryGap=True),
        yAxis=value_axis(colours, min=0, splitNumber=4),
        series=series,
    )


def _band(band: Band, sure: Sequence[bool], colours: Palette) -> Option:
    fill = colours.use(band.use)
    unsure = {"color": hatch(fill), "borderColor": fill, "borderWidth": 1}
    return {
        "type": "bar",
        "name": band.name,
        "stack": "energy",
        "barCategoryGap": "24%",
        "itemStyle": {"color": fill},
        "data": [
            {"value": value} if is_sure else {"value": value, "itemStyle": unsure}
            for value, is_sure in zip(band.values, sure, strict=True)
        ],
    }
