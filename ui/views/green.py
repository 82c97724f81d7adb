"""Carbon and CFE: how clean is the electricity, and what says so?"""

from __future__ import annotations

import streamlit as st

from ui import session
from ui.text import t
from ui.views import carbon, green_cards, green_parts
from ui.views.frame import foot, opened, ranged_head
from ui.views.parts import card, plain


def page() -> None:
    """Draw the page for the site, period and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site, range_code = ranged_head(service.settings, t("green.question", lang), list(session.LONG_RANGES), "30d", lang)
    green_cards.tiles(site.id, range_code, lang)
    left, right = st.columns([1.35, 1], gap="small")
    with left, card("scope_2", lang):
        green_parts.months(site.id, lang)
    with right, card("contracts", lang):
        green_parts.contracts(site.id, range_code, lang)
    left, right = st.columns(2, gap="small")
    with left, card("hours", lang, height="content"):
        carbon.by_hour(site.id, lang)
    with right, card("matched", lang, height="content"):
        green_cards.matched_hours(site.id, lang)
    with card("figures", lang):
        green_cards.figures(site.id, range_code, lang)
    foot(service.settings, t("green.footer", lang, zone=plain(site.time_zone), config=service.config_hash), lang)
