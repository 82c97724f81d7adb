"""How much of the energy serves IT: the PUE of the period and its days, and the flow from sources to uses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.figures.series import day_marks
from ui.phrases import phrase
from ui.text import t
from ui.titles import overview as findings
from ui.views import markup
from ui.views.parts import chart, colours, folded, guarded, heading, small
from ui.views.reading import Booked, booked, days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import Kpi
    from ui.figures.by_use import Use
    from ui.figures.days import Day

EVERY_S = 60
YEAR_S = 365 * 86400
TREND_PX = 120
FLOW_PX = 350
APART = ("it", "losses", "unsplit")  # what is not told apart has no IT and no losses, and the other way round


@st.fragment(run_every=EVERY_S)
def pue(site_id: str, range_code: str, lang: str) -> None:
    """The PUE of the period, and of each of the last thirty days."""
    with guarded(lang):
        service = session.kept().service()
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        alts, gauge = _gauge(booked(service, site_id, range_code), lang)
        named, trend = _trend([day for day in days(service, site_id) if day.whole], zone, lang)
        alt = " ".join([*alts, *named])
        if gauge and trend:
            both = charts.beneath(gauge, trend, upper_px=charts.GAUGE_PX, name=named[0], colours=colours())
            chart(both, key="chart_pue", height=charts.GAUGE_PX + charts.NAME_PX + TREND_PX, alt=alt)
        elif gauge:
            chart(gauge, key="chart_pue", height=charts.GAUGE_PX, alt=alt)
        elif trend:
            small(named[0])
            chart(trend, key="chart_pue", height=TREND_PX, alt=alt)


def _gauge(found: Booked, lang: str) -> tuple[list[str], charts.Option | None]:
    """Say what the PUE of the period is; return that in words and its gauge, where it is known."""
    kpi = found.figure("pue")
    if kpi is None or kpi.value is None:
        heading(t("pue.unknown", lang), phrase(kpi.reason, lang) if kpi and kpi.reason else t("power.empty", lang))
        return [], None
    length_s = found.end - found.start
    under = t(
        "pue.under",
        lang,
        period=fmt.duration(length_s, lang),
        kind=t("pue.interim" if length_s < YEAR_S else "pue.full", lang),
        category=kpi.category,
        used=fmt.percent(kpi.coverage),
    )
    changed, former = found.change("pue"), found.former("pue")
    title, band = findings.pue(kpi.value, lang), _interval(kpi, lang)
    heading(title, f"{under} · {band}" if band else under)
    before = former.value if former and changed else None
    period = fmt.duration(length_s, lang)
    words = "" if before is None else t("pue.before", lang, period=period, value=fmt.ratio(before))
    gauge = charts.pue_gauge(
        kpi.value,
        low=kpi.low,
        high=kpi.high,
        printed=fmt.ratio(kpi.value),
        colours=colours(),
        before=before,
        under=words,
    )
    return [f"{title}. {band}"], gauge


def _trend(found: Sequence[Day], zone: tzinfo, lang: str) -> tuple[list[str], charts.Option | None]:
    """Return the name of the line of days and the line, where two days are known."""
    values = [day.pue.value if day.pue.value is None else round(day.pue.value, 4) for day in found]
    if sum(value is not None for value in values) < 2:  # noqa: PLR2004 - a line has two ends
        return [], None
    last = next(value for value in reversed(values) if value is not None)
    line = charts.ratio_days(
        [fmt.weekday_day(day.start, zone, lang) for day in found],
        day_marks(len(found)),
        values,
        name=t("pue.neutral", lang),
        end=fmt.ratio(last),
        gap_word=t("power.gap", lang),
        colours=colours(),
    )
    return [t("pue.trend", lang, n=len(values))], line


def _interval(kpi: Kpi, lang: str) -> str:
    found = fmt.bounds(kpi.low, kpi.high, kpi.unit)
    return "" if found == fmt.MISSING else t("pue.band", lang, bounds=found)


@st.fragment(run_every=EVERY_S)
def flow(site_id: str, range_code: str, lang: str) -> None:
    """Energy of the period from its metered sources to its uses."""
    with guarded(lang):
        _flow(booked(session.kept().service(), site_id, range_code), lang)


def _flow(found: Booked, lang: str) -> None:
    sources = _drawn(found.flow.sources) if found.flow else []
    uses = _drawn(found.flow.uses) if found.flow else []
    if not found.flow or not sources or not uses:
        heading(t("uses.neutral", lang), t("uses.no_facility" if found.flow else "uses.empty", lang))
        return
    total, known = sum(use.energy_kwh or 0.0 for use in sources), _known(found.flow.uses)
    step = fmt.scale(fmt.ENERGY, total)
    title, under = findings.uses(found.flow.uses, lang), t("uses.under", lang, unit=step.unit)
    if (known_share := max(use.coverage for use in uses)) < 1:  # of losses: what all others leave
        under += t("uses.partly", lang, share=fmt.percent(known_share))
    heading(title, under)
    option = charts.energy_flow(
        [_node(use, total, step, t(f"source.{use.name}", lang)) for use in sources],
        charts.Node("all", t("uses.total", lang), total / step.divisor, fmt.energy(total)),
        [_node(use, total, step, findings.use_name(use.name, known, lang)) for use in uses],
        unit=step.unit,
        colours=colours(),
    )
    chart(option, key="chart_uses", height=FLOW_PX, alt=f"{title}. {under}")
    _table(found.flow.sources, found.flow.uses, total, lang)


def _known(uses: Sequence[Use]) -> list[str]:
    return [use.name for use in uses if use.energy_kwh is not None]


def _drawn(uses: Sequence[Use]) -> list[Use]:
    return [use for use in uses if use.energy_kwh and use.energy_kwh > 0]


def _node(use: Use, total: float, step: fmt.Scale, name: str) -> charts.Node:
    kwh = use.energy_kwh or 0.0
    return charts.Node(use.name, name, round(kwh / step.divisor, 6), f"{fmt.energy(kwh)} · {fmt.percent(kwh / total)}")


def _table(sources: Sequence[Use], uses: Sequence[Use], total: float, lang: str) -> None:
    named = [(t(f"source.{use.name}", lang), use) for use in _drawn(sources)]
    named += [
        (findings.use_name(use.name, _known(uses), lang), use) for use in uses if use.name not in APART or use.coverage
    ]
    rows = [
        {
            t("uses.name", lang): name,
            t("uses.energy", lang): fmt.energy(use.energy_kwh) if use.coverage else t("uses.unmetered", lang),
            t("uses.share", lang): fmt.percent(None if use.energy_kwh is None else use.energy_kwh / total),
            t("uses.known", lang): fmt.percent(use.coverage or None),
        }
        for name, use in named
    ]
    folded(t("overview.table", lang), markup.table(rows))
