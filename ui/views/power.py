"""Power by use over the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.figures.series import labels, marked
from ui.text import t
from ui.titles import overview as findings
from ui.views.parts import chart, colours, guarded, heading
from ui.views.reading import booked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import tzinfo

    from config.site import Site
    from ui.figures.series import PowerSeries

EVERY_S = 60
CHART_PX = 400


@st.fragment(run_every=EVERY_S)
def part(site_id: str, range_code: str, lang: str) -> None:
    """The stack of one site; it changes when the next quarter of an hour is closed."""
    with guarded(lang):
        service = session.kept().service()
        site = service.settings.site(site_id)
        drawn(booked(service, site_id, range_code).series, site, session.zone(site), lang, key="chart_power")


def drawn(series: PowerSeries, site: Site, zone: tzinfo, lang: str, *, key: str) -> None:
    """The stack with its finding, or why there is none."""
    if not series.times:
        heading(t("power.neutral", lang), t("power.empty", lang))
        return
    title = findings.power(series, zone=zone, lang=lang)
    step = fmt.scale(fmt.POWER, max((w for w in series.total if w is not None), default=0.0))
    words = "power.under" if series.facility else "power.under_it"
    under = t(words, lang, unit=step.unit, step=fmt.duration(series.step_s, lang))
    if series.known_share < 1:
        under += t("power.incomplete", lang, share=fmt.percent(1 - series.known_share))
    heading(title, under)
    option = charts.power_area(
        labels(series.times, zone, lang),
        marked(series.times, zone),
        [_band(use, watts, step, series.uses, lang) for use, watts in series.stacked.items()],
        unit=step.unit,
        gaps=series.gaps,
        gap_word=t("power.gap", lang),
        colours=colours(),
        limit=_limit(site, step, lang),
    )
    chart(option, key=key, height=CHART_PX, alt=f"{title}. {under}")


def _limit(site: Site, step: fmt.Scale, lang: str) -> tuple[float, str] | None:
    """What the site declares to be installed: the IT load, at the foot of the stack, stays below it."""
    if site.installed_it_kw is None:
        return None
    watts = site.installed_it_kw * 1000
    return watts / step.divisor, t("power.installed", lang, power=fmt.power(watts))


def _band(use: str, watts: Sequence[float | None], step: fmt.Scale, known: Collection[str], lang: str) -> charts.Band:
    """One use; its newest value stands beside it, and none where the newest cell is not known."""
    name = findings.use_name(use, known, lang)
    return charts.Band(
        use,
        name,
        name if watts[-1] is None else f"{name}\n{fmt.power(watts[-1])}",
        [None if value is None else round(value / step.divisor, 6) for value in watts],
    )
