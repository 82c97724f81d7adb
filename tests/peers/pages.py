"""Written pages by HTTP on loopback: what a web source is answered with, and what it asked for."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass
class Pages:
    """Pages by path: a body, or a status; `asked` are paths with query, `headers` those of the last request."""

    pages: Mapping[str, bytes | int]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any request."""
        self.asked.append(request.path_qs)
        self.headers = dict(request.headers)
        found = self.pages.get(request.path, 404)
        return web.Response(status=found) if isinstance(found, int) else web.Response(body=found)


@asynccontextmanager
async def serving_pages(pages: Mapping[str, bytes | int]) -> AsyncIterator[Pages]:
    """Serve until the block ends."""
    stub = Pages(pages)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stub.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stub.url = site.name if not site.name.endswith(":0") else f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield stub
    finally:
        await runner.cleanup()
