"""Energy and PUE: where does the energy go, and how much of it serves IT?"""

from __future__ import annotations

import streamlit as st

from ui import session
from ui.text import t
from ui.views import efficiency, energy_cards, energy_parts, meters, users
from ui.views.frame import foot, opened, ranged_head
from ui.views.parts import card, plain


def page() -> None:
    """Draw the page for the site, period and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site, range_code = ranged_head(service.settings, t("energy.question", lang), list(session.LONG_RANGES), "30d", lang)
    with card("load", lang):
        energy_cards.load(site.id, range_code, lang)
    left, right = st.columns([1, 1.9], gap="small")
    with left, card("pue", lang):
        efficiency.pue(site.id, range_code, lang)
    with right, card("uses", lang):
        efficiency.flow(site.id, range_code, lang)
    with card("course", lang):
        energy_parts.course(site.id, lang)
    with card("quality", lang):
        meters.quality(site.id, lang)
        energy_cards.zone(site.id, range_code, lang)
    if any(one.site == site.id for one in service.settings.clusters):
        with card("users", lang):
            users.who(site.id, range_code, lang)
    with card("figures", lang):
        energy_cards.figures(site.id, range_code, lang)
    foot(service.settings, t("energy.footer", lang, zone=plain(site.time_zone), config=service.config_hash), lang)
