"""The charts' script: theirs to the last byte, behind a word to the browser; nothing else is touched."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.ui.api.asgi import Client
from ui.serving import shell
from ui.serving.eager import FOLDER, HINT, Eager, hinted


async def theirs(_request: object) -> PlainTextResponse:
    """What answers behind it."""
    return PlainTextResponse("theirs")


def test_the_charts_script_is_asked_to_be_compiled_while_it_loads() -> None:
    client = Client(Starlette(routes=[Route("/{rest:path}", theirs)], middleware=[Middleware(Eager)]))
    (path,) = hinted()
    answer = client.ask("GET", path)
    assert answer.body == HINT + (FOLDER / path[1:]).read_bytes()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    for other in ("/", "/static/js/other.js", path.replace(".js", ".css")):
        assert client.ask("GET", other).body == b"theirs"


def test_it_is_the_script_that_the_pages_fetch_early() -> None:
    (path,) = hinted()
    assert f'href=".{path}"' in shell.shell()
