"""A Redfish source against a stub on loopback: one script, nothing left open afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.plugins import web
from collectors.plugins.redfish import Redfish
from tests.peers.redfish_stub import ROOT, USER, Stub, serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

    from collectors.reading import Reading

AT = datetime(2026, 3, 1, tzinfo=UTC)
ONE = f"{ROOT}/Chassis/1"


def collection(*paths: str) -> dict[str, object]:
    return {"Members": [{"@odata.id": path} for path in paths]}


def chassis(*names: str, at: str = ONE, **more: object) -> dict[str, object]:
    return {"@odata.id": at, **{name: {"@odata.id": f"{at}/{name}"} for name in names}, **more}


def sensor(kind: str, reading: object, context: str | None = None) -> dict[str, object]:
    return {"ReadingType": kind, "Reading": reading, "PhysicalContext": context}


ENVIRONMENT: dict[str, object] = {
    f"{ROOT}/Chassis": collection(ONE),
    ONE: chassis("EnvironmentMetrics"),
    f"{ONE}/EnvironmentMetrics": {"PowerWatts": {"Reading": 374.2}, "EnergykWh": {"Reading": 3825.27}},
}


def source(stub: Stub, **keys: object) -> Redfish:
    table = {"id": "b", "point": "lab/srv", "url": stub.url, "user": USER, "password": {"env": "STUB_PASSWORD"}, **keys}
    return Redfish.model_validate(table)


def values(readings: list[Reading]) -> dict[str, float]:
    return {reading.metric: reading.value for reading in readings}


async def polled(one: Redfish) -> list[Reading]:
    return list(one.parse(await one.fetch(), AT))


def play(
    stub: Stub, script: Callable[[Redfish], Awaitable[Any]], tls: ssl.SSLContext | None = None, **keys: object
) -> Any:  # noqa: ANN401
    """Run a script with one source against a stub; afterwards nothing is left open."""

    async def all_of_it() -> Any:  # noqa: ANN401
        async with serving(stub, tls):
            one = source(stub, **keys)
            try:
                return await script(one)
            finally:
                await one.close()
                assert not web._OPEN, "the last one closes the shared session"

    found = asyncio.run(all_of_it())
    assert not stub.tokens, "every session is deleted"
    return found
