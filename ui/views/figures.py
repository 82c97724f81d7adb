"""The figures of the period as an auditor wants them: value, interval, shares, method, factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import format as fmt
from ui import session
from ui.phrases import phrase
from ui.text import t
from ui.views import markup
from ui.views.lineage import lineage
from ui.views.parts import guarded, heading
from ui.views.reading import booked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpi import FactorUse, Kpi
    from ui.service import Service

EVERY_S = 60


@st.fragment(run_every=EVERY_S)
def part(site_id: str, range_code: str, lang: str) -> None:
    """Every figure of the period that can be given, and why the others cannot."""
    with guarded(lang):
        service = session.kept().service()
        zone = session.zone(service.settings.site(site_id))
        found = booked(service, site_id, range_code)
        start, end = (fmt.moment(time, zone, lang) for time in (found.start, found.end))
        heading(t("figures.title", lang), t("figures.under", lang, start=start, end=end))
        if not found.figures:
            st.caption(t("figures.none", lang))
            return
        shown(service, found.figures, lang, key="overview")


def shown(service: Service, found: Sequence[Kpi], lang: str, *, key: str) -> None:
    """The figures as a table, how each was made, and the lineage of the one that is chosen."""
    known = [kpi for kpi in found if kpi.value is not None or kpi.value_measured is not None]
    made = [markup.table([_row(kpi, lang) for kpi in known] or [_blank(lang)])]
    absent = [t(f"figures.{kpi.name}", lang) for kpi in found if kpi.value is None]
    if absent:
        made.append(markup.small(t("figures.absent", lang, names=", ".join(absent))))
    how = markup.entries((t(f"figures.{kpi.name}", lang), _made(kpi, lang)) for kpi in found)
    st.html("".join([*made, markup.fold(t("figures.how", lang), how)]))
    lineage(service, found, lang, key=key)


def _made(kpi: Kpi, lang: str) -> list[str]:
    """How a figure was made, or why there is none, and by which factors."""
    return [phrase(kpi.reason or kpi.method, lang), *(_factor(use, lang) for use in kpi.factors)]


def _factor(use: FactorUse, lang: str) -> str:
    where = f"{use.zone} {use.year or ''}".strip()
    words = ", ".join(
        text for text in (f"{use.value:g} {use.unit}", where, phrase(use.basis, lang), use.source) if text
    )
    return f"{words}; {phrase(use.note, lang)}" if use.note else words


def _row(kpi: Kpi, lang: str) -> dict[str, str]:
    return {
        t("figures.name", lang): t(f"figures.{kpi.name}", lang),
        t("figures.value", lang): fmt.quantity(kpi.value, kpi.unit),
        t("figures.interval", lang): fmt.bounds(kpi.low, kpi.high, kpi.unit),
        t("figures.measured", lang): fmt.percent(kpi.measured),
        t("figures.estimated", lang): fmt.percent(kpi.estimated),
        t("figures.missing", lang): fmt.percent(kpi.missing),
    }


def _blank(lang: str) -> dict[str, str]:
    keys = ("name", "value", "interval", "measured", "estimated", "missing")
    return {t(f"figures.{key}", lang): fmt.MISSING for key in keys}
