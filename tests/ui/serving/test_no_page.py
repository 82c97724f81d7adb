"""An address where no page is: said in our words, in every language, with the way home."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from tests.ui.api.asgi import Client
from ui.serving import shell
from ui.serving.no_page import NoSuchPage


@pytest.fixture
def client() -> Client:
    """Our pages over the library's files, which answer anything with its own page."""
    theirs = Mount("/", create_streamlit_static_handler(directory=str(shell.THEIRS.parent), base_url=None))
    return Client(Starlette(routes=[*shell.routes(), theirs], middleware=[Middleware(NoSuchPage)]))


@pytest.mark.parametrize(
    ("path", "home"), [("/foo", "./"), ("/foo/bar?lang=zh", "../"), ("/a/b/c", "../../"), ("/index.html", "./")]
)
def test_it_is_said_in_every_language_with_the_way_home(client: Client, path: str, home: str) -> None:
    answer = client.get(path)
    html = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<title>There is no such page. - Wattlas</title>" in html
    assert "没有这个页面。" in html
    assert "Streamlit" not in html
    assert re.findall(r'<a href="([^"]+)"', html) == [f"{home}?lang=en", f"{home}?lang=zh"]


def test_pages_files_and_redirects_are_passed_on(client: Client) -> None:
    assert client.get("/").body.decode() == client.get("/alerts?lang=zh").body.decode() == shell.shell()
    assert client.get("/overview").status == 307
    script = client.get("/" + re.findall(r'src="\./(static/js/[^"]+)"', shell.shell())[0])
    assert (script.status, script.headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert client.get("/foo/_stcore/health").status == 404
