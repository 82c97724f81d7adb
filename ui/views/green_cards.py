"""Cards of the page of carbon: its tiles, how well each hour was matched, and all figures with lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.phrases import phrase
from ui.text import t
from ui.titles import courses as findings
from ui.views import figures as figure_card
from ui.views import markup
from ui.views.green_reading import DAY_S, Green, green, matched
from ui.views.parts import chart, colours, guarded, heading, waiting
from ui.views.tiles import NEUTRAL, OFF, tile

if TYPE_CHECKING:
    from analytics.kpi import Kpi

EVERY_S: Final = 300
MAP_PX: Final = 400
TILE_PX: Final = 120
TILES: Final = (
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
    "matched_share_annual",
    "matched_share_hourly",
    "cfe",
)
SHARES: Final = frozenset({"matched_share_annual", "matched_share_hourly", "cfe"})


@st.fragment(run_every=EVERY_S)
def tiles(site_id: str, range_code: str, lang: str) -> None:
    """The headline figures of the whole days of the range."""
    with guarded(lang):
        with waiting(TILE_PX):
            service = session.kept().service()
            found = green(service, site_id, range_code)
        if found is None:
            st.info(t("green.no_day", lang), icon=":material/hourglass_top:")
            return
        st.html(markup.tiles([*(_tile(found.figures[name], lang) for name in TILES), _intensity(found, lang)]))


def _tile(kpi: Kpi, lang: str) -> str:
    label, reason = t(f"green.tile_{kpi.name}", lang), phrase(kpi.reason, lang) if kpi.reason else None
    if kpi.value is None:
        return tile(label, fmt.MISSING, t("overview.not_given", lang), NEUTRAL, [], tip=reason)
    printed = fmt.percent(kpi.value) if kpi.name in SHARES else fmt.quantity(kpi.value, kpi.unit)
    words = t("overview.measured_share", lang, share=fmt.percent(kpi.measured))
    tip = t(f"green.help_{kpi.name}", lang)
    return tile(label, printed, words, NEUTRAL if kpi.measured >= 1 else OFF, [], tip=tip)


def _intensity(found: Green, lang: str) -> str:
    label = t("overview.intensity", lang, period=fmt.duration(found.end - found.start, lang))
    value = fmt.MISSING if found.intensity is None else f"{fmt.number(found.intensity)}{fmt.SPACE}g/kWh"
    words = t("overview.not_given" if found.intensity is None else "overview.location_based", lang)
    return tile(label, value, words, NEUTRAL, [], tip=t("green.help_intensity", lang))


@st.fragment(run_every=EVERY_S)
def matched_hours(site_id: str, lang: str) -> None:
    """Which share of each hour metered contracts covered."""
    with guarded(lang):
        service = session.kept().service()
        zone = session.zone(service.settings.site(site_id))
        found = matched(service, site_id, zone.key)
        if found is None or not found.known:
            heading(t("green.matched_neutral", lang), t("green.matched_none", lang))
            return
        title = findings.matched(found, lang)
        under = t("green.matched_under", lang, n=len(found.days), zone=zone.key)
        if blank := found.blank:
            under += t("hours.blank", lang, n=blank)
        heading(title, under)
        option = charts.hour_map(
            [fmt.weekday_date(day, zone, lang) for day in found.days],
            [[None if share is None else fmt.drawn_percent(share, 0) for share in row] for row in found.values],
            found.due,
            unit="%%",
            gap_word=t("power.gap", lang),
            colours=colours(),
            ramp=colours().seq_cfe,
            step=100,
        )
        chart(option, key="chart_matched", height=MAP_PX, alt=f"{title}. {under}")


@st.fragment(run_every=EVERY_S)
def figures(site_id: str, range_code: str, lang: str) -> None:
    """All figures of the whole days, with how each was made and where it comes from."""
    with guarded(lang):
        service = session.kept().service()
        zone = session.zone(service.settings.site(site_id))
        found = green(service, site_id, range_code)
        if found is None:
            heading(t("figures.title", lang), t("green.no_day", lang))
            return
        start, end = (fmt.moment(time, zone, lang) for time in (found.start, found.end))
        days = (found.end - found.start + DAY_S // 2) // DAY_S
        heading(t("green.figures", lang, n=days), t("figures.under", lang, start=start, end=end))
        figure_card.shown(service, list(found.figures.values()), lang, key="green")
