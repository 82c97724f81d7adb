"""A report on the page, by the very texts that its PDF and its workbook lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from ui import charts
from ui import format as fmt
from ui.exports.layout import layout
from ui.text import t
from ui.views import markup
from ui.views.parts import chart, colours, heading, plain, said, small, unfolding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]
COURSE_PX: Final = 220


def draw(content: Row, lang: str) -> None:
    """The report as it would be printed: its answer, tables, and the course of each site."""
    laid = layout(content, None, lang)
    answers = laid["answer"] or (laid["sites"][0]["answer"] if len(laid["sites"]) == 1 else [])
    heading(" ".join(answers) or laid["title"], f"{laid['company']} · {laid['subject']} · {laid['period']}")
    _tables(laid["company_tables"])
    if len(laid["sites"]) == 1:
        _site(laid["sites"][0], 0, lang, answered=bool(answers))
    else:
        for number, site in enumerate(laid["sites"]):
            with unfolding(plain(site["name"]), key=f"fold_site_{number}") as opened:
                if opened:
                    _site(site, number, lang)
    st.caption(plain(laid["books"]))


def _site(site: Mapping[str, Any], number: int, lang: str, *, answered: bool = False) -> None:
    small(site["place"])
    if not answered:  # above it already, where it is the only site
        said(" ".join(site["answer"]))
    course = site["course"]
    known = [value for pair in course["bars"] for value in pair if value is not None]
    if known:
        step = fmt.scale(fmt.ENERGY, max(known))
        pairs = [
            [None if value is None else round(value / step.divisor, 6) for value in pair] for pair in course["bars"]
        ]
        option = charts.pair_bars(
            course["labels"],
            pairs,
            names=course["names"],
            unit=step.unit,
            gap_word=t("power.gap", lang),
            colours=colours(),
        )
        under = f"{t('report.course', lang)}, {step.unit}"
        small(under)
        chart(option, key=f"chart_report_{number}", height=COURSE_PX, alt=under)
    figures, evidence = st.tabs([t("report.figures", lang), t("reports.evidence", lang)])
    with figures:
        _tables(site["sections"])
    with evidence:
        _tables(site["tables"])


def _scaled(value: float | None, step: fmt.Scale) -> float | None:
    return None if value is None else round(value / step.divisor, 6)


def _tables(printed: Iterable[Mapping[str, Any]]) -> None:
    """Printed tables, as one element; none where one has no row."""
    filled = [one for one in printed if one["rows"]]
    made = [
        markup.table([dict(zip(one["head"], row, strict=True)) for row in one["rows"]], one["title"]) for one in filled
    ]
    if made:
        st.html("".join(made))
