"""Energy and PUE: where does the energy go, and how much of it serves IT?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import session
from ui.text import t
from ui.views import efficiency, energy_cards, energy_parts, meters
from ui.views.frame import chosen_site, foot, head, opened, segments, site_choice
from ui.views.parts import card, plain

if TYPE_CHECKING:
    from config.site import Settings, Site


def page() -> None:
    """Draw the page for the site, period and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site, range_code = _head(service.settings, lang)
    with card("load", lang):
        energy_cards.load(site.id, range_code, lang)
    left, right = st.columns([1, 1.9], gap="small")
    with left, card("pue", lang):
        efficiency.pue(site.id, range_code, lang)
    with right, card("uses", lang):
        efficiency.flow(site.id, range_code, lang)
    with card("course", lang):
        energy_parts.course(site.id, lang)
    left, right = st.columns([1.25, 1], gap="small")
    with left, card("power_map", lang):
        energy_cards.power_hours(site.id, lang)
    with right, card("quality", lang):
        meters.quality(site.id, lang)
        energy_cards.zone(site.id, range_code, lang)
    with card("figures", lang):
        energy_cards.figures(site.id, range_code, lang)
    foot(service.settings, t("energy.footer", lang, zone=plain(site.time_zone), config=service.config_hash), lang)


def _head(settings: Settings, lang: str) -> tuple[Site, str]:
    site = chosen_site(settings)
    range_code = session.chosen("range", list(session.LONG_RANGES), "30d")
    with head(settings, t("energy.question", lang), (site.name, site.time_zone), lang):
        site_choice(settings, site, lang)
        lengths = {code: t(f"overview.range_{code}", lang) for code in session.LONG_RANGES}
        segments("range", lengths, range_code, t("overview.range", lang))
    return site, range_code
