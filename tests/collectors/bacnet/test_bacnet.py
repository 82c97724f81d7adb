"""The BACnet source against a device of bacpypes3 on loopback."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from bacpypes3.basetypes import Scale
from bacpypes3.errors import UnrecognizedService
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.device import DeviceObject
from bacpypes3.object import AccumulatorObject, AnalogInputObject
from bacpypes3.pdu import IPv4Address

from collectors.plugins.bacnet import Bacnet
from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from collectors.reading import Reading

AT = datetime(2026, 3, 1, tzinfo=UTC)
METERS = [
    {"object": "analog-input,3", "metric": "power"},
    {"object": "accumulator,1", "metric": "energy_counter"},
    {"object": "analog-input,4", "metric": "power", "point": "other"},
    *({"object": f"analog-input,{n}", "metric": "power", "point": f"p{n}"} for n in range(10, 16)),
]


class Old(NormalApplication):  # type: ignore[misc]
    """A controller that was built before ReadPropertyMultiple."""

    async def do_ReadPropertyMultipleRequest(self, apdu: object) -> None:  # noqa: N802 - of the library
        raise UnrecognizedService(str(apdu))


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_:
        any_.bind(("127.0.0.1", 0))
        return int(any_.getsockname()[1])


@asynccontextmanager
async def controller(kind: type[NormalApplication] = NormalApplication) -> AsyncIterator[int]:
    port = free_port()
    device = DeviceObject(objectIdentifier="device,1", objectName="peer", vendorIdentifier=999)
    app = kind(device, IPv4Address(f"127.0.0.1:{port}"))
    common = {"statusFlags": [0, 0, 0, 0], "eventState": "normal", "outOfService": False}
    meter = {"objectName": "kW", "presentValue": 12.5, "units": "kilowatts", "covIncrement": 0.1, **common}
    app.add_object(AnalogInputObject(objectIdentifier="analog-input,3", **meter))
    fault = {**meter, "objectName": "off", "statusFlags": [0, 1, 0, 0]}
    app.add_object(AnalogInputObject(objectIdentifier="analog-input,4", **fault))
    for number in range(10, 16):
        own = {**meter, "objectName": f"n{number}", "presentValue": float(number), "units": "watts"}
        app.add_object(AnalogInputObject(objectIdentifier=f"analog-input,{number}", **own))
    register = {"objectName": "kWh", "presentValue": 1234, "units": "kilowatt-hours", "maxPresValue": 99999, **common}
    app.add_object(AccumulatorObject(objectIdentifier="accumulator,1", scale=Scale(integerScale=-1), **register))
    try:
        yield port
    finally:
        app.close()


def source(port: int, **keys: object) -> Bacnet:
    table = {"id": "b", "point": "lab/ch", "host": "127.0.0.1", "port": port, "objects": METERS, "deadline_s": 5}
    return Bacnet.model_validate(table | keys)


async def polled(one: Bacnet) -> list[Reading]:
    try:
        return list(one.parse(await one.fetch(), AT))
    finally:
        await one.close()


@pytest.mark.peer
@pytest.mark.parametrize("kind", [NormalApplication, Old])
def test_a_device_gives_its_values_together_or_one_by_one(kind: type[NormalApplication]) -> None:
    async def script() -> list[Reading]:
        async with controller(kind) as port:
            return await polled(source(port))

    found = {(reading.point, reading.metric): reading for reading in asyncio.run(script())}
    assert found["lab/ch", "power"].value == 12500.0
    assert found["lab/ch", "energy_counter"].value == pytest.approx(123.4)
    assert found["lab/other", "power"].reason == "the controller flags a fault"
    assert [found[f"lab/p{number}", "power"].value for number in range(10, 16)] == [10, 11, 12, 13, 14, 15]


@pytest.mark.peer
@pytest.mark.parametrize("kind", [NormalApplication, Old])
def test_objects_that_are_not_there_are_told_where_none_is(kind: type[NormalApplication]) -> None:
    async def script() -> None:
        async with controller(kind) as port:
            absent = {"object": "analog-input,99", "metric": "power", "point": "x"}
            assert len(await polled(source(port, objects=[METERS[0], absent]))) == 1
            with pytest.raises(SourceRefused, match=r"has none of analog-input,99 \(unknown-object\): correct objects"):
                await polled(source(port, objects=[absent]))

    asyncio.run(script())


@pytest.mark.peer
def test_nobody_there_is_told_and_two_sources_share_a_socket() -> None:
    async def script() -> None:
        with pytest.raises(SourceUnreachable, match="gave no answer within"):
            await polled(source(free_port(), deadline_s=0.2))
        async with controller() as port:
            one, two = source(port), source(port)
            await one.fetch()
            await two.fetch()
            assert one._client is two._client
            await one.close()
            await two.fetch()
            await two.close()

    asyncio.run(script())


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"objects": [METERS[0], METERS[0]]}, "power of lab/ch twice"),
        ({"objects": [{"object": "binary-input,1", "metric": "power"}]}, "object"),
        ({"objects": [{"object": "analog-input,1", "metric": "power", "unit": "kWh"}]}, "measure different things"),
        ({"host": "controller.local"}, "host"),
        ({"objects": []}, "objects"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(1, **keys)
