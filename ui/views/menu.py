"""The navigation: groups of pages, each with its code in links and its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui import session
from ui.text import t
from ui.views import (
    alerts,
    compare,
    energy,
    floor,
    glossary,
    green,
    overview,
    plan,
    quality,
    records,
    reports,
    settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.navigation.page import Page

    from ui.access.roles import Action

    Entry = tuple[str, str, Callable[[], None]]

GROUPS: Final[dict[str, tuple[Entry, ...]]] = {
    "operate": (
        ("overview", "speed", overview.page),
        ("alerts", "notifications", alerts.page),
        ("floor", "grid_view", floor.page),
        ("energy", "bolt", energy.page),
    ),
    "sustain": (
        ("carbon", "eco", green.page),
        ("plan", "flag", plan.page),
        ("records", "edit_note", records.page),
        ("reports", "description", reports.page),
    ),
    "planning": (("compare", "compare_arrows", compare.page),),
    "admin": (
        ("quality", "fact_check", quality.page),
        ("settings", "settings", settings.page),
        ("glossary", "menu_book", glossary.page),
    ),
}

NEEDS: Final[dict[str, Action]] = {"settings": "settings"}  # links that not every role has: these pages refuse too


def pages(lang: str) -> dict[str, list[Page]]:
    """The pages by the name of their group."""
    return {t(f"nav.{group}", lang): [_page(entry, lang) for entry in entries] for group, entries in GROUPS.items()}


def _page(entry: Entry, lang: str) -> Page:
    code, icon, draw = entry
    title = t(f"nav.{code}", lang)
    return st.Page(draw, title=title, icon=f":material/{icon}:", url_path=code, default=code == "overview")


def links(groups: dict[str, list[Page]]) -> None:
    """Links to all pages that take language, site and period along, which Streamlit's own do not."""
    for group, of_group in groups.items():
        st.caption(group)
        for page in of_group:
            if (needed := NEEDS.get(page.url_path)) and session.lacking(needed):
                continue
            st.page_link(page, query_params=session.carried(), width="stretch")
