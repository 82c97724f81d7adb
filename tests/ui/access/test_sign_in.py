"""Signing in by OpenID Connect in a real browser, against a provider of the test's own: who comes in, as whom."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.peers.influx_server import free_port
from tests.peers.oidc import CLIENT, SECRET, Provider, serving_provider
from tests.program import Job, Program
from tests.ui.pages.test_browser import DONE, FAILURES, WIDE_PX, Visit, _until_it_answers, browser
from tests.ui.pages.test_overview import site_file
from ui.service import open_service
from ui.views.parts import APART

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.peer, pytest.mark.alone]
__all__ = ["browser"]  # a fixture, found by name
ALERT = """
[[alerts]]
id = "ups-load"
kind = "reading"
role = "ups"
above = 5000.0
reason = "the UPS is rated 6 kW"
"""
ANA = {"sub": "u-1", "email": "Ana@Example.com", "email_verified": True, "name": "Ana Adams"}


def sign_in(issuer: str, url: str) -> str:
    return f"""
[sign_in]
issuer = "{issuer}"
client_id = "{CLIENT}"
client_secret = {{ env = "SECRET_OF_THE_CLIENT" }}
url = "{url}"
[[sign_in.roles]]
role = "operator"
emails = ["ana@example.com"]
[[sign_in.roles]]
role = "auditor"
groups = ["wattlas-audit"]
"""


def bare() -> str:
    """Two sites with meters and without factors of their own."""
    return site_file().replace('files = ["factors.csv"]', "").replace('"XT"', '"US"')


@dataclass(frozen=True)
class Served:
    """The pages, the provider and the process."""

    url: str
    provider: Provider
    program: Program
    job: Job


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`wattlas ui` with sign-in."""
    pytest.importorskip("authlib", reason="Authlib is not installed: run `make install`")
    folder: Path = tmp_path_factory.mktemp("sign-in")
    url = f"http://127.0.0.1:{free_port()}"
    with serving_provider() as provider:
        config = folder / "wattlas.toml"
        config.write_text(bare() + ALERT + sign_in(provider.url, url))
        program = Program(config, {"SECRET_OF_THE_CLIENT": SECRET})
        with program.running(program.command("ui", "--port", url.rpartition(":")[2]), log=folder / "ui.log") as job:
            _until_it_answers(f"{url}/_stcore/health")
            yield Served(url, provider, program, job)


class Guest(Visit):
    """A browser that may go to the provider, which is elsewhere."""

    def _foreign(self, url: str) -> None:
        assert url

    def come(self, path: str = "") -> Page:
        self.page.goto(f"{self.server}/{path}")
        self.page.locator("h2").first.wait_for()
        self.page.locator(DONE).wait_for()
        assert self.page.locator(FAILURES).count() == 0
        return self.page

    def sign_in(self, path: str = "") -> Page:
        self.come(path)
        with self.page.expect_response(lambda one: "/oauth2callback" in one.url):
            self.page.locator(".st-key-sign_in button").click()
        self.page.locator(DONE).wait_for()
        return self.page


def guest(browser: Browser, served: Served) -> Guest:
    return Guest(browser, served.url, mode="light", width=WIDE_PX, bare=False)


