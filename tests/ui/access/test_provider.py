"""Signing in at a provider that others wrote, in a real browser: who is who, what each may do, and how it ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.peers.influx_server import free_port
from tests.peers.oidc_mock import MockProvider, serving_mock
from tests.program import Program
from tests.ui.access.test_sign_in import Guest, bare
from tests.ui.pages.test_browser import DONE, WIDE_PX, _until_it_answers, browser
from ui.service import open_service
from ui.views.parts import APART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.peer, pytest.mark.alone]
__all__ = ["browser"]  # a fixture, found by name
AWAY = re.compile(r"https?://(?!127\.0\.0\.1[:/])")
SIGN_IN = """
[sign_in]
issuer = "{issuer}"
client_id = "wattlas"
client_secret = {{ env = "SECRET_OF_THE_CLIENT" }}
url = "{url}"
[[sign_in.roles]]
role = "viewer"
emails = ["vic@example.com"]
[[sign_in.roles]]
role = "approver"
emails = ["ann@example.com"]
[[sign_in.roles]]
role = "viewer"
emails = ["tom@example.com"]
sites = ["t"]
[[sign_in.roles]]
role = "sustainability"
groups = ["energy"]
"""
RECORDS = (
    "kind,site,subject,from,to,value,unit,text,evidence,sha256,comment\n"
    "fuel,{site},eu-mrr-per-litre:diesel:CO2,2026-03-01,2026-03-31,120,L,,,,\n"
)


@dataclass(frozen=True)
class Place:
    """The pages, the provider, and the program whose site file a test may change."""

    url: str
    provider: MockProvider
    program: Program
    text: str

    def state(self) -> Any:  # noqa: ANN401 - the state store
        return open_service(self.program.config, None).stores.state


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """`wattlas ui` that signs in at the provider; two records wait, entered by whoever runs the machine."""
    pytest.importorskip("authlib", reason="Authlib is not installed: run `make install`")
    folder: Path = tmp_path_factory.mktemp("provider")
    url = f"http://127.0.0.1:{free_port()}"
    with serving_mock(folder / "provider.log") as provider:
        for sub in ("vic", "ann", "tom"):
            provider.knows(sub, email=f"{sub.title()}@Example.com", email_verified=True, name=f"{sub.title()} T.")
        provider.knows("eve", email="ann@example.com", email_verified=False)
        provider.knows("guy", groups=["staff", "energy"])
        config = folder / "wattlas.toml"
        text = bare() + SIGN_IN.format(issuer=provider.url, url=url)
        config.write_text(text)
        program = Program(config, {"SECRET_OF_THE_CLIENT": "planted-client-secret-7f3a"})
        for site in ("t", "u"):
            (folder / f"{site}.csv").write_text(RECORDS.format(site=site))
            program.said("records", "import", str(folder / f"{site}.csv"))
        with program.running(program.command("ui", "--port", url.rpartition(":")[2]), log=folder / "ui.log"):
            _until_it_answers(f"{url}/_stcore/health")
            yield Place(url, provider, program, text)


class Caller(Guest):
    """Somebody with a browser who says at the provider who they are."""

    def __init__(self, browser: Browser, place: Place, *, mode: str = "light") -> None:
        super().__init__(browser, place.url, mode=mode, width=WIDE_PX, bare=False)
        self.context.route(AWAY, lambda route: route.fulfill(body=""))  # the provider's pages want a style sheet

    def signs_in(self, sub: str, path: str = "") -> Page:
        self.come(path)
        self.page.locator(".st-key-sign_in button").click()
        self.page.locator('input[name="sub"]').fill(sub)
        with self.page.expect_response(lambda one: "/oauth2callback" in one.url):
            self.page.get_by_role("button", name="Authorize", exact=True).click()
        self.page.locator("h2").first.wait_for()
        self.page.locator(DONE).wait_for()
        return self.page

    def wants(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()


def test_a_viewer_reads_and_an_approver_approves_what_another_entered(browser: Browser, place: Place) -> None:
    (own,) = [one for one in place.state().records.waiting() if one.entry.site == "t"]
    vic = Caller(browser, place)
    page = vic.signs_in("vic", "records")
    vic.wants(f"Vic T. (vic@{APART}example.com)")
    vic.wants(own.id)
    assert page.locator(".st-key-approve_go button").is_disabled()
    assert page.locator(".st-key-add_go button").is_disabled()
    ann = Caller(browser, place)
    page = ann.signs_in("ann", "records")
    page.locator(".st-key-approve_ids").get_by_role("button", name=f"{own.id} ·").first.wait_for()
    page.locator(".st-key-approve_go button").click()
    ann.wants("2 records")
    ann.leave()
    vic.leave()
    found = {one.id: one for one in place.state().records.newest()}
    assert found[own.id].approved_by == "ann@example.com"
    assert found[own.id].entered_by != "ann@example.com"
    assert place.state().log_fault() is None


def test_an_unverified_address_is_nobodys_and_a_group_gives_its_role(browser: Browser, place: Place) -> None:
    eve = Caller(browser, place)
    eve.signs_in("eve")
    eve.wants("You have no role here")
    eve.leave()
    guy = Caller(browser, place)
    page = guy.signs_in("guy", "records")
    assert page.locator(".st-key-add_go button").is_enabled()
    guy.leave()


def test_who_is_of_one_site_sees_that_alone(browser: Browser, place: Place) -> None:
    tom = Caller(browser, place)
    page = tom.signs_in("tom", "?site=u")
    tom.wants("Frankfurt")
    for code in ("", "alerts", "records", "reports", "quality"):
        page = tom.come(f"{code}?site=u&subject=u")
        assert "Shanghai" not in page.content(), code
    tom.leave()


def test_two_who_click_at_once_share_nothing(browser: Browser, place: Place) -> None:
    vic, tom = Caller(browser, place), Caller(browser, place, mode="dark")
    vic.signs_in("vic")
    tom.signs_in("tom", "?lang=zh")
    for code in ("", "quality"):
        pages = vic.come(f"{code}?site=u"), tom.come(f"{code}?lang=zh")
        for page in pages:
            page.locator(".st-key-choice_clock button").nth(1).click()
        for page, clock in zip(pages, (0, 1), strict=True):
            page.locator(".st-key-choice_clock button").nth(clock).click()
            page.locator(DONE).wait_for()
        vic.wants("Vic T.")
        tom.wants("Tom T.")
        assert "Shanghai" in pages[0].content()
        assert "Shanghai" not in pages[1].content()
        (own, other), colours = (
            (page.locator("h2").first.inner_text() for page in pages),
            [_ground(one) for one in pages],
        )
        assert own.isascii()
        assert not other.isascii()
        assert colours[0] != colours[1]
        assert "clock=utc" in pages[1].url
        assert "clock=utc" not in pages[0].url
    for visit in (vic, tom):
        visit.leave()


def _ground(page: Page) -> str:
    found: str = page.locator('[data-testid="stApp"]').evaluate("one => getComputedStyle(one).backgroundColor")
    return found


def test_a_role_that_the_file_takes_away_is_gone_at_the_next_click(browser: Browser, place: Place) -> None:
    """The page that was drawn before still offers the act."""
    guy = Caller(browser, place)
    page = guy.signs_in("guy", "records")
    before = len(place.state().records.newest())
    place.program.config.write_text(place.text.replace('role = "sustainability"', 'role = "viewer"'))
    assert page.locator(".st-key-add_go button").is_enabled()
    page.locator(".st-key-add_go button").click()
    page.locator(".st-key-add_go button:disabled").wait_for()
    assert len(place.state().records.newest()) == before
    place.program.config.write_text(place.text.replace('groups = ["energy"]', 'groups = ["other"]'))
    guy.come("alerts")
    guy.wants("You have no role here")
    guy.leave()
    place.program.config.write_text(place.text)


def _flipped(cookie: str) -> str:
    """The cookie with one letter of its claims exchanged, its signature as it was."""
    return f"{cookie[:20]}{'a' if cookie[20] != 'a' else 'b'}{cookie[21:]}"


def test_a_sign_in_ends_by_the_clock_by_the_person_and_by_a_forged_cookie(browser: Browser, place: Place) -> None:
    vic = Caller(browser, place)
    page = vic.signs_in("vic")
    place.program.config.write_text(place.text.replace("[[sign_in.roles]]", "hours = 0.0003\n[[sign_in.roles]]", 1))
    vic.come("alerts")
    vic.wants("Who are you?")
    place.program.config.write_text(place.text)
    vic.come("alerts")
    vic.wants("Vic T.")
    (kept,) = [one for one in vic.context.cookies() if one["name"] == "_streamlit_user"]
    assert kept["httpOnly"]
    assert kept["sameSite"] == "Lax"
    for forged in (kept["value"][:-2] + "xx", _flipped(kept["value"]), "x"):
        vic.context.add_cookies([{**kept, "value": forged}])  # type: ignore[typeddict-item]
        vic.come("alerts")
        vic.wants("Who are you?")
        assert vic.context.request.get(f"{place.url}/media/0.pdf").status == 401
    vic.context.add_cookies([kept])  # type: ignore[list-item]
    page = vic.come("alerts")
    page.locator(".st-key-sign_out button").click()
    page.wait_for_url(f"{place.provider.url}/oauth2/end_session**")
    vic.come("alerts")
    vic.wants("Who are you?")
    assert "_streamlit_user" not in {one["name"] for one in vic.context.cookies()}
    vic.context.add_cookies([kept])  # type: ignore[list-item]
    vic.come("alerts")
    vic.wants("Who are you?")
    assert vic.context.request.get(f"{place.url}/media/0.pdf").status == 401
    vic.leave()


def test_the_end_of_one_sign_in_is_worth_nothing_in_another_browser(browser: Browser, place: Place) -> None:
    """Nobody is led into another's sign-in: state and nonce are the browser's that began it."""
    vic, other = Caller(browser, place), Caller(browser, place)
    begun: list[str] = []
    vic.page.on("request", lambda one: begun.append(one.url) if "/auth/login" in one.url else None)
    vic.come()
    vic.page.locator(".st-key-sign_in button").click()
    vic.page.locator('input[name="sub"]').wait_for()
    asks = vic.context.request.get(begun[0], max_redirects=0).headers["location"]
    assert "nonce=" in asks
    ends = vic.context.request.post(asks, form={"sub": "vic"}, max_redirects=0).headers["location"]
    other.come()
    other.context.request.get(ends)
    assert "_streamlit_user" not in {one["name"] for one in other.context.cookies()}
    other.come("alerts")
    other.wants("Who are you?")
    vic.context.request.get(ends)
    assert "_streamlit_user" in {one["name"] for one in vic.context.cookies()}, "it was good where it began"
    for visit in (vic, other):
        visit.leave()
