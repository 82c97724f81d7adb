"""HTML that is written anew in a real browser: what was open stays open, and the keyboard stays where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.peers.require import require_binary
from ui.serving.shell import REDRAWN
from ui.views import markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [pytest.mark.peer, pytest.mark.alone]

PLACE = "document.activeElement.closest('.tile')?.querySelector('.label').innerText"


def words(value: str) -> str:
    made = (markup.tile(label, value, "", "gray", under="", tip=f"of {label}", line="") for label in ("Power", "PUE"))
    return markup.tiles(made) + markup.fold(f"How {value}", "rows") + markup.fold("Why", "reasons")


@pytest.fixture
def page() -> Iterator[Page]:
    """An element as Streamlit draws it, in a page with our script."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=require_binary("chromium"), args=["--no-sandbox"])
        shown = browser.new_page()
        shown.set_content(f'<div class="stHtml">{words("1")}</div><div id="other">{words("1")}</div>')
        shown.evaluate(REDRAWN.read_text(encoding="utf-8"))
        yield shown
        browser.close()


def write(page: Page, value: str) -> list[bool]:
    """Write the words of a new value, as a refresh does; return which folds are open then."""
    page.evaluate("words => { document.querySelector('.stHtml').innerHTML = words }", words(value))
    page.evaluate("new Promise(done => setTimeout(done))")
    opened: list[bool] = page.evaluate("[...document.querySelectorAll('.stHtml details')].map(fold => fold.open)")
    return opened


def test_what_a_reader_opened_stays_open_until_they_close_it(page: Page) -> None:
    page.locator(".stHtml summary").nth(1).click()
    assert write(page, "2") == [False, True]
    assert write(page, "3") == [False, True]
    page.locator(".stHtml summary").nth(1).click()
    assert write(page, "4") == [False, False]


def test_the_keyboard_stays_where_it_was_and_goes_where_it_is_led(page: Page) -> None:
    page.locator(".stHtml .tip").nth(1).focus()
    write(page, "2")
    assert page.evaluate(PLACE).startswith("PUE")
    page.evaluate("document.activeElement.blur()")
    write(page, "3")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.locator("#other .tip").first.focus()
    write(page, "4")
    assert page.evaluate("document.activeElement.closest('#other') !== null")
