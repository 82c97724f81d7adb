"""Overview: is the site healthy and efficient?

The head holds the choices; the live part (tiles, freshness) is one fragment of 10 s; the books part follows the ledger,
whose period ends with the last closed quarter of an hour, so charts keep still between two quarters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from config.errors import WattlasError
from ui import session
from ui.text import t
from ui.views import booked, live
from ui.views.parts import plain

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
    live.part(site.id, range_code, lang, st.context.theme.type)
    booked.part(site.id, range_code, lang)
    st.caption(t("overview.footer", lang, zone=plain(site.time_zone), config=config))


def _head(settings: Settings, lang: str) -> tuple[Site, str]:
    """The question, and the choices that stand in the link."""
    by_id = {site.id: site for site in settings.sites}
    site = by_id[session.chosen("site", list(by_id), next(iter(by_id)))]
    range_code = session.chosen("range", list(session.RANGES), "7d")
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        with st.container(width="stretch", gap=None):
            st.header(t("overview.question", lang), anchor=False)
            st.caption(" · ".join(plain(words) for words in (settings.company.name, site.name, site.time_zone)))
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
        width=200,
    )
