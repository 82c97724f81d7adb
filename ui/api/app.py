"""The routes of the HTTP doors, and the guard around them and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from ui.api.answers import as_json, tagged
from ui.api.door import Doors
from ui.api.guard import Guard
from ui.api.health import Health
from ui.api.ingest import Ingest, number_of
from ui.api.metrics import Metrics
from ui.api.openapi import document
from ui.api.reads import Kpis, alerts, ledger, plan, readings, records, reports
from ui.api.sign_in_door import SignInDoor
from ui.version import installed_version

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from ui.serving.kept_service import Kept


def routes(kept: Kept) -> list[BaseRoute]:
    """All routes but those of the pages."""
    doors = Doors(kept)
    ingest = Ingest(doors.amounts)
    readers = {"kpis": Kpis().get, "ledger": ledger, "readings": readings, "alerts": alerts}
    readers |= {"records": records, "reports": reports, "plan": plan}
    return [
        *Health(kept).routes(),
        doors.route("/metrics", scope="metrics", get=Metrics(doors).get),
        doors.route("/api/v1/ingest", scope="ingest", post=ingest.post, get=number_of),
        *(doors.route(f"/api/v1/{name}", scope=name, get=reader) for name, reader in readers.items()),
        Route("/api/v1/openapi.json", described),
        Route("/api/{rest:path}", Nothing()),
    ]


async def described(request: Request) -> Response:
    """The OpenAPI document; it says nothing of anybody's sites, so it needs no token."""
    return tagged(as_json(document(installed_version())), request.headers.get("if-none-match"))


def guard(kept: Kept, hosts: Collection[str]) -> list[Middleware]:
    """What stands around every route; `hosts` are names besides those of the site file."""
    settings = kept.service().settings
    server, sign_in = settings.server, settings.sign_in
    named = {*hosts, *server.hosts, *([sign_in.host] if sign_in else ())}
    door = None if sign_in is None else SignInDoor(kept)
    return [Middleware(Guard, hosts=named, body_bytes=server.body_mb << 20, door=door)]


def api(kept: Kept, hosts: Collection[str]) -> Starlette:
    """The HTTP doors alone, without pages."""
    return Starlette(routes=[*routes(kept), Route("/{rest:path}", Nothing())], middleware=guard(kept, hosts))


class Nothing:
    """What answers where no route is: pages would answer anything with themselves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing."""
        await as_json({"error": "There is no such route."}, status=404)(scope, receive, send)
