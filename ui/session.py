"""What a browser session works with: the service, and choices that live in the link, so that a copy shows the same.

Query parameters are untrusted: anything unknown falls back. Codes in links are stable and the same in every language,
which is why widgets are not bound to the link by Streamlit itself (it writes translated labels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from ui.kept_service import Kept, place_given
from ui.options import caller
from ui.text import FALLBACK, language

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.site import Site

DAY_S = 86400
RANGES = {"24h": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}
LONG_RANGES = {**RANGES, "1y": 365 * DAY_S}
CLOCKS = ("site", "utc")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CARRIED = ("lang", "site", "range", "clock")  # choices that go along from page to page


@st.cache_resource(show_spinner=False)
def _kept(config: Path | None, data: Path | None) -> Kept:
    return Kept(config, data)


def kept() -> Kept:
    """The service of the place that the command line handed on."""
    return _kept(*place_given())


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


def actor() -> str:
    """Who acts through this page: without sign-in it is whoever started the server, as on the command line."""
    return caller()


def may_change() -> bool:
    """Whether this page may change anything: without sign-in only where none but this machine can open it.

    A proxy in front answers to a name of its own (`[server] hosts`), and who comes through it is not known.
    """
    names = st.get_option("server.allowedHosts") or ()
    return st.get_option("server.address") in LOOPBACK and LOOPBACK.issuperset(names)
