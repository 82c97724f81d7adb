"""Glossary: what do the words on these pages mean?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from config.catalogue import metrics
from ui import session
from ui.text import catalogue, t
from ui.views import markup
from ui.views.frame import foot, head, opened
from ui.views.parts import card, entries, folded, heading

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = "glossary.name_"


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    with head(service.settings, t("glossary.question", lang), (), lang):
        wanted = st.text_input(
            t("glossary.look", lang),
            key="glossary_look",
            placeholder=t("glossary.look", lang),
            label_visibility="collapsed",
            max_chars=60,
            width=230,
        )
    found = [(name, text) for name, text in terms(lang) if wanted.strip().lower() in f"{name} {text}".lower()]
    with card("terms", lang):
        heading(t("glossary.terms", lang, n=len(found)), t("glossary.under", lang))
        entries((name, [text]) for name, text in found)
    with card("metrics", lang):
        heading(t("glossary.metrics", lang, n=len(metrics())), t("glossary.metrics_under", lang))
        rows = [
            {
                t("glossary.metric", lang): one.name,
                t("glossary.unit", lang): one.unit,
                t("glossary.kind", lang): one.kind,
                t("glossary.meaning", lang): one.description,
            }
            for one in metrics().values()
        ]
        folded(t("overview.table", lang), markup.table(rows))
    foot(service.settings, t("glossary.footer", lang), lang)


def terms(lang: str) -> Iterator[tuple[str, str]]:
    """Every term with its meaning, in the order of the catalogue."""
    for key in catalogue(lang):
        if key.startswith(PREFIX):
            code = key.removeprefix(PREFIX)
            yield t(f"glossary.name_{code}", lang), t(f"glossary.text_{code}", lang)
