"""One room from above: its racks by load, power or inlet temperature; a click on one shows what stands in it."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui import charts
from ui import format as fmt
from ui.figures.racks import places
from ui.text import t
from ui.titles import courses as findings
from ui.views import markup
from ui.views.parts import colours, heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.figures.racks import RackNow
    from ui.tokens import Palette

SHOWN: Final = ("load", "power", "inlet")
LOAD_EDGES: Final = (0.5, 0.7, 0.8, 0.9)  # of the rating; from 80 % on it is to be watched
INLET_EDGES_C: Final = (18.0, 22.0, 25.0, 27.0)  # ASHRAE A1 recommends 18 to 27 degC at the inlet
STEPS: Final = 5
ROW_PX: Final = 54
FOOT_PX: Final = 38


def room(at: int, found: Sequence[RackNow], show: str, lang: str) -> None:
    """The map of one room, number `at` of the page."""
    name = found[0].rack.room or t("floor.no_room", lang)
    title, under = findings.room(found, name, lang), t(f"floor.under_{show}", lang)
    heading(title, under)
    where = places(found)
    rows, columns = (sorted(set(names), key=_natural) for names in zip(*where, strict=True))
    edges = _edges(found, show)
    cells = [
        _cell(one, columns.index(column), rows.index(row), show, edges, lang)
        for one, (row, column) in zip(found, where, strict=True)
    ]
    steps = _steps(edges, show, colours(), lang)
    option = charts.rack_map(columns, rows, cells, ramp=[colour for colour, _ in steps], colours=colours())
    height = FOOT_PX + ROW_PX * len(rows)
    key = f"chart_room_{at}"
    codes = [one.code for one in found]
    st.echarts_chart(
        option,
        height=height,
        theme=None,
        key=key,
        alt=f"{title}. {under}",
        on_select=partial(_follow, key, codes),
    )
    st.html(markup.legend(steps))


def _follow(key: str, codes: Sequence[str]) -> None:
    """Put the clicked rack into the link and into the list of racks."""
    picked = [at for series in st.session_state[key].selection.selected for at in series["data_indices"]]
    if picked and picked[0] < len(codes):
        st.query_params["rack"] = st.session_state["choice_rack"] = codes[picked[0]]


def _value(one: RackNow, show: str) -> float | None:
    return {"load": one.load.share, "power": one.load.watts, "inlet": one.inlet_c}[show]


def _edges(found: Sequence[RackNow], show: str) -> Sequence[float]:
    """Edges between the five steps of the scale; of power they are equal parts of the largest."""
    if show == "load":
        return LOAD_EDGES
    if show == "inlet":
        return INLET_EDGES_C
    most = max((one.load.watts for one in found if one.load.watts is not None), default=0.0)
    return tuple(most * part / STEPS for part in range(1, STEPS))


def _steps(edges: Sequence[float], show: str, palette: Palette, lang: str) -> list[tuple[str, str]]:
    printed = [_printed(edge, show) for edge in edges]
    words = [
        t("floor.below", lang, edge=printed[0]),
        *(t("floor.from_to", lang, low=low, high=high) for low, high in pairwise(printed)),
        t("floor.above", lang, edge=printed[-1]),
    ]
    ramp = {
        "load": (*palette.seq_power[:3], palette.temp[3], palette.temp[4]),
        "power": palette.seq_power[:STEPS],
        "inlet": palette.temp,
    }[show]
    return list(zip(ramp, words, strict=True))


def _printed(value: float | None, show: str) -> str:
    if show == "load":
        return fmt.percent(value)
    return fmt.power(value) if show == "power" else fmt.celsius(value)


def _cell(one: RackNow, column: int, row: int, show: str, edges: Sequence[float], lang: str) -> charts.RackCell:
    value = _value(one, show)
    step = None if value is None else sum(value >= edge for edge in edges)
    printed = _printed(value, show) if value is not None else t("floor.unknown_short", lang)
    return charts.RackCell(column, row, step, printed, told(one, lang))


def told(one: RackNow, lang: str) -> str:
    """A rack in one line: power against rating, inlet, and what of it is silent."""
    load = one.load
    words = [one.rack.name]
    if load.watts is not None:
        words.append(t("floor.told_power", lang, power=fmt.power(load.watts), rating=fmt.power(one.rack.rating_w)))
    elif load.loads:
        words.append(t("floor.told_silent", lang, seen=load.seen, all=load.loads, power=fmt.power(load.seen_w)))
    else:
        words.append(t("floor.no_power", lang))
    words.append(
        t("floor.told_inlet", lang, inlet=fmt.celsius(one.inlet_c)) if one.rack.sensors else t("floor.no_inlet", lang)
    )
    return " · ".join(words)


def _natural(text: str) -> list[tuple[int, str]]:
    """Order in which A2 comes before A10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text) if part]
