"""The routes of the HTTP doors, and the guard around them and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from ui.api.answers import as_json
from ui.api.door import Doors
from ui.api.guard import Guard
from ui.api.ingest import Ingest, number_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from ui.kept_service import Kept


def routes(kept: Kept) -> list[BaseRoute]:
    """All routes but those of the pages."""
    doors = Doors(kept)
    ingest = Ingest(doors.amounts)
    return [
        doors.route("/api/v1/ingest", scope="ingest", post=ingest.post, get=number_of),
        Route("/api/{rest:path}", Nothing()),
    ]


def guard(kept: Kept, hosts: Collection[str]) -> list[Middleware]:
    """What stands around every route; `hosts` are names besides those of the site file."""
    server = kept.service().settings.server
    return [Middleware(Guard, hosts={*hosts, *server.hosts}, body_bytes=server.body_mb << 20)]


def api(kept: Kept, hosts: Collection[str]) -> Starlette:
    """The HTTP doors alone, without pages."""
    return Starlette(routes=[*routes(kept), Route("/{rest:path}", Nothing())], middleware=guard(kept, hosts))


class Nothing:
    """What answers where no route is: pages would answer anything with themselves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing."""
        await as_json({"error": "There is no such route."}, status=404)(scope, receive, send)
