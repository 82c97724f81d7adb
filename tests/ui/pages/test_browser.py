"""The page in a real browser: both languages, both modes, wide and narrow; every control clicked, nothing may fail."""

from __future__ import annotations

import math
import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest

from tests.peers.influx_server import free_port
from tests.peers.require import require_binary
from tests.program import Job, Program
from tests.ui.pages.axe import violations
from tests.ui.pages.test_overview import POINTS, site_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page

pytestmark = [pytest.mark.peer, pytest.mark.alone]

WITHIN_MS = 15_000
NARROW_PX, WIDE_PX = 390, 1440
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
BUSY = '[data-testid="stSkeleton"], [data-testid="stSpinner"], .st-key-draft_made'
FAILURES = '[data-testid="stException"], [data-testid="stAlertContentError"]'
MAIN = '[data-testid="stMain"]'


ALERT = """
[[alerts]]
id = "ups-load"
kind = "reading"
role = "ups"
above = 5000.0
reason = "the UPS is rated 6 kW"
"""
TARGET = """
[[targets]]
id = "energy"
metric = "facility_energy_kwh"
site = "t"
baseline_year = 2025
baseline_value = 50000.0
target_year = 2030
reduction = 0.1
"""


def readings(days: int) -> str:
    """Samples of five minutes: one meter is silent since an hour, one and the grid's intensity were away before."""
    now = int(time.time())
    rows = ["time,point,metric,value,unit"]
    for at in range(now - days * 86_400, now, 300):
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        wave = 1 + 0.1 * math.sin(at / 9000)
        for name, (_, _, watts) in POINTS.items():
            silent = name == "srv-2" and at > now - 3600
            away = name == "cool" and now - 40 * 3600 < at < now - 28 * 3600
            if not silent and not away:
                rows.append(f"{stamp},t/{name},power,{watts * wave:.1f},W")
        if at % 900 < 300 and not now - 60 * 3600 < at < now - 50 * 3600:
            rows.append(f"{stamp},t/grid,grid_intensity,{300 - 120 * math.cos((at % 86_400) / 13_751):.0f},gCO2e/kWh")
    return "\n".join(rows) + "\n"


