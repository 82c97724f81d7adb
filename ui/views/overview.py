"""Overview: is the site healthy and efficient?

The head holds the choices; tiles and silent meters are fragments of 10 s; what is booked follows the ledger, whose
period ends with the last closed quarter of an hour, so charts keep still between two quarters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import session
from ui.text import t
from ui.views import alerts, carbon, company, efficiency, figures, meters, plan, power, tiles
from ui.views.frame import foot, opened, ranged_head
from ui.views.parts import card, plain

if TYPE_CHECKING:
    from config.site import Settings


def page() -> None:
    """Draw the page for the site, period and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site, range_code = ranged_head(service.settings, t("overview.question", lang), list(session.RANGES), "7d", lang)
    tiles.part(site.id, range_code, lang, st.context.theme.type)
    _cards(service.settings, site.id, range_code, lang)
    foot(
        service.settings,
        t("overview.footer", lang, zone=plain(session.zone(site).key), config=service.config_hash),
        lang,
    )


def _cards(settings: Settings, site: str, range_code: str, lang: str) -> None:
    """The cards in rows, each a fragment of its own: the first are seen while the last are still made."""
    wide, narrow = st.columns([1.7, 1], gap="small")
    with wide, card("power", lang):
        power.part(site, range_code, lang)
    with narrow, card("meters", lang):
        meters.freshness(site, lang)
        alerts.brief(lang)
    left, right = st.columns([1, 1.9], gap="small")
    with left, card("pue", lang):
        efficiency.pue(site, range_code, lang)
    with right, card("emissions", lang):
        carbon.emissions(site, range_code, lang)
    with card("figures", lang):
        figures.part(site, range_code, lang)
    if len(settings.sites) > 1:
        with card("company", lang):
            company.part(range_code, lang)
    if any(one.site == site for one in settings.targets):
        with card("plan", lang):  # the last: a forecast of changed books takes seconds
            plan.brief(site, lang)
