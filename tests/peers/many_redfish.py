"""A Redfish service for thousands of addresses of loopback, as a program of its own: `many_redfish.py PORT PEM`.

It answers after 50 ms by one chassis of 374 W; the hosts whose last number ends in 7 are away every other 15 s.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import time

from aiohttp import web

DELAY_S, AWAY_S = 0.05, 15.0
CHASSIS = "/redfish/v1/Chassis/1"
ANSWERS: dict[str, object] = {
    CHASSIS: {"PowerState": "On", "EnvironmentMetrics": {"@odata.id": f"{CHASSIS}/EnvironmentMetrics"}},
    f"{CHASSIS}/EnvironmentMetrics": {"PowerWatts": {"Reading": 374.2}, "EnergykWh": {"Reading": 1234.5}},
}


async def answer(request: web.Request) -> web.Response:
    """Answer by the path alone, whatever the host."""
    await asyncio.sleep(DELAY_S)
    if request.url.host and request.url.host.endswith("7") and int(time.monotonic() / AWAY_S) % 2:
        return web.json_response({}, status=503)
    found = ANSWERS.get(request.path.rstrip("/"))
    return web.json_response({} if found is None else found, status=404 if found is None else 200)


def main(port: int, pem: str) -> None:
    """Serve until killed."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", answer)
    web.run_app(app, host="0.0.0.0", port=port, ssl_context=tls, access_log=None, print=None, backlog=4096)  # noqa: S104


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
