"""What every page has around its cards: the service or why there is none, the head with its choices, the foot."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from config.errors import NotAllowed, WattlasError
from ui import format as fmt
from ui import session
from ui.access.roles import holders
from ui.demo.mark import is_demo
from ui.phrases import phrase
from ui.text import t
from ui.views.parts import demo_badge, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from config.site import Settings, Site
    from ui.access.roles import Action
    from ui.service import Service


def opened(lang: str) -> Service | None:
    """The service of the site file; where there is none the page says why, and returns None."""
    try:
        kept = session.kept()
        service = kept.service()
        _ = service.config_hash
    except NotAllowed as error:
        st.warning(t("gate.refused", lang, reason=plain(phrase(str(error), lang))), icon=":material/lock:")
        return None
    except WattlasError as error:
        for sentence in str(error).splitlines():
            st.error(t("state.error", lang, reason=plain(phrase(sentence, lang))), icon=":material/error:")
        return None
    if kept.mistake and service.whole is None:  # it names what other sites have
        st.warning(t("state.kept", lang, reason=plain(phrase(kept.mistake, lang))), icon=":material/warning:")
    return service


MONTHS = 12
FEW, SHORT = 4, 40  # sites, and columns of their names, side by side: a list costs a click, and a browser time
TOLD, AGAIN = "told", "told_again"  # what this run says of the last act, and what the next one has to say again


@contextmanager
def head(settings: Settings, question: str, place: Sequence[str], lang: str) -> Iterator[None]:
    """The question and where it is asked; the choices of the page are drawn inside, beside it."""
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        with st.container(width="stretch", gap=None):
            st.header(question, anchor=False)
            st.caption(" · ".join(plain(words) for words in (settings.company.name, *place)))
        if is_demo(settings):
            demo_badge(lang)
        yield


def chosen_site(settings: Settings) -> Site:
    """The site of the link, the first where it names none."""
    by_id = {site.id: site for site in settings.sites}
    return by_id[session.chosen("site", list(by_id), next(iter(by_id)))]


def site_choice(settings: Settings, site: Site, lang: str) -> None:
    """The sites: nothing where there is one, side by side where they are few and short, else a list."""
    names = {one.id: one.name for one in settings.sites}
    if len(names) <= 1:
        return
    if len(names) <= FEW and sum(map(fmt.width, names.values())) <= SHORT:
        segments("site", {code: plain(name) for code, name in names.items()}, site.id, t("overview.site", lang))
    else:
        choice("site", names, site.id, t("overview.site", lang))


def ranged_head(settings: Settings, question: str, ranges: Sequence[str], usual: str, lang: str) -> tuple[Site, str]:
    """The question, a list of sites and lengths of time; return the site and the code of the length."""
    site = chosen_site(settings)
    code = session.chosen("range", list(ranges), usual)
    with head(settings, question, (site.name, site.time_zone), lang):
        site_choice(settings, site, lang)
        segments("range", {one: t(f"overview.range_{one}", lang) for one in ranges}, code, t("overview.range", lang))
    return site, code


def choice(name: str, options: Mapping[str, str], now: str, label: str, *, width: int = 230) -> None:
    """A list whose stable code stands in the link as `name`."""
    _follow(f"choice_{name}", now)
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=f"choice_{name}",
        on_change=session.choose,
        args=(name, f"choice_{name}"),
        label_visibility="collapsed",
        width=width,
    )


def segments(name: str, options: Mapping[str, str], now: str, label: str) -> None:
    """A few choices side by side, whose stable code stands in the link as `name`."""
    _follow(f"choice_{name}", now)
    st.segmented_control(
        label,
        list(options),
        required=True,
        format_func=options.__getitem__,
        key=f"choice_{name}",
        on_change=session.choose,
        args=(name, f"choice_{name}"),
        label_visibility="collapsed",
    )


def _follow(key: str, now: str) -> None:
    """Let a widget show what the link says: after the browser's way back it would go on with what was clicked last.

    At every run: on another page the widget is a new one, which takes what is set and not what the former one had.
    """
    st.session_state[key] = now


def months(now: float, sites: Sequence[Site], lang: str, *, count: int = 13) -> str:
    """A list of the last months by the clocks of `sites`, the last that is over at all of them on top."""
    running = {_month(now, site.time_zone) for site in sites} or {_month(now, "UTC")}
    over = min(running) - 1
    numbers = [over, *(number for number in range(max(running), max(running) - count, -1) if number != over)]
    codes = [f"{number // MONTHS}-{number % MONTHS + 1:02d}" for number in numbers]
    now_code = session.chosen("month", codes, codes[0])
    choice("month", {code: code for code in codes}, now_code, t("frame.month", lang), width=140)
    return now_code


def _month(now: float, time_zone: str) -> int:
    today = datetime.fromtimestamp(now, ZoneInfo(time_zone))
    return today.year * MONTHS + today.month - 1


def foot(settings: Settings, words: str, lang: str) -> None:
    """The line below all cards."""
    st.caption(f"{t('overview.demo_footer', lang)} {words}" if is_demo(settings) else words)


def acting(lang: str, act: Callable[[], str]) -> None:
    """Do what a form asks for and say so, or say in one sentence why not; the page is drawn anew with what it changed.

    `act` returns the sentence to show; the service refuses whom no role allows it.
    """
    st.session_state[TOLD] = []
    try:
        st.session_state["done"] = act()
    except NotAllowed as error:
        _tell("lock", t("act.not_allowed", lang, reason=plain(phrase(str(error), lang))))
        return
    except WattlasError as error:
        for sentence in str(error).splitlines():
            _tell("error", t("act.not_done", lang, reason=plain(phrase(sentence, lang))))
        return
    st.rerun()


def done() -> None:
    """Say what the last act did; once, and again where the page draws itself anew."""
    told = st.session_state.pop(AGAIN, [])
    if words := st.session_state.pop("done", None):
        told = [("check", words)]
    st.session_state[TOLD] = []
    for icon, words in told:
        _tell(icon, words)


def anew() -> None:
    """Draw the page anew of its own accord: what its reader was told stays."""
    st.session_state[AGAIN] = st.session_state.get(TOLD, [])
    st.rerun()


def _tell(icon: str, words: str) -> None:
    show = st.success if icon == "check" else st.error
    show(words, icon=f":material/{icon}:")
    st.session_state[TOLD].append((icon, words))


def acts_as(lang: str, action: Action | None = None) -> None:
    """Who acts, or that nobody may from here, or whose role lacks it."""
    who = session.acting()
    if who is None:
        st.caption(t("act.as", lang, name=plain(session.actor())))
    elif not who.name:
        st.caption(t("act.refused", lang))
    elif session.may_change(action):
        st.caption(t("act.as_person", lang, name=plain(who.name)))
    else:
        roles = ", ".join(t(f"gate.role_{role}", lang) for role in (holders(action) if action else ()))
        st.caption(t("act.needs", lang, name=plain(who.name), roles=roles))