@contextmanager
def serving(folder: Path, days: int) -> Iterator[tuple[str, Job]]:
    """`wattlas ui` on the books of some days; its address and its process."""
    header = "id,zone,year,value,unit,basis,scope,source,licence,verified,note"
    years = range(datetime.now(UTC).year - 1, datetime.now(UTC).year + 2)
    rows = [f"xt-{year},XT,{year},500,gCO2e/kWh,average,direct,Office,CC0,yes,\n" for year in years]
    (folder / "factors.csv").write_text(f"{header}\n{''.join(rows)}")
    text = site_file() + ALERT + TARGET
    text = text.replace("{ power = 300 }", "{ power = 300, grid_intensity = 900 }", 1)
    limit = 'installed_it_kw = 4.5\n[[sites]]\nid = "u"'
    (folder / "wattlas.toml").write_text(text.replace('[[sites]]\nid = "u"', limit))
    (folder / "readings.csv").write_text(readings(days))
    program, port = Program(folder / "wattlas.toml"), free_port()
    program.said("import", str(folder / "readings.csv"))
    with program.running(program.command("ui", "--port", str(port)), log=folder / "ui.log") as job:
        address = f"http://127.0.0.1:{port}"
        _until_it_answers(f"{address}/_stcore/health")
        yield address, job


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of four days."""
    with serving(tmp_path_factory.mktemp("browser"), 4) as (address, _):
        yield address


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(url, timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    binary = require_binary("chromium")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=binary, args=switches)
        yield started
        started.close()


class Visit:
    """One reader: what the console and the network said is kept, and must be nothing at the end."""

    def __init__(self, browser: Browser, server: str, *, mode: str, width: int, bare: bool = True) -> None:
        self.server, self.wrong = server, list[str]()
        self.context = browser.new_context(
            viewport={"width": width, "height": 1400},
            color_scheme=mode,  # type: ignore[arg-type]
            bypass_csp=bare,  # our own questions are evaluated in the page, which its policy forbids
            ignore_https_errors=not bare,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WITHIN_MS)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda asked: self._foreign(asked.url))

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self._note(said.text)

    def _note(self, words: str) -> None:
        self.wrong.append(words)

    def _foreign(self, url: str) -> None:
        if url.startswith("http") and urlsplit(url).netloc != urlsplit(self.server).netloc:
            self.wrong.append(f"asked {url}")

    def open(self, **query: str) -> Page:
        self.page.goto(f"{self.server}/?{urlencode(query)}")
        self.settle()
        return self.page

    def open_page(self, code: str, **query: str) -> Page:
        """Open another page than the overview."""
        self.page.goto(f"{self.server}/{code}?{urlencode(query)}")
        self.drawn()
        return self.page

    def settle(self) -> None:
        """Wait until the whole overview is drawn: its last card has its table."""
        self.page.locator(".st-key-company table").wait_for()
        self.drawn()

    def drawn(self) -> None:
        """Wait until nothing is computed any more."""
        self.page.locator("h2").first.wait_for()
        self.page.locator(DONE).wait_for()
        self.page.wait_for_function(f"!document.querySelector('{BUSY}')".replace('"', '\\"'))
        self.page.locator(DONE).wait_for()
        assert self.page.locator(FAILURES).count() == 0, self.page.locator(FAILURES).all_inner_texts()

    def leave(self, picture: str = "") -> None:
        """Close; with WATTLAS_PICTURES a picture of the page goes into that folder, to be looked at."""
        folder = os.environ.get("WATTLAS_PICTURES")
        if folder and picture:
            self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": 2400})  # type: ignore[index]
            self.page.wait_for_timeout(1000)
            self.page.screenshot(path=f"{folder}/{picture}.png")
        self.context.close()
        assert self.wrong == []


def click_all(visit: Visit, controls: Locator) -> None:
    for at in range(controls.count()):
        controls.nth(at).click()
        visit.page.wait_for_timeout(100)  # until the click has reached the server
        visit.settle()


@pytest.mark.parametrize(("lang", "mode"), [("en", "light"), ("zh", "dark")])
def test_every_control_can_be_used(browser: Browser, server: str, lang: str, mode: str) -> None:
    visit = Visit(browser, server, mode=mode, width=WIDE_PX)
    page = visit.open(lang=lang)
    page.locator("canvas").nth(2).wait_for()  # three charts are drawn, however busy the machine
    page.wait_for_function("[...document.querySelectorAll('.spark')].some(line => line.naturalWidth > 0)")
    click_all(visit, page.locator(".st-key-choice_range button"))
    assert "range=30d" in page.url
    click_all(visit, page.locator('[data-testid="stMain"] summary'))
    for chart in page.locator('[data-testid="stEChartsChart"]').all():
        chart.hover()
    page.locator(".st-key-choice_site button").nth(1).click()
    page.wait_for_url("**site=u**")
    visit.settle()
    click_all(visit, page.locator(".st-key-choice_lang button"))
    assert "lang=zh" in page.url
    visit.leave()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_shows_all_without_scrolling_sideways(browser: Browser, server: str, lang: str) -> None:
    visit = Visit(browser, server, mode="light", width=NARROW_PX)
    page = visit.open(lang=lang, range="24h")
    wider = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wider <= NARROW_PX
    visit.leave(f"narrow-{lang}")


def test_silent_meters_and_gaps_are_said_in_words(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, mode="light", width=WIDE_PX)
    words = visit.open(range="7d").locator('[data-testid="stMain"]').inner_text().replace("\u00a0", " ")
    assert "1 of 5 meters is silent" in words
    assert "% of IT power seen" in words
    assert "Name of srv-2" in words
    assert "has no full set of meters" in words
    visit.leave("gaps-light-en")
    visit = Visit(browser, server, mode="light", width=WIDE_PX)
    assert "hours without a reading are hatched" in visit.open_page("carbon").locator(MAIN).inner_text()
    assert "Readings missing on" in visit.open_page("energy").locator(MAIN).inner_text()
    visit.leave()


def test_a_reader_who_turns_to_dark_gets_dark_charts(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, mode="light", width=WIDE_PX)
    page = visit.open()
    corner = "[...document.querySelectorAll('.st-key-chart_emissions canvas')].map(c => c.toDataURL()).join()"
    light = page.evaluate(corner)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => ({corner}) !== before", arg=light)
    visit.leave("gaps-dark-en")


SAID = ("alerts", "plan", "records", "reports", "compare", "quality", "settings", "glossary")
PAGES = ("floor", "energy", "carbon", *SAID)


@pytest.mark.parametrize(
    ("lang", "mode"),
    [
        ("en", "dark"),
        ("zh", "light"),
        pytest.param("en", "light", marks=pytest.mark.soak),  # a minute each
        pytest.param("zh", "dark", marks=pytest.mark.soak),
    ],
)
def test_every_page_is_drawn_and_its_folds_and_lists_open(browser: Browser, server: str, lang: str, mode: str) -> None:
    visit = Visit(browser, server, mode=mode, width=WIDE_PX)
    page = visit.open(lang=lang)
    assert violations(page) == [], "overview"
    for code in PAGES:
        page.locator(f'[data-testid="stSidebar"] a[href*="{code}"]').click()
        page.wait_for_url(f"**/{code}?*lang={lang}*")
        visit.drawn()
        assert page.locator('.st-key-choice_lang button[aria-checked="true"]').count() == 1, code
        assert page.locator(FAILURES).count() == 0, page.locator(FAILURES).all_inner_texts()
        assert violations(page) == [], code
        for fold in page.locator('[data-testid="stMain"] summary').all():
            fold.click()
        for tab in page.locator('[data-testid="stMain"] [role="tab"]').all():
            tab.click()
        visit.drawn()
        for control in page.locator('[data-testid="stMain"] [data-testid="stSelectbox"] input').all():
            control.click()
            page.keyboard.press("Escape")
        visit.drawn()
        assert page.locator(FAILURES).count() == 0, page.locator(FAILURES).all_inner_texts()
        if folder := os.environ.get("WATTLAS_PICTURES"):
            page.screenshot(path=f"{folder}/{code}-{mode}-{lang}.png", full_page=True)
    visit.leave()


def test_what_a_page_changes_is_changed_and_what_it_refuses_is_a_sentence(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, mode="light", width=WIDE_PX)
    page = visit.open_page("alerts", lang="en")
    form = page.locator(".st-key-silence")
    form.locator('input[aria-label="Why"]').fill("rewiring")
    form.get_by_role("button", name="Silence").click()
    page.get_by_text("ups-load is silent until").first.wait_for()
    page = visit.open_page("records", lang="en")
    page.locator(".st-key-add_go button").click()
    page.get_by_text("Not done").first.wait_for()
    this_month = f"{datetime.now(ZoneInfo('Europe/Berlin')):%Y-%m}"  # by the site's clock it is not over
    page = visit.open_page("reports", lang="en", subject="t", month=this_month)
    page.locator(".st-key-prepare_go button").click()
    page.get_by_text("Not done").first.wait_for()
    with page.expect_download() as made:
        page.locator('.st-key-downloads [data-testid="stDownloadButton"] button').last.click()
    assert made.value.suggested_filename.endswith(".json")
    page = visit.open_page("quality", lang="en")
    page.locator(".st-key-quarantine_go button").click()
    page.get_by_text("Nothing was refused").wait_for()
    page.locator(".st-key-propose_go button").click()
    page.get_by_text("estimates wait;").wait_for()
    visit.leave()


def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, mode="light", width=NARROW_PX)
    for code in PAGES:
        page = visit.open_page(code, lang="en")
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= NARROW_PX, code
        assert violations(page) == [], code
    visit.leave()


@pytest.mark.soak  # every page once more, two minutes
def test_pages_need_nothing_that_their_own_policy_forbids(browser: Browser, server: str) -> None:
    visit = Visit(browser, server, mode="light", width=WIDE_PX, bare=False)
    for code in ("", *PAGES):
        visit.page.goto(f"{server}/{code}?lang=en&range=24h")
        visit.page.locator("h2").first.wait_for()
        visit.page.locator(".st-key-company table" if code == "" else DONE).first.wait_for()
        visit.page.locator(DONE).wait_for()
        assert visit.page.locator(FAILURES).count() == 0, code
    visit.leave()
