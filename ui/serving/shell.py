"""The HTML that a browser gets before the pages draw themselves in it: Streamlit's own, told where its server is.

Streamlit's script looks for its server below the address of the page first (`/energy/_stcore/health`), is answered 404
and waits before it asks at the root: a tenth of a second of every page but the first, and two errors in the browser's
console. `window.__streamlit` is where hosts of Streamlit tell it (streamlit 1.67, frontend, `StreamlitConfig`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

CODES: Final = (  # of the menu, whose modules cannot be imported before Streamlit runs
    *("alerts", "floor", "energy"),
    *("carbon", "plan", "records", "reports"),
    *("compare", "quality", "settings", "glossary"),
)
FIRST: Final = "overview"  # the page at the root, which has no other address for Streamlit
THEIRS: Final = Path(streamlit.__file__).parent / "static" / "index.html"
INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
TITLE: Final = re.compile(r"<title>.*?</title>", re.DOTALL)
AGENTS: Final = re.compile(r'<link rel="service-desc"[^>]*>')  # a door that the guard keeps shut
BARE: Final = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
EARLY: Final = ("EChartsChart", "Html", "ButtonGroup", "PageLink")  # parts of theirs that nearly every page asks for
REDRAWN: Final = Path(__file__).with_name("redrawn.js")
WHERE: Final = 'window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }'
WITHOUT: Final = (
    "<noscript><p>Wattlas draws its pages with JavaScript: allow it for this address. "
    "The same figures come from /api/v1 and from the command line.</p></noscript>"
)


@cache
def shell() -> str:
    """Return the HTML of every page."""
    html = THEIRS.read_text(encoding="utf-8")
    ours = f"<script>{WHERE}</script><script>{REDRAWN.read_text(encoding='utf-8')}</script>"
    html = TITLE.sub(lambda _: f"<title>Wattlas</title>{ours}", html, count=1)
    return BARE.sub(WITHOUT, AGENTS.sub("", html)).replace("</head>", f"{_preloads()}</head>", 1)


def _preloads() -> str:
    """Links that let a browser fetch and compile what it else learns of when the first element of a kind comes."""
    files = (file.name for kind in EARLY for file in sorted((THEIRS.parent / "static" / "js").glob(f"{kind}.*.js")))
    return "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">\n' for name in files)


def scripts() -> tuple[str, ...]:
    """Return what a content security policy calls the scripts in it: they and no others may run."""
    return tuple(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in INLINE.findall(shell()))


def routes() -> list[BaseRoute]:
    """Return the routes of all pages."""
    return [
        *(Route(path, _answer) for path in ("/", *(f"/{code}" for code in CODES))),
        *(Route(path, _near) for path in (f"/{FIRST}", *(f"/{code}/" for code in (FIRST, *CODES)))),
    ]


async def _answer(_request: Request) -> HTMLResponse:
    return HTMLResponse(shell(), headers={"Cache-Control": "no-cache"})


async def _near(request: Request) -> RedirectResponse:
    """Lead to the page that was meant, with the choices of the link: the first at its root, others without a slash.

    By a relative address, which Streamlit's own is not, for a proxy may serve us below a path of its own.
    """
    path, query = request.url.path, request.url.query
    code = path.strip("/").replace(FIRST, "")
    up = "../" if path.endswith("/") else "./"
    return RedirectResponse(f"{up}{code}?{query}" if query else f"{up}{code}", headers={"Cache-Control": "no-cache"})
