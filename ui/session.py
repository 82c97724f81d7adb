"""What a browser session works with: the service, and choices that live in the link, so that a copy shows the same.

Query parameters are untrusted: anything unknown falls back. Codes in links are stable and the same in every language,
which is why widgets are not bound to the link by Streamlit itself (it writes translated labels).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from config.errors import WattlasError
from ui.options import CONFIG_VARIABLE, DATA_VARIABLE
from ui.text import FALLBACK, language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.service import Service

DAY_S = 86400
RANGES = {"24h": DAY_S, "7d": 7 * DAY_S, "30d": 30 * DAY_S}
_SERVICE, _STAMP, _MISTAKE = "service", "service_stamp", "service_mistake"


def place_of(variable: str) -> Path | None:
    """A path that the command line handed on in the environment."""
    text = os.environ.get(variable)
    return Path(text) if text else None


def service() -> Service:
    """This session's service; a changed site file is taken at the next run, a bad one keeps the former service.

    Raises:
        WattlasError: the site file is wrong and there is no former service.
    """
    from ui.service import open_service

    config, data = place_of(CONFIG_VARIABLE), place_of(DATA_VARIABLE)
    stamp = _stamp(config or Path("wattlas.toml"))
    state = st.session_state
    if _SERVICE not in state or state[_STAMP] != stamp:
        try:
            state[_SERVICE], state[_MISTAKE] = open_service(config, data), None
        except WattlasError as error:
            if _SERVICE not in state:
                raise
            state[_MISTAKE] = str(error).splitlines()[0]
        state[_STAMP] = stamp
    kept: Service = state[_SERVICE]
    return kept


def mistake() -> str | None:
    """Why the newest site file was not taken; None where it was."""
    found: str | None = st.session_state.get(_MISTAKE)
    return found


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


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
