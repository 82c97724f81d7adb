"""What holds for every request, pages included: known host names, headers that browsers obey, no endless bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from ui.api.answers import as_json
from ui.api.way_back import lead_back
from ui.serving.shell import scripts

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ui.api.sign_in_door import SignInDoor

PROBES: Final = frozenset({"/healthz", "/readyz"})  # asked by address, and they tell nothing
METERED: Final = "/_stcore/metrics"  # of the pages' library, open to anybody: ours is /metrics, by token
AGENTS: Final = "/_stcore/agent"  # of the pages' library too: programs would work the pages, of whoever they are
API: Final = "/api/"
MEDIA: Final = "/media/"  # reports and tables that a page made, at addresses that tell nothing to who lacks them
UPLOADS: Final = "/_stcore/upload_file/"
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PAGE_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'self'; script-src 'self' {' '.join(scripts())} 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
}
API_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


class Guard:
    """Middleware around everything that is served."""

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], body_bytes: int, door: SignInDoor | None = None
    ) -> None:
        """Answer to these names alone; bodies of pages may be as large as those of the API.

        With a `door` files come and go for those alone who are signed in.
        """
        self._app, self._body_bytes, self._door = app, body_bytes, door
        self._hosts = {host.lower().strip("[]") for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add headers to the answer."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        fault = self._fault(scope)
        if scope["type"] == "websocket":
            await (self._app(scope, receive, send) if fault is None else send({"type": "websocket.close"}))
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = API_HEADERS if scope["path"].startswith(API) else PAGE_HEADERS
                for name, value in (HEADERS | own).items():
                    headers.setdefault(name, value)
                if self._door is not None:
                    lead_back(scope, headers)
                    self._door.seal(headers)
            await send(message)

        if fault is None:
            await self._app(scope, receive, send_with_headers)
        else:
            status, sentence = fault
            await as_json({"error": sentence}, status=status)(scope, receive, send_with_headers)

    def _fault(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = host_of(headers.get("host", ""))
        if scope["path"] not in PROBES and host not in self._hosts:
            shown = "".join(sign for sign in host if sign.isprintable())[:100]
            return (
                421,
                f'This server does not answer to the name "{shown}": add it to hosts in [server] of the site file.',
            )
        if not _same_origin(headers):
            return 403, "Pages of another origin may not speak to this server: open it by its own address."
        return self._foreign(scope) or self._too_large(scope, headers)

    def _foreign(self, scope: Scope) -> tuple[int, str] | None:
        """Refuse what only those who are signed in may have, and what nobody may."""
        if scope["path"].rstrip("/") == METERED or scope["path"].startswith(AGENTS):
            return 404, "There is no such route."
        if self._door is not None and scope["path"].startswith((MEDIA, UPLOADS)) and not self._door.lets_in(scope):
            return 401, "Files are for those who are signed in: open the pages and sign in."
        return None

    def _too_large(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        length = headers.get("content-length", "0")
        if scope["path"].startswith(UPLOADS):  # limited by the pages' own server.maxUploadSize
            return None
        if not length.isdecimal() or int(length[:20]) > self._body_bytes:
            return 413, f"The body is larger than {self._body_bytes >> 20} MB: send smaller ones."
        return None


def _same_origin(headers: Headers) -> bool:
    """Say whether a browser's page of this very server asks, or no page.

    Another port of this machine is another's server. Streamlit itself takes any of them, and would look up this
    machine's address at a service elsewhere to judge a foreign origin.
    """
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()


def host_of(text: str) -> str:
    """Name or address of a Host header, without its port.

    >>> [host_of(one) for one in ("Example.com:8501", "[::1]:80", "::1", "127.0.0.1")]
    ['example.com', '::1', '::1', '127.0.0.1']
    """
    if text.startswith("["):
        return text[1:].partition("]")[0].lower()
    name, _, port = text.rpartition(":")
    return (name if name and port.isdecimal() and ":" not in name else text).lower()
