"""Pages drawn on a service that a test made, without a server."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import config
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from ui import format as fmt
from ui import session
from ui.views import reports
from ui.views.parts import APART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from ui.service import Service

PATIENCE_S = 60.0  # a test waits for the draft of a report
TAG = re.compile(r"<[^>]*>")
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
BLOCK = re.compile(r"<br>|</div>|</p>|</summary>")
TILE = re.compile(
    r'class="label">([^<]*?)(?: <span class="tip".*?</span>)?</div><div class="value">(.*?)</div>'
    r'<div class="below">(?:<span class="badge [a-z]+">(.*?)</span>)?'
)
CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
SEEN = str.maketrans({fmt.SPACE: " ", "\\": None, APART: None})  # what a reader sees of shown text


@dataclass
class Held:
    """What `ui.serving.kept_service.Kept` gives, with a service of the test's own."""

    held: Service
    mistake: str | None = None

    def service(self) -> Service:
        return self.held


def draw(
    monkeypatch: pytest.MonkeyPatch,
    service: Service,
    name: str,
    *,
    at: str = "127.0.0.1",
    **link: str,
) -> AppTest:
    """Draw the page `ui.views.<name>` as a server at the address `at` would, with a link's parameters."""
    set_log_level("error")  # a page outside a server is no news
    monkeypatch.setattr(session, "_kept", lambda *_: Held(service))
    config.set_option("server.address", "127.0.0.1")
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(reports, "PATIENCE_S", PATIENCE_S)
    app = AppTest.from_string(f"from ui.views import {name}\n{name}.page()\n", default_timeout=60)
    for key, value in link.items():
        app.query_params[key] = value
    return app.run()


def unfold(app: AppTest, key: str) -> None:
    """Open a fold, as a reader does."""
    app.session_state[key] = True
    app.run()


@contextmanager
def broken_books(folder: Path) -> Iterator[None]:
    """While it lasts the ledger of a company's folder cannot be read."""
    logs = [max(log.glob("*.json")) for log in (folder / "data" / "books").rglob("_delta_log")]
    whole = [log.read_text() for log in logs]
    for log in logs:
        log.write_text("this is no log")
    try:
        yield
    finally:
        for log, text in zip(logs, whole, strict=True):
            log.write_text(text)


def words(app: AppTest) -> str:
    """Everything that a page says outside its tables."""
    kinds = (app.markdown, app.caption, app.header, app.error, app.warning, app.success, app.info)
    found = [str(element.value) for kind in kinds for element in kind]
    return "\n".join(found).translate(SEEN) + "\n" + "\n".join(_outside_tables(app))


def _outside_tables(app: AppTest) -> Iterator[str]:
    """Words of ready HTML, each element's own; a finding stands before the line under it."""
    for shown in app.html:
        outside = BLOCK.sub("\n", TABLE.sub("", shown.body))
        if outside.strip():
            yield unescape(TAG.sub("", outside)).translate(SEEN)


def tables(app: AppTest) -> Iterator[list[dict[str, str]]]:
    """All tables of a page, each as its rows by column."""
    for shown in (found for html in app.html for found in TABLE.findall(html.body)):
        head, *rows = [[_cell(text) for text in CELL.findall(row)] for row in shown.split("<tr>")[1:]] or [[]]
        if head:
            yield [dict(zip(head, row, strict=True)) for row in rows]


def tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    """Value and what stands on its badge, without an arrow, by the label of each tile."""
    found = (cells for html in app.html for cells in TILE.findall(html.body))
    return {_cell(label): (_cell(value), _cell(said).lstrip("\u2191\u2193 ")) for label, value, said in found}


def _cell(text: str) -> str:
    return unescape(text).translate(SEEN)


def cells(app: AppTest) -> Iterator[list[str]]:
    """Rows of all tables of a page."""
    return (list(row.values()) for rows in tables(app) for row in rows)
