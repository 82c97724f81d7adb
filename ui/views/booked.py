"""The booked part of the overview: power by use, PUE, energy by use, and the figures with their shares."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, findings, session
from ui import format as fmt
from ui.series import labels, marked
from ui.text import t
from ui.views.parts import card, colours, heading, plain, table
from ui.views.reading import Booked, booked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import FactorUse, Kpi

EVERY_S = 60
YEAR_S = 365 * 86400
CHART_PX = 400
FLOW_PX = 270


@st.fragment(run_every=EVERY_S)
def part(site_id: str, range_code: str, lang: str) -> None:
    """Charts and figures of one site; they change when the next quarter of an hour is closed."""
    service = session.kept().service()
    zone = ZoneInfo(service.settings.site(site_id).time_zone)
    found = booked(service, site_id, range_code)
    wide, narrow = st.columns([2.15, 1], gap="small")
    with wide, card("power", lang, height="stretch"):
        _power(found, zone, lang)
    with narrow, card("pue", lang, height="stretch"):
        _pue(found, zone, lang)
    left, right = st.columns([1, 1.45], gap="small")
    with left, card("uses", lang, height="stretch"):
        _uses(found, lang)
    with right, card("figures", lang, height="stretch"):
        _figures(found, zone, lang)


def _power(found: Booked, zone: tzinfo, lang: str) -> None:
    series = found.series
    if not series.times:
        heading(t("power.neutral", lang), t("power.empty", lang))
        return
    title = findings.power(series, zone=zone, lang=lang)
    step = fmt.scale(fmt.POWER, max((w for w in series.total if w is not None), default=0.0))
    key = "power.under" if series.facility else "power.under_it"
    under = t(key, lang, unit=step.unit, step=fmt.duration(series.step_s, lang))
    if series.known_share < 1:
        under += t("power.incomplete", lang, share=fmt.percent(1 - series.known_share))
    heading(title, under)
    bands = [_band(use, watts, step, lang) for use, watts in series.stacked.items()]
    option = charts.power_area(
        labels(series.times, zone, lang),
        marked(series.times, zone),
        bands,
        unit=step.unit,
        gaps=series.gaps,
        gap_word=t("power.gap", lang),
        colours=colours(),
    )
    st.echarts_chart(option, height=CHART_PX, theme=None, key="chart_power", alt=f"{title}. {under}")


def _band(use: str, watts: Sequence[float | None], step: fmt.Scale, lang: str) -> charts.Band:
    name = t(f"use.{use}", lang)
    last = next((value for value in reversed(watts) if value is not None), None)
    return charts.Band(
        use,
        name,
        f"{name}\n{fmt.power(last)}",
        [None if value is None else round(value / step.divisor, 6) for value in watts],
    )


def _pue(found: Booked, zone: tzinfo, lang: str) -> None:
    kpi = found.figure("pue")
    if kpi is None or kpi.value is None:
        heading(t("pue.unknown", lang), kpi.reason if kpi and kpi.reason else t("power.empty", lang))
        return
    length_s = found.end - found.start
    under = t(
        "pue.under",
        lang,
        period=fmt.duration(length_s, lang),
        kind=t("pue.interim" if length_s < YEAR_S else "pue.full", lang),
        category=kpi.category,
        used=fmt.percent(kpi.coverage),
    )
    title = findings.pue(kpi.value, lang)
    band = _interval(kpi, lang)
    heading(title, f"{under} · {band}" if band else under)
    option = charts.pue_gauge(kpi.value, low=kpi.low, high=kpi.high, printed=fmt.ratio(kpi.value), colours=colours())
    st.echarts_chart(option, height=200, theme=None, key="chart_pue", alt=f"{title}. {band}")
    if kpi.value < 1:
        st.warning(t("pue.error", lang), icon=":material/warning:")
    _pue_line(found, zone, lang)


def _pue_line(found: Booked, zone: tzinfo, lang: str) -> None:
    series = found.series
    values = [None if value is None else round(value, 3) for value in series.ratio]
    if sum(value is not None for value in values) < 2:  # noqa: PLR2004 - a line has two ends
        return
    name = t("pue.trend", lang)
    axis = labels(series.times, zone, lang), marked(series.times, zone)
    st.markdown(f":small[:gray[{name}]]")
    st.echarts_chart(
        charts.ratio_line(*axis, values, name=t("pue.neutral", lang), colours=colours()),
        height=110,
        theme=None,
        key="chart_ratio",
        alt=name,
    )


def _interval(kpi: Kpi, lang: str) -> str:
    found = fmt.bounds(kpi.low, kpi.high, kpi.unit)
    return "" if found == fmt.MISSING else t("pue.band", lang, bounds=found)


def _uses(found: Booked, lang: str) -> None:
    known = [use for use in found.uses if use.energy_kwh is not None]
    total = sum(use.energy_kwh or 0.0 for use in known)
    drawn = [use for use in known if use.energy_kwh and use.energy_kwh > 0]
    if not drawn:
        heading(t("uses.neutral", lang), t("uses.no_facility" if found.uses else "uses.empty", lang))
        return
    step = fmt.scale(fmt.ENERGY, total)
    title, under = findings.uses(found.uses, lang), t("uses.under", lang, unit=step.unit)
    if (known_share := min(use.coverage for use in drawn)) < 1:
        under += t("uses.partly", lang, share=fmt.percent(known_share))
    heading(title, under)
    flow = [
        (
            use.name,
            t(f"use.{use.name}", lang),
            round((use.energy_kwh or 0.0) / step.divisor, 6),
            _amount(use.energy_kwh, total),
        )
        for use in drawn
    ]
    option = charts.energy_flow((t("uses.total", lang), fmt.energy(total)), flow, unit=step.unit, colours=colours())
    st.echarts_chart(option, height=FLOW_PX, theme=None, key="chart_uses", alt=f"{title}. {under}")
    _uses_table(found, total, lang)
    if unknown := [t(f"use.{use.name}", lang) for use in found.uses if use.energy_kwh is None]:
        st.caption(t("uses.unknown", lang, names=", ".join(unknown)))


def _uses_table(found: Booked, total: float, lang: str) -> None:
    with st.expander(t("overview.table", lang)):
        rows = [
            {
                t("uses.name", lang): t(f"use.{use.name}", lang),
                t("uses.energy", lang): fmt.energy(use.energy_kwh),
                t("uses.share", lang): fmt.percent(None if use.energy_kwh is None else use.energy_kwh / total),
                t("uses.known", lang): fmt.percent(use.coverage),
            }
            for use in found.uses
        ]
        table(rows)


def _amount(kwh: float | None, total: float) -> str:
    share = fmt.MISSING if kwh is None or not total else fmt.percent(kwh / total)
    return f"{fmt.energy(kwh)} · {share}"


def _figures(found: Booked, zone: tzinfo, lang: str) -> None:
    start, end = (fmt.moment(time, zone, lang) for time in (found.start, found.end))
    heading(t("figures.title", lang), t("figures.under", lang, start=start, end=end))
    if not found.figures:
        st.caption(t("figures.none", lang))
        return
    rows = [_figure_row(kpi, lang) for kpi in found.figures]
    table(rows)
    with st.expander(t("figures.how", lang)):
        for kpi in found.figures:
            name = t(f"figures.{kpi.name}", lang)
            st.markdown(f"**{name}**: {plain(kpi.reason or kpi.method)}" + "".join(_factors(kpi)))


def _factors(kpi: Kpi) -> list[str]:
    return [f"  \n:small[:gray[{plain(_factor(use))}]]" for use in kpi.factors]


def _factor(use: FactorUse) -> str:
    words = f"{use.value:g} {use.unit}, {use.zone} {use.year}, {use.basis}, {use.source}"
    return f"{words}; {use.note}" if use.note else words


def _figure_row(kpi: Kpi, lang: str) -> dict[str, str]:
    return {
        t("figures.name", lang): t(f"figures.{kpi.name}", lang),
        t("figures.value", lang): fmt.quantity(kpi.value, kpi.unit),
        t("figures.interval", lang): fmt.bounds(kpi.low, kpi.high, kpi.unit),
        t("figures.measured", lang): fmt.percent(kpi.measured),
        t("figures.estimated", lang): fmt.percent(kpi.estimated),
        t("figures.missing", lang): fmt.percent(kpi.missing),
    }
