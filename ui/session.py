"""What a browser session works with: the service in the hands of who is there, and choices that live in the link.

Query parameters are untrusted: anything unknown falls back. Codes in links are stable and the same in every language,
which is why widgets are not bound to the link by Streamlit itself (it writes translated labels).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import streamlit as st

from config.errors import NotAllowed, WattlasError
from ui.access.ended import end, has_ended
from ui.access.person import ANYBODY, Person, person_of
from ui.access.roles import ACTIONS
from ui.options import caller
from ui.serving.kept_service import Kept, place_given
from ui.serving.serve import PROXY_VARIABLE, SIGN_IN_VARIABLE
from ui.text import FALLBACK, language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from config.site import Settings, Site
    from ui.access.roles import Action
    from ui.service import Service

DAY_S = 86400
RANGES = {"24h": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}
LONG_RANGES = {**RANGES, "1y": 365 * DAY_S}
CLOCKS = ("site", "utc")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CARRIED = ("lang", "site", "range", "clock")  # choices that go along from page to page
CHANGES = tuple(one for one in ACTIONS if one not in {"read", "settings"})


class NotSignedIn(NotAllowed):
    """Nobody is signed in, or too long ago."""


class Personal:
    """What `Kept` gives, in the hands of the person of this session: asked anew at every run."""

    def __init__(self, kept: Kept) -> None:
        """Stand around the service of the process."""
        self._kept = kept

    @property
    def mistake(self) -> str | None:
        """Why a changed site file was not taken."""
        return self._kept.mistake

    def service(self) -> Service:
        """The service, for what this person may do.

        Raises:
            NotAllowed: nobody is signed in, or the person has no role here.
            WattlasError: the site file is wrong and there is no former service.
        """
        return _in_hands(self._kept.service(), claims)


@st.cache_resource(show_spinner=False)
def _kept(config: Path | None, data: Path | None) -> Kept:
    return Kept(config, data)


def kept() -> Personal:
    """The service of the place that the command line handed on."""
    return Personal(_kept(*place_given()))


def service_later() -> Callable[[], Service]:
    """Return what gives the service without a run of the page, for a download: who is there now, judged anew then."""
    held, said = _kept(*place_given()), claims()
    return lambda: _in_hands(held.service(), lambda: said)


def _in_hands(service: Service, said: Callable[[], Mapping[str, Any]]) -> Service:
    who = person(service.settings, now=service.now(), said=said)
    if who is not None:
        who.refuse_unless("read")
    return service.acting_as(who)


def claims() -> Mapping[str, Any]:
    """What the provider said of who is signed in; empty where nobody is."""
    return st.user.to_dict()


def sign_out() -> None:
    """End the sign-in in every tab of the browser."""
    end(claims())
    st.logout()


def person(settings: Settings, *, now: float, said: Callable[[], Mapping[str, Any]] | None = None) -> Person | None:
    """Who is there at `now` [UTC s]; None for the user of this machine, where nobody else can open the pages.

    `said` gives what the provider said of them, where it is not to be asked of this session.

    Raises:
        NotSignedIn: pages with sign-in, and nobody is signed in.
        NotAllowed: the site file lost its [sign_in] while the server runs: nothing is opened by that.
    """
    if settings.sign_in is not None:
        told = (said or claims)()
        found = None if has_ended(told) else person_of(told, settings.sign_in, now=now)
        if found is None:
            msg = "Nobody is signed in, or too long ago: sign in."
            raise NotSignedIn(msg)
        return found
    if os.environ.get(SIGN_IN_VARIABLE):
        msg = "The site file has no [sign_in] any more, with which this server was started: restart the server."
        raise NotAllowed(msg)
    return None if _only_this_machine() else ANYBODY


def _only_this_machine() -> bool:
    """A proxy in front answers to a name of its own (`[server] hosts`), and who comes through it is not known."""
    if os.environ.get(PROXY_VARIABLE):
        return False
    names = st.get_option("server.allowedHosts") or ()
    return st.get_option("server.address") in LOOPBACK and LOOPBACK.issuperset(names)


def lang() -> str:
    """Language code of the link, English where it names none that is known."""
    return language(st.query_params.get("lang", FALLBACK))


def clock() -> str:
    """Whose clock the page shows: the site's own, or UTC."""
    return chosen("clock", CLOCKS, CLOCKS[0])


def zone(site: Site) -> ZoneInfo:
    """The zone in which times of day are printed; days and months of figures stay those of the site."""
    return ZoneInfo("UTC" if clock() == "utc" else site.time_zone)


def chosen(name: str, valid: Sequence[str], fallback: str) -> str:
    """Value of the link's parameter `name` where it is one of `valid`, else `fallback`."""
    value = st.query_params.get(name, fallback)
    return value if value in valid else fallback


def choose(name: str, key: str) -> None:
    """Write the value of the widget `key` into the link's parameter `name`."""
    value = st.session_state.get(key)
    if value is not None:
        st.query_params[name] = value


def carried() -> dict[str, str]:
    """Choices of this link that a link to another page takes along."""
    return {name: st.query_params[name] for name in CARRIED if name in st.query_params}


def acting() -> Person | None:
    """Who acts through this page; None for the user that runs the server.

    Raises:
        NotAllowed: nobody is signed in.
    """
    return kept().service().person


def actor() -> str:
    """The name of who acts through this page: without sign-in the user that runs the server, as on the command line."""
    who = acting()
    return caller() if who is None else who.name


def signed_in() -> Person | None:
    """Who is signed in, with or without a role; None where nobody is or nobody needs to."""
    try:
        service = _kept(*place_given()).service()
        found = person(service.settings, now=service.now())
    except WattlasError:
        return None
    return found if found is not None and found.name else None


def lacking(action: Action) -> Person | None:
    """Who is there without a role that allows this; None where they may, or nothing can be opened at all."""
    try:
        who = acting()
    except WattlasError:
        return None
    return who if who is not None and not who.may(action) else None


def may_change(action: Action | None = None) -> bool:
    """Whether who is there may do this (None: change anything); the service asks again when it is done."""
    try:
        who = acting()
    except WattlasError:
        return False
    return who is None or any(who.may(one) for one in ([action] if action else CHANGES))
