"""The HTML around the pages: it says where its server is, and lets no script run but its own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from starlette.applications import Starlette

from tests.ui.api.asgi import Client
from ui.api.guard import PAGE_HEADERS
from ui.serving import shell
from ui.views.menu import GROUPS


def test_every_page_of_the_menu_is_answered_with_it() -> None:
    assert {shell.FIRST, *shell.CODES} == {code for entries in GROUPS.values() for code, _, _ in entries}
    client = Client(Starlette(routes=shell.routes()))
    for path in ("/", *(f"/{code}?lang=zh" for code in shell.CODES)):
        answer = client.ask("GET", path)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.body.decode() == shell.shell()
    assert client.ask("GET", "/static/js/nothing.js").status == 404  # is left to who serves it


def test_an_address_beside_a_page_leads_to_it_below_whatever_path() -> None:
    client = Client(Starlette(routes=shell.routes()))
    meant = {
        "/overview": "./",
        "/overview/": "../",
        "/overview?lang=zh&site=a%26b": "./?lang=zh&site=a%26b",
        "/energy/?lang=zh": "../energy?lang=zh",
    }
    for path, place in meant.items():
        answer = client.ask("GET", path)
        assert (answer.status, answer.headers["location"]) == (307, place)


def test_it_is_the_librarys_own_page_with_our_name_and_the_address_of_its_server() -> None:
    html, theirs = shell.shell(), shell.THEIRS.read_text(encoding="utf-8")
    assert html.count("<title>Wattlas</title>") == 1
    assert html.count("BACKEND_BASE_URL") == 1
    assert "BACKEND_BASE_URL" in "".join(
        file.read_text() for file in (shell.THEIRS.parent / "static/js").glob("index.*")
    )
    assert html.index("BACKEND_BASE_URL") < html.index('type="module"')  # known before their script asks
    assert re.findall(r'src="([^"]+)"', html) == re.findall(r'src="([^"]+)"', theirs)
    assert "_stcore/agent" in theirs  # a door that the guard keeps shut
    assert "_stcore/agent" not in html
    assert "/api/v1" in html


def test_what_nearly_every_page_asks_for_is_fetched_early() -> None:
    early = set(re.findall(r'modulepreload" crossorigin href="\./(\S+)"', shell.shell()))
    added = early - set(re.findall(r'modulepreload" crossorigin href="\./(\S+)"', shell.THEIRS.read_text()))
    assert sorted(re.sub(r".*/|\..*", "", one) for one in added) == sorted(shell.EARLY)
    assert all((shell.THEIRS.parent / one).is_file() for one in added)


def test_the_policy_names_each_inline_script_by_its_content() -> None:
    inline = re.findall(r"<script>(.*?)</script>", shell.shell(), re.DOTALL)
    assert len(inline) == 3
    policy = PAGE_HEADERS["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in script
    for text in inline:
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in script
