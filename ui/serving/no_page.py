"""The answer at an address where no page is.

Streamlit answers there with its own HTML: below the root with its name and an English box, deeper with nothing at all,
for it looks for its server beside the address asked for.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from ui.serving.shell import CODES
from ui.text import LANGUAGES, t
from ui.tokens import type_tokens, variables

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES: Final = frozenset({"/", *(f"/{code}" for code in CODES)})
ICON: Final = Path(__file__).parents[1] / "icon.svg"


class NoSuchPage:
    """Middleware that puts our words in the place of HTML that is none of our pages."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand around what serves the pages."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no HTML or a page of ours; else say that there is no such page."""
        if scope["type"] != "http" or scope["path"] in PAGES:
            await self._app(scope, receive, send)
            return
        theirs = False

        async def pass_on(message: Message) -> None:
            nonlocal theirs
            if message["type"] == "http.response.start":
                theirs = Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
            if not theirs:
                await send(message)

        await self._app(scope, receive, pass_on)
        if theirs:
            await HTMLResponse(no_page(scope["path"]), 404)(scope, receive, send)


def no_page(path: str) -> str:
    """Return the HTML of an address where no page is, in every language, each with its way to the first page.

    By a relative address, for a proxy may serve us below a path of its own.
    """
    home = "../" * (path.count("/") - 1) or "./"
    said = "".join(
        f'<p lang="{code}">{t("gate.no_page", code)} <a href="{home}?lang={code}">{t("gate.home", code)}</a></p>'
        for code in LANGUAGES
    )
    icon = f"data:image/svg+xml,{quote(ICON.read_text(encoding='utf-8'))}"
    look = f":root {{ color-scheme: light dark; font-family: {type_tokens().family}; }}"
    look += " body { background: var(--bg); color: var(--text); margin: 15vh auto; max-width: 34rem; padding: 0 1rem; }"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(t("gate.no_page", "en"))} - Wattlas'
        f'</title><meta name="viewport" content="width=device-width"><link rel="icon" href="{icon}">'
        f'<style>{variables()} {look} a {{ color: var(--info); }}</style></head><body><img src="{icon}" alt="Wattlas" '
        f'width="40">{said}</body></html>'
    )
