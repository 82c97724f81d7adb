"""A Redfish service of a simulated site: what its instruments show at a moment, faults included, over HTTP.

Machines are chassis with EnvironmentMetrics, PDUs are RackPDUs with Metrics, feeds are their outlets. An instrument
that is silent answers 503; one value that is silent is null.
"""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING

import numpy as np
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from collectors.plugins.simulated.reads import ReadKind
    from collectors.plugins.simulated.site import SimulatedSite

ROOT = "/redfish/v1"
USER, PASSWORD = "monitor", "wire"


def shown(site: SimulatedSite, point: str, kind: ReadKind, at: int) -> tuple[float | None, int]:
    """What an instrument shows at `at` [UTC s], None where it is silent, and by how much its clock is ahead [s]."""
    rows = site.rows(point, kind, np.array([at], dtype=np.int64))
    return (float(rows.values[-1]), int(rows.ahead_s[-1])) if rows.values.size else (None, 0)


def resource_of(site: SimulatedSite, point: str) -> str:
    """Where a point of the site stands in the service."""
    name, role = point.rpartition("/")[2], site.tree.role(point)
    if role == "pdu":
        return f"{ROOT}/PowerEquipment/RackPDUs/{name}"
    if role == "feed":
        return f"{ROOT}/PowerEquipment/RackPDUs/{site.spec.points[point].parents[0].rpartition('/')[2]}/Outlets/{name}"
    return f"{ROOT}/Chassis/{name}"


class RedfishSite:
    """Serves one site; `sessions` are those open now, `opened` counts all that ever were, `asked` all requests."""

    def __init__(self, site: SimulatedSite, now: Callable[[], float]) -> None:
        self._site, self._now = site, now
        self._points = {resource_of(site, point): point for point in site.spec.points}
        self.sessions: dict[str, str] = {}
        self.opened = 0
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any request."""
        path = request.path.rstrip("/")
        self.asked.append(path)
        if path == ROOT:
            return self._json({"Links": {"Sessions": {"@odata.id": f"{ROOT}/SessionService/Sessions"}}})
        if path == f"{ROOT}/SessionService/Sessions" and request.method == "POST":
            return await self._log_in(request)
        token = request.headers.get("X-Auth-Token", "")
        if token not in self.sessions:
            return self._json({"error": {"code": "Base.1.0.NoValidSession"}}, status=401)
        if request.method == "DELETE":
            return self._json({}, status=204 if path == self.sessions.pop(token) else 404)
        return self._resource(path)

    async def _log_in(self, request: web.Request) -> web.Response:
        if await request.json() != {"UserName": USER, "Password": PASSWORD}:
            return self._json({}, status=401)
        token = secrets.token_hex(8)
        self.opened += 1
        self.sessions[token] = f"{ROOT}/SessionService/Sessions/{self.opened}"
        return self._json({}, status=201, headers={"X-Auth-Token": token, "Location": self.sessions[token]})

    def _resource(self, path: str) -> web.Response:
        if path in self._points:
            role = self._site.tree.role(self._points[path])
            if role == "feed":
                return self._metrics(self._points[path])
            link = "Metrics" if role == "pdu" else "EnvironmentMetrics"
            return self._json({"@odata.id": path, "PowerState": "On", link: {"@odata.id": f"{path}/{link}"}})
        owner, _, last = path.rpartition("/")
        if last in {"Metrics", "EnvironmentMetrics"} and owner in self._points:
            return self._metrics(self._points[owner])
        return self._json({"error": {"code": "Base.1.0.ResourceMissingAtURI"}}, status=404)

    def _metrics(self, point: str) -> web.Response:
        at = int(self._now())
        (watts, ahead_s), (kwh, _) = (shown(self._site, point, kind, at) for kind in ("power", "register"))
        if watts is None and kwh is None:
            return self._json({}, status=503)
        return self._json({"PowerWatts": {"Reading": watts}, "EnergykWh": {"Reading": kwh}}, ahead_s=ahead_s)

    def _json(
        self, body: object, *, status: int = 200, headers: dict[str, str] | None = None, ahead_s: int = 0
    ) -> web.Response:
        date = formatdate(int(self._now()) + ahead_s, usegmt=True)
        return web.json_response(body, status=status, headers={"Date": date, **(headers or {})})


@asynccontextmanager
async def serving_redfish(service: RedfishSite) -> AsyncIterator[str]:
    """Serve on a free port of loopback; gives the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
