"""Pages drawn on a service that a test made, without a server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import config
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from ui import format as fmt
from ui import session
from ui.views.parts import APART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from ui.service import Service


SEEN = str.maketrans({fmt.SPACE: " ", "\\": None, APART: None})  # what a reader sees of shown text


@dataclass
class Held:
    """What `ui.kept_service.Kept` gives, with a service of the test's own."""

    held: Service
    mistake: str | None = None

    def service(self) -> Service:
        return self.held


def draw(
    monkeypatch: pytest.MonkeyPatch, service: Service, name: str, *, at: str = "127.0.0.1", **link: str
) -> AppTest:
    """Draw the page `ui.views.<name>` as a server at the address `at` would, with a link's parameters."""
    set_log_level("error")  # a page outside a server is no news
    monkeypatch.setattr(session, "_kept", lambda *_: Held(service))
    config.set_option("server.address", "127.0.0.1")
    st.cache_data.clear()
    app = AppTest.from_string(f"from ui.views import {name}\n{name}.page()\n", default_timeout=60)
    for key, value in link.items():
        app.query_params[key] = value
    return app.run()


@contextmanager
def broken_books(folder: Path) -> Iterator[None]:
    """While it lasts the ledger of a company's folder cannot be read."""
    log = next((folder / "data" / "books").rglob("_delta_log/*.json"))
    whole = log.read_text()
    log.write_text("this is no log")
    try:
        yield
    finally:
        log.write_text(whole)


def words(app: AppTest) -> str:
    """Everything that a page says outside its tables."""
    kinds = (app.markdown, app.caption, app.header, app.error, app.warning, app.success, app.info)
    found = [str(element.value) for kind in kinds for element in kind]
    return "\n".join(found).translate(SEEN)


def cells(app: AppTest) -> Iterator[list[str]]:
    """Rows of all tables of a page."""
    for shown in app.table:
        for _, row in shown.value.iterrows():
            yield [str(cell).translate(SEEN) for cell in row]
