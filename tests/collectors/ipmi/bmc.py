"""Builders for the tests of the ipmi source."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from collectors.plugins.ipmi import Ipmi
from config.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.reading import Reading

AT = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD_VARIABLE = "WATTLAS_TEST_BMC"


def source(port: int, **changes: object) -> Ipmi:
    """A source for a BMC of ipmi_sim, which lets only administrators use DCMI."""
    os.environ.setdefault(PASSWORD_VARIABLE, "secret")
    settings: dict[str, Any] = {
        "id": f"bmc-{port}",
        "point": f"lab/srv-{port}",
        "host": "127.0.0.1",
        "port": port,
        "user": "monitor",
        "password": {"env": PASSWORD_VARIABLE},
        "privilege": "administrator",
        "interval_s": 10,
        "deadline_s": 5,
    }
    return Ipmi(**(settings | changes))


async def poll(*collectors: Ipmi) -> list[Reading]:
    """One reading of each, polled at once; sessions stay open."""
    payloads = await asyncio.gather(*(each.fetch() for each in collectors))
    return [reading for each, payload in zip(collectors, payloads, strict=True) for reading in each.parse(payload, AT)]


async def close(collectors: Sequence[Ipmi]) -> None:
    """Close all sessions."""
    await asyncio.gather(*(each.close() for each in collectors))


def polled(*collectors: Ipmi) -> list[Reading]:
    """One reading of each, on the runner's kind of event loop, sessions closed."""

    async def once() -> list[Reading]:
        try:
            return await poll(*collectors)
        finally:
            await close(collectors)

    return uvloop.run(once())


def refusal(*, port: int, **changes: object) -> CollectError:
    """The error of one poll."""
    with pytest.raises(CollectError) as caught:
        polled(source(port, **changes))
    return caught.value
