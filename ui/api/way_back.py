"""The page that somebody asked for before signing in: where `st.login` would lead to the first page, it leads there.

The place travels in a cookie of the browser, from the request that begins a sign-in to the one that ends it. It is
this server's own path or nothing, so that no link leads through our sign-in to somewhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from starlette.datastructures import MutableHeaders
    from starlette.types import Scope

BEGINS: Final = "/auth/login"
ENDS: Final = "/oauth2callback"
COOKIE: Final = "wattlas_asked"
KEPT_S: Final = 900  # for which somebody may take to sign in
LONGEST: Final = 1500  # characters; a cookie holds 4,096 bytes
PAGE: Final = re.compile(r"/[a-z]{0,30}", re.ASCII)  # `ui.views.menu` names them
SCRIPTS_NOT: Final = f"; Path={ENDS}; HttpOnly; SameSite=Lax"


def lead_back(scope: Scope, headers: MutableHeaders) -> None:
    """Note the page asked for in the answer that begins a sign-in, and lead to it by the answer that ends it."""
    sent = Headers(scope=scope)
    if scope["path"] == BEGINS:
        place = asked_for(sent.get("referer", ""), sent.get("host", ""))
        if place is not None:
            headers.append("set-cookie", f"{COOKIE}={quote(place, safe='')}; Max-Age={KEPT_S}{SCRIPTS_NOT}")
    elif scope["path"] == ENDS and headers.get("location") == "/":
        place = place_of(unquote(cookie_parser(sent.get("cookie", "")).get(COOKIE, "")))
        if place is not None:
            headers["location"] = place
            headers.append("set-cookie", f"{COOKIE}=; Max-Age=0{SCRIPTS_NOT}")


def asked_for(referer: str, host: str) -> str | None:
    """Return the page of this server that a browser comes from; None where it comes from elsewhere.

    >>> asked_for("https://w.example/records?site=fra1&lang=zh", "w.example")
    '/records?site=fra1&lang=zh'
    >>> asked_for("https://evil.example/records", "w.example") is None
    True
    """
    scheme, _, rest = referer.partition("://")
    netloc, _, place = rest.partition("/")
    return place_of(f"/{place}") if scheme in {"http", "https"} and netloc.lower() == host.lower() else None


def place_of(text: str) -> str | None:
    """Return a page of ours with its choices, written anew; None where the text is none (pages judge the choices).

    >>> place_of("/plan?target=a b"), place_of("//evil.example"), place_of("/media/x.pdf")
    ('/plan?target=a+b', None, None)
    """
    if len(text) > LONGEST:
        return None
    path, _, rest = text.partition("?")
    if PAGE.fullmatch(path) is None:
        return None
    choices = urlencode(parse_qsl(rest.partition("#")[0]))
    return f"{path}?{choices}" if choices else path
