"""Who may come in: signing in and out, and what somebody sees who has no role, or not the one that a page needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from config.errors import NotAllowed, WattlasError
from ui import session
from ui.access.roles import holders
from ui.phrases import phrase
from ui.serving.serve import SIGN_IN_VARIABLE
from ui.text import t
from ui.views.parts import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.access.person import Person
    from ui.access.roles import Action


def let_in(lang: str) -> bool:
    """Say whether who is there may read pages at all; where not, draw what they can do about it.

    A site file that cannot be read lets in: every page says so itself, and opens nothing without it.
    """
    try:
        session.kept().service()
    except session.NotSignedIn:
        _sign_in(lang)
    except NotAllowed as error:
        _no_role(error, lang)
    except WattlasError:
        return True
    else:
        return True
    return False


def _sign_in(lang: str) -> None:
    st.header(t("gate.question", lang), anchor=False)
    st.markdown(t("gate.why", lang))
    if os.environ.get(SIGN_IN_VARIABLE):
        st.button(t("gate.sign_in", lang), type="primary", key="sign_in", icon=":material/login:", on_click=st.login)
    else:
        st.warning(t("gate.restart", lang), icon=":material/restart_alt:")


def _no_role(error: NotAllowed, lang: str) -> None:
    who = session.signed_in()
    if who is None:
        st.warning(t("gate.refused", lang, reason=plain(phrase(str(error), lang))), icon=":material/lock:")
        return
    st.header(t("gate.no_role", lang), anchor=False)
    st.markdown(t("gate.no_role_under", lang, name=plain(who.name)))
    sign_out(who, lang)


def sign_out(who: Person, lang: str) -> None:
    """Who is signed in, and the way out."""
    st.caption(plain(who.shown if who.shown == who.name else f"{who.shown} ({who.name})"))
    st.button(t("gate.sign_out", lang), key="sign_out", icon=":material/logout:", on_click=session.sign_out)


def foot_of_menu(lang: str) -> None:
    """Who is signed in, below the links; nothing without sign-in."""
    who = session.signed_in()
    if who is not None:
        sign_out(who, lang)


def behind(action: Action, draw: Callable[[], None]) -> Callable[[], None]:
    """A page that says so, and draws nothing else, where no role allows it."""

    def page() -> None:
        who = session.lacking(action)
        if who is None:
            draw()
            return
        lang = session.lang()
        roles = ", ".join(t(f"gate.role_{role}", lang) for role in holders(action))
        st.header(t("gate.needs", lang), anchor=False)
        st.markdown(t("gate.needs_under", lang, name=plain(who.name), roles=roles))

    return page
