"""Overview: is the site healthy and efficient?

The head holds the choices; tiles and silent meters are fragments of 10 s; what is booked follows the ledger, whose
period ends with the last closed quarter of an hour, so charts keep still between two quarters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from config.errors import WattlasError
from ui import session
from ui.demo_mark import is_demo
from ui.text import t
from ui.views import carbon, company, efficiency, figures, meters, power, tiles
from ui.views.parts import card, demo_badge, plain

if TYPE_CHECKING:
    from config.site import Settings, Site


def page() -> None:
    """Draw the page for the site, period and language of the link."""
    lang = session.lang()
    try:
        kept = session.kept()
        service = kept.service()
        config = service.config_hash
    except WattlasError as error:
        for sentence in str(error).splitlines():
            st.error(t("state.error", lang, reason=plain(sentence)), icon=":material/error:")
        return
    if kept.mistake:
        st.warning(t("state.kept", lang, reason=plain(kept.mistake)), icon=":material/warning:")
    site, range_code = _head(service.settings, lang)
    tiles.part(site.id, range_code, lang, st.context.theme.type)
    _cards(service.settings, site.id, range_code, lang)
    words = t("overview.footer", lang, zone=plain(site.time_zone), config=config)
    st.caption(f"{t('overview.demo_footer', lang)} {words}" if is_demo(service.settings) else words)


def _cards(settings: Settings, site: str, range_code: str, lang: str) -> None:
    """The cards in rows, each a fragment of its own: the first are seen while the last are still made."""
    wide, narrow = st.columns([2.15, 1], gap="small")
    with wide, card("power", lang):
        power.part(site, range_code, lang)
    with narrow, card("meters", lang):
        meters.freshness(site, lang)
        meters.quality(site, lang)
    left, middle, right = st.columns([1, 1.5, 1.25], gap="small")
    with left, card("pue", lang):
        efficiency.pue(site, range_code, lang)
    with middle, card("uses", lang):
        efficiency.flow(site, range_code, lang)
    with right, card("emissions", lang):
        carbon.emissions(site, range_code, lang)
    left, right = st.columns([1, 1.12], gap="small")
    with left, card("hours", lang):
        carbon.by_hour(site, lang)
    with right, card("figures", lang):
        figures.part(site, range_code, lang)
    if len(settings.sites) > 1:
        with card("company", lang):
            company.part(range_code, lang)


def _head(settings: Settings, lang: str) -> tuple[Site, str]:
    """The question, and the choices that stand in the link."""
    by_id = {site.id: site for site in settings.sites}
    site = by_id[session.chosen("site", list(by_id), next(iter(by_id)))]
    range_code = session.chosen("range", list(session.RANGES), "7d")
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        with st.container(width="stretch", gap=None):
            st.header(t("overview.question", lang), anchor=False)
            place = " · ".join(plain(words) for words in (settings.company.name, site.name, site.time_zone))
            st.caption(place)
        if is_demo(settings):
            demo_badge(lang)
        if len(by_id) > 1:
            _site_choice(by_id, site, lang)
        st.segmented_control(
            t("overview.range", lang),
            list(session.RANGES),
            default=range_code,
            required=True,
            format_func=lambda code: t(f"overview.range_{code}", lang),
            key="choice_range",
            on_change=session.choose,
            args=("range", "choice_range"),
            label_visibility="collapsed",
        )
    return site, range_code


def _site_choice(by_id: dict[str, Site], site: Site, lang: str) -> None:
    ids = list(by_id)
    st.selectbox(
        t("overview.site", lang),
        ids,
        index=ids.index(site.id),
        format_func=lambda one: by_id[one].name,
        key="choice_site",
        on_change=session.choose,
        args=("site", "choice_site"),
        label_visibility="collapsed",
        width=230,
    )
