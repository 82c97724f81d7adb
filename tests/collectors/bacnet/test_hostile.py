"""What a controller should not answer: written byte for byte, for no library would send it."""

from __future__ import annotations

import asyncio
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.bacnet import Bacnet
from config.errors import PayloadUnreadable, SourceRefused

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 3, 1, tzinfo=UTC)
METER = {"object": "analog-input,3", "metric": "power"}
TABLE = {"id": "b", "point": "lab/ch", "host": "127.0.0.1", "deadline_s": 3, "objects": [METER]}
NO_FLAGS, KILOWATTS = b"\x82\x04\x00", b"\x91\x30"
REAL = b"\x44" + struct.pack(">f", 12.5)


def said(value: bytes, *, instance: int = 3, unit: bytes = KILOWATTS) -> bytes:
    """The answer to ReadPropertyMultiple about one analog input: present value, flags, units."""
    properties = b"".join(
        b"\x29" + bytes([name]) + b"\x4e" + each + b"\x4f" for name, each in ((85, value), (111, NO_FLAGS), (117, unit))
    )
    return b"\x0c" + struct.pack(">I", instance) + b"\x1e" + properties + b"\x1f"


class Controller(asyncio.DatagramProtocol):
    """Answers each request with one body, by its invoke id."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = b"\x01\x00\x30" + bytes([data[8], 14]) + self.body
        self.transport.sendto(b"\x81\x0a" + struct.pack(">H", 4 + len(answer)) + answer, addr)  # type: ignore[attr-defined]


class Router(Controller):
    """Passes the question on to station 5 of network 12, and its answer back."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        control, network, length, station, hops = struct.unpack(">BHBBB", data[5:11])
        assert (control & 0x20, network, length, station, hops) == (0x20, 12, 1, 5, 255)
        head = b"\x01\x08" + struct.pack(">HBB", 12, 1, 5)
        answer = head + b"\x30" + bytes([data[13], 14]) + self.body
        self.transport.sendto(b"\x81\x0a" + struct.pack(">H", 4 + len(answer)) + answer, addr)  # type: ignore[attr-defined]


def polled(body: bytes, kind: type[Controller] = Controller, **keys: object) -> list[tuple[float, str]]:
    async def script() -> list[tuple[float, str]]:
        make: Callable[[], Controller] = lambda: kind(body)  # noqa: E731 - typed
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(make, local_addr=("127.0.0.1", 0))
        one = Bacnet.model_validate(TABLE | {"port": transport.get_extra_info("sockname")[1]} | keys)
        try:
            return [(reading.value, str(reading.quality)) for reading in one.parse(await one.fetch(), AT)]
        finally:
            await one.close()
            transport.close()

    return asyncio.run(script())


@pytest.mark.peer
def test_a_value_is_in_its_unit_and_va_are_no_watts() -> None:
    assert polled(said(REAL)) == [(12500.0, "measured")]
    assert polled(said(REAL, unit=b"\x91\x09")) == [(12.5, "rejected")]
    assert polled(said(REAL, unit=b"\x92\xea\x60")) == [(12.5, "rejected")]
    assert polled(said(b"\x44" + struct.pack(">f", float("nan")))) == []


@pytest.mark.peer
@pytest.mark.parametrize("value", [b"\x00", b"\x73\x00ab", b"\x21\x05"], ids=["null", "text", "unsigned"])
def test_a_value_of_another_type_is_unreadable(value: bytes) -> None:
    with pytest.raises(PayloadUnreadable, match="something that is no value of these objects"):
        polled(said(value))


@pytest.mark.peer
def test_an_object_that_was_not_asked_for_is_nobodys() -> None:
    with pytest.raises(SourceRefused, match="has none of analog-input,3"):
        polled(said(REAL, instance=99))


@pytest.mark.peer
def test_a_station_behind_a_router_is_reached_through_it() -> None:
    assert polled(said(REAL), Router, station="12:5") == [(12500.0, "measured")]


@pytest.mark.parametrize("station", ["5", "0:5", "65535:5", "12:255", "12:5\n", "*:*"])
def test_what_is_no_station_is_told(station: str) -> None:
    with pytest.raises(ValueError, match="must be network and station behind the router"):
        Bacnet.model_validate(TABLE | {"station": station})


@pytest.mark.parametrize("host", ["999.1.1.1", "fd00::1", "chiller.example", "10.6.0"])
def test_a_host_is_an_ipv4_address(host: str) -> None:
    with pytest.raises(ValueError, match="must be the IPv4 address of the controller"):
        Bacnet.model_validate(TABLE | {"host": host})
