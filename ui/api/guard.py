"""What holds for every request, pages included: known host names, headers that browsers obey, no endless bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from ui.api.answers import as_json

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL: Final = frozenset({"127.0.0.1", "localhost"})
PROBES: Final = frozenset({"/healthz", "/readyz"})  # asked by address, and they tell nothing
API: Final = "/api/"
UPLOADS: Final = "/_stcore/upload_file/"
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
API_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


class Guard:
    """Middleware around everything that is served."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], body_bytes: int) -> None:
        """Answer to these names alone; bodies of pages may be as large as those of the API."""
        self._app, self._body_bytes = app, body_bytes
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
                for name, value in (HEADERS | (API_HEADERS if scope["path"].startswith(API) else {})).items():
                    headers.setdefault(name, value)
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
        length = headers.get("content-length", "0")
        if scope["path"].startswith(UPLOADS):  # limited by the pages' own server.maxUploadSize
            return None
        if not length.isdecimal() or int(length[:20]) > self._body_bytes:
            return 413, f"The body is larger than {self._body_bytes >> 20} MB: send smaller ones."
        return None


def _same_origin(headers: Headers) -> bool:
    """Say whether a browser's page of this very server asks, or no page.

    Streamlit would look up this machine's address at a service elsewhere to judge a foreign origin.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    netloc = origin.partition("://")[2].lower()
    return netloc == headers.get("host", "").lower() or host_of(netloc) in LOCAL


def host_of(text: str) -> str:
    """Name or address of a Host header, without its port.

    >>> [host_of(one) for one in ("Example.com:8501", "[::1]:80", "::1", "127.0.0.1")]
    ['example.com', '::1', '::1', '127.0.0.1']
    """
    if text.startswith("["):
        return text[1:].partition("]")[0].lower()
    name, _, port = text.rpartition(":")
    return (name if name and port.isdecimal() and ":" not in name else text).lower()
