"""A Redfish service made of written resources, on loopback, with or without TLS: what real firmware does wrong."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping

ROOT = "/redfish/v1"
SESSIONS = f"{ROOT}/SessionService/Sessions"
USER, PASSWORD = "monitor", "hunter2"


@dataclass
class Stub:
    """Resources by path (text and bytes are sent as they are, a number is a status), and what was asked.

    `stranger` makes the answer to who has no session, where that is no 401; `slash` wants one at the end of a path.
    """

    resources: Mapping[str, object]
    login: int = 201
    basic: bool = False
    hangs: bool = False
    slash: bool = False
    stranger: Callable[[], web.Response] = lambda: web.json_response({}, status=401)
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    opened: int = 0
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any request."""
        path = request.path.rstrip("/") + (f"?{request.query_string}" if request.query_string else "")
        if self.hangs:
            await asyncio.sleep(60)
        if path == ROOT:
            return web.json_response(self.resources.get(ROOT, {}))
        if path == SESSIONS and request.method == "POST":
            return self._log_in(await request.json())
        return self._resource(request, path) if self._known(request) else self.stranger()

    def _resource(self, request: web.Request, path: str) -> web.Response:
        if request.method == "DELETE":
            self.tokens.discard(request.headers["X-Auth-Token"])
            return web.json_response({}, status=204)
        if self.slash and not request.path.endswith("/"):
            return web.Response(status=308, headers={"Location": f"{request.path}/"})
        self.asked.append(path)
        found = self.resources.get(path, 404)
        if isinstance(found, (str, bytes)):
            return web.Response(body=found)
        return web.json_response(
            {} if isinstance(found, int) else found, status=found if isinstance(found, int) else 200
        )

    def _log_in(self, given: object) -> web.Response:
        if given != {"UserName": USER, "Password": PASSWORD} and self.login == 201:
            return web.json_response({}, status=401)
        if self.login != 201:
            return web.json_response({}, status=self.login)
        self.opened += 1
        token = f"token-{self.opened}"
        self.tokens.add(token)
        return web.json_response({}, status=201, headers={"X-Auth-Token": token, "Location": f"{SESSIONS}/{token}"})

    def _known(self, request: web.Request) -> bool:
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.basic:
            return request.headers.get("Authorization") == wanted
        return request.headers.get("X-Auth-Token") in self.tokens


@asynccontextmanager
async def serving(stub: Stub, tls: ssl.SSLContext | None = None) -> AsyncIterator[Stub]:
    """Serve on a free port of loopback."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        stub.url = f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}"
        yield stub
    finally:
        await runner.cleanup()
