"""The pages: one question each, in the language and mode of the reader. Served by `ui.serving.serve`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from config.errors import WattlasError
from ui import session
from ui.demo.mark import MARK, is_demo
from ui.text import LANGUAGES, t
from ui.tokens import variables
from ui.views import gate, menu
from ui.views.frame import segments
from ui.views.parts import demo_badge

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

LOGO = Path(__file__).with_name("logo.svg")
ICON = Path(__file__).with_name("icon.svg")
LOOK = Path(__file__).with_name("page.css")


@cache
def _look() -> str:
    return f"<style>{variables()}\n{LOOK.read_text(encoding='utf-8')}</style>"


def _demo() -> bool:
    """Whether the page shows simulated books; a site file that cannot be read shows none."""
    try:
        return is_demo(session.kept().service().settings)
    except WattlasError:
        return False


def _menu(groups: dict[str, list[Page]], lang: str, *, demo: bool) -> None:
    if demo:
        demo_badge(lang)
    with st.container(gap="xsmall", key="menu"):
        menu.links(groups)


def main() -> None:
    """Lay out navigation and run the chosen page."""
    lang, demo = session.lang(), _demo()
    st.set_page_config(page_title=f"{MARK} - Wattlas" if demo else "Wattlas", page_icon=str(ICON), layout="wide")
    st.html(_look())
    st.logo(str(LOGO), size="large")
    groups = menu.pages(lang)
    page = st.navigation(groups, position="hidden")
    inside = gate.let_in(lang)
    with st.sidebar:
        if inside:
            _menu(groups, lang, demo=demo)
        segments("lang", LANGUAGES, lang, t("nav.language", lang))
        clocks = {code: t(f"nav.clock_{code}", lang) for code in session.CLOCKS}
        segments("clock", clocks, session.clock(), t("nav.clock", lang))
        if inside:
            gate.foot_of_menu(lang)
    if inside:
        page.run()


main()
