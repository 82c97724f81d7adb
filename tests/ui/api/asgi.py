"""Asks an ASGI application as a server would, without a socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was answered
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one sentence of an error."""
        found = self.json["error"]
        assert isinstance(found, str)
        assert "\n" not in found
        return found


@dataclass(frozen=True)
class Client:
    """Asks one application, with a token where one is given."""

    app: ASGIApp
    token: str = ""
    address: str = "127.0.0.1"

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Send one request."""
        return asyncio.run(_asked(self.app, self._scope(method, target, body, headers, token), body))

    def together(self, method: str, target: str, requests: Sequence[tuple[bytes, Mapping[str, str]]]) -> list[Answer]:
        """Send bodies with their headers at once."""

        async def all_of_them() -> list[Answer]:
            asked = (_asked(self.app, self._scope(method, target, body, headers), body) for body, headers in requests)
            return await asyncio.gather(*asked)

        return asyncio.run(all_of_them())

    def get_all(self, *targets: str) -> list[Answer]:
        """Ask for several things at once, in this order."""

        async def all_of_them() -> list[Answer]:
            return await asyncio.gather(*(_asked(self.app, self._scope("GET", one, b"", None), b"") for one in targets))

        return asyncio.run(all_of_them())

    def _scope(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None, token: str | None = None
    ) -> dict[str, Any]:
        url = urlsplit(target)
        given = {"host": "127.0.0.1", "content-length": str(len(body))}
        if token or (token is None and self.token):
            given["authorization"] = f"Bearer {token or self.token}"
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": url.path,
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": (self.address, 4),
            "server": ("127.0.0.1", 80),
        }

    def get(self, target: str, **options: Any) -> Answer:  # noqa: ANN401 - of `ask`
        """Ask for something."""
        return self.ask("GET", target, **options)

    def post(self, target: str, body: bytes | str | list[Any] | dict[str, Any], **options: Any) -> Answer:  # noqa: ANN401
        """Post bytes or text as they are, anything else as JSON."""
        if isinstance(body, (list, dict)):
            options["headers"] = {"content-type": "application/json", **(options.get("headers") or {})}
            body = json.dumps(body)
        return self.ask("POST", target, body.encode() if isinstance(body, str) else body, **options)


async def _asked(app: ASGIApp, scope: dict[str, Any], body: bytes) -> Answer:
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)] or [b""]
    answer = Answer()

    async def receive() -> Message:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
