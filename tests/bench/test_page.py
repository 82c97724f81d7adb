"""A warm page of the product beside an empty Streamlit page in the same run and browser (design 8, notes/ui.md)."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.peers.influx_server import free_port
from tests.ui.pages.test_browser import BUSY, WIDE_PX, Visit, _until_it_answers, browser, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.bench, pytest.mark.peer]
__all__ = ["browser", "server"]  # fixtures, found by name
ROUNDS = 5
EMPTY = 'import streamlit as st\nst.title("Empty")\n'
UNDRAWN = '[data-testid="stEChartsChart"][aria-busy="true"]'
DRAWN = f'[data-testid="stApp"][data-test-script-state="notRunning"]:not(:has({BUSY}, {UNDRAWN})) :is(h1, h2)'
CLOCK = f"""(() => {{
  const look = () => {{
    if (document.querySelector({DRAWN!r})) window.drawnMs = performance.now()
    else requestAnimationFrame(look)
  }}
  look()
}})()"""  # the page's own clock: one that asks from outside does so ever more seldom, and adds up to half a second
CLICK = f"""at => new Promise(drawn => {{
  const before = document.querySelector("h2").textContent, began = performance.now()
  const look = () => {{
    const head = document.querySelector({DRAWN!r})
    if (head && head.textContent !== before) drawn(performance.now() - began)
    else requestAnimationFrame(look)
  }}
  document.querySelectorAll('[data-testid="stSidebar"] [data-testid="stPageLink"] a')[at].click()
  look()
}})"""


def timed(visit: Visit) -> Visit:
    """Let every page that is opened from now on note when it was drawn."""
    visit.context.add_init_script(CLOCK)
    return visit


def look_s(visit: Visit, address: str) -> float:
    """Open a page in a new tab; return the time from the start of its navigation until all of it is drawn [s].

    A tab that showed another page before would sweep that page's memory meanwhile.
    """
    page = visit.context.new_page()
    page.goto(address)
    drawn_ms = float(page.wait_for_function("window.drawnMs").json_value())
    page.close()
    return drawn_ms / 1000


def click_s(visit: Visit, at: int) -> float:
    """Choose the page at this place of the menu; return the time from the click until all of it is drawn [s]."""
    took_ms = float(visit.page.evaluate(CLICK, at))
    visit.page.wait_for_timeout(100)  # what the former page leaves behind is not the next one's
    return took_ms / 1000


@contextmanager
def empty_page(folder: Path) -> Iterator[str]:
    """An empty Streamlit page; yields its address."""
    (folder / "empty.py").write_text(EMPTY)
    port = free_port()
    run = [sys.executable, "-m", "streamlit", "run", str(folder / "empty.py")]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    with subprocess.Popen([*run, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def test_a_warm_page_beside_an_empty_one(browser: Browser, server: str, tmp_path: Path) -> None:
    with empty_page(tmp_path) as empty:
        visit = timed(Visit(browser, server, mode="light", width=WIDE_PX))
        visit.open()
        empty_s, ours_s = (median(look_s(visit, one) for _ in range(ROUNDS)) for one in (empty, server))
    sys.stdout.write(f"\nempty page {empty_s:.2f} s, Overview {ours_s:.2f} s: {ours_s / empty_s:.2f} of it\n")
    assert ours_s <= 2 * empty_s