def asked(served: Served, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask without a browser."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=20)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_who_is_signed_in_acts_in_their_verified_name_and_no_further_than_their_role(
    browser: Browser, served: Served
) -> None:
    served.provider.claims, served.provider.cheat = dict(ANA), ""
    visit = guest(browser, served)
    page = visit.come("records")
    words = page.locator('[data-testid="stApp"]').inner_text()
    assert "Who are you?" in words
    assert "Name of" not in words
    page = visit.sign_in("records?lang=en&clock=utc")
    assert page.url.endswith("/records?lang=en&clock=utc")
    page.get_by_text(f"Ana Adams (ana@{APART}example.com)").wait_for()
    page = visit.come("settings")
    page.locator('[data-testid="stSidebar"] a[href*="glossary"]').wait_for()
    assert page.locator('[data-testid="stSidebar"] a[href*="settings"]').count() == 0
    page.get_by_text("No permission").wait_for()
    page = visit.come("alerts")
    form = page.locator(".st-key-silence")
    assert form.locator('input[aria-label="Your name"]').count() == 0
    form.locator('input[aria-label="Why"]').fill("rewiring")
    form.get_by_role("button", name="Silence").click()
    page.get_by_text("ups-load is silent until").first.wait_for()
    page = visit.come("records")
    assert page.locator(".st-key-add_go button").is_disabled()
    visit.leave()
    state = open_service(served.program.config, None).stores.state
    lines = state.audit.entries()
    assert [line.who for line in lines if line.why == "rewiring"] == ["ana@example.com"]
    (roles,) = (line.after for line in lines if line.what == "roles")
    assert "ana@example.com" in str(roles)
    assert state.log_fault() is None


def test_roles_come_by_group_and_who_has_none_sees_nothing(browser: Browser, served: Served) -> None:
    served.provider.claims = {"sub": "u-2", "email": "ana@example.com", "email_verified": False, "name": "Mallory"}
    visit = guest(browser, served)
    page = visit.sign_in()
    page.get_by_text("You have no role here").wait_for()
    page.locator(".st-key-sign_out button").click()
    page.get_by_text("Who are you?").wait_for()
    served.provider.claims = {"sub": "u-3", "groups": ["staff", "wattlas-audit"]}
    page = visit.sign_in()
    page.get_by_text("u-3 at " + served.provider.url.replace("://", f":{APART}//")).wait_for()
    page.locator('[data-testid="stSidebar"] a[href*="settings"]').wait_for()
    visit.leave()


def test_a_token_that_proves_nothing_lets_nobody_in(browser: Browser, served: Served) -> None:
    """Whoever holds another key, or a token for others, of others, of another sign-in, of long ago, or unsigned."""
    visit = guest(browser, served)
    begun: list[str] = []
    visit.page.on("request", lambda one: begun.append(one.url) if "/auth/login" in one.url else None)
    served.provider.claims, served.provider.cheat = dict(ANA), "key"
    visit.sign_in().get_by_text("Who are you?").wait_for()
    for cheat, comes_in in (("key", 0), ("aud", 0), ("iss", 0), ("nonce", 0), ("exp", 0), ("none", 0), ("", 1)):
        served.provider.cheat = cheat
        assert visit.context.request.get(begun[0]).ok
        names = {one["name"] for one in visit.context.cookies()}
        assert ("_streamlit_user" in names) == comes_in, cheat
    visit.leave()


def test_outsiders_get_no_file_no_numbers_and_no_foreign_door(served: Served) -> None:
    assert asked(served, "/media/0123.pdf")[0] == 401
    assert asked(served, "/_stcore/upload_file/a/b", method="PUT")[0] == 401
    assert asked(served, "/_stcore/metrics")[0] == 404
    assert asked(served, "/_stcore/agent/openapi.json")[0] == 404
    assert asked(served, "/_stcore/agent/interact", method="POST")[0] == 404
    assert asked(served, "/api/v1/alerts")[0] == 401
    status, headers, _ = asked(served, "/")
    assert status == 200
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert asked(served, "/", Host="evil.example")[0] == 421
    assert asked(served, "/", Origin="https://evil.example")[0] == 403
    forged = "_streamlit_user=eyJpc19sb2dnZWRfaW4iOnRydWV9.x.y"
    assert asked(served, "/media/0123.pdf", Cookie=forged)[0] == 401
    assert asked(served, "/oauth2callback?state=x&code=y")[0] == 302
    assert asked(served, "/auth/login?provider=x")[0] == 302


def test_no_secret_is_said_anywhere(served: Served) -> None:
    said = served.job.said() + str(open_service(served.program.config, None).stores.state.audit.entries())
    for path in ("/", "/auth/login", "/oauth2callback?error=x&error_description=y", "/_stcore/host-config"):
        said += str(asked(served, path))
    assert SECRET not in said
    assert "planted-access-token" not in said
