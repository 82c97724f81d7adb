"""What a browser session works with: the service, and choices that live in the link, so that a copy shows the same.

Query parameters are untrusted: anything unknown falls back. Codes in links are stable and the same in every language,
which is why widgets are not bound to the link by Streamlit itself (it writes translated labels).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

import streamlit as st

from config.errors import WattlasError
from ui.options import CONFIG_VARIABLE, DATA_VARIABLE, caller
from ui.text import FALLBACK, language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.service import Service

DAY_S = 86400
RANGES = {"24h": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CARRIED = ("lang", "site", "range")  # choices that go along from page to page


def place_of(variable: str) -> Path | None:
    """A path that the command line handed on in the environment."""
    text = os.environ.get(variable)
    return Path(text) if text else None


class Kept:
    """The service of one site file for all sessions: a changed file is taken, a bad one keeps the former service."""

    def __init__(self, config: Path | None, data: Path | None) -> None:
        """Remember the place; nothing is opened yet."""
        self._place = config, data
        self._lock = threading.Lock()
        self._stamp: object = None
        self._service: Service | None = None
        self.mistake: str | None = None

    def service(self) -> Service:
        """The service of the newest good site file.

        Raises:
            WattlasError: the site file is wrong and there is no former service.
        """
        with self._lock:
            stamp = _stamp(self._place[0] or Path("wattlas.toml"))
            if self._service is None or stamp != self._stamp:
                self._open()
                self._stamp = stamp
            return cast("Service", self._service)

    def _open(self) -> None:
        from ui.service import open_service

        try:
            self._service, self.mistake = open_service(*self._place), None
        except WattlasError as error:
            if self._service is None:
                raise
            self.mistake = str(error).splitlines()[0]


@st.cache_resource(show_spinner=False)
def _kept(config: Path | None, data: Path | None) -> Kept:
    return Kept(config, data)


def kept() -> Kept:
    """The service of the place that the command line handed on."""
    return _kept(place_of(CONFIG_VARIABLE), place_of(DATA_VARIABLE))


def _stamp(path: Path) -> frozenset[tuple[str, int, int]]:
    """What changes when the site file, its inventory or its factor tables do: name, time and size of each."""
    try:
        files = [file for file in path.absolute().parent.iterdir() if file.suffix in {".toml", ".csv"}]
        return frozenset((file.name, found.st_mtime_ns, found.st_size) for file in files if (found := file.stat()))
    except OSError:
        return frozenset()


def lang() -> str:
    """Language code of the link, English where it names none that is known."""
    return language(st.query_params.get("lang", FALLBACK))


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
    """Whether this page may change anything: without sign-in only where none but this machine can open it."""
    return st.get_option("server.address") in LOOPBACK
