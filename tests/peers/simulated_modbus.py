"""A Modbus TCP gateway of a simulated site: each meter is a unit, laid out by a register map or by SunSpec model 203.

The encoding is pymodbus's own. A meter that is silent makes the gateway answer with exception 11; one value that is
silent is NaN, or the pattern for "no value" of its type.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.peers.simulated_redfish import shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from collectors.plugins.modbus.maps import RegisterMap
    from collectors.plugins.simulated.reads import ReadKind
    from collectors.plugins.simulated.site import SimulatedSite

KINDS: Mapping[str, ReadKind] = {"power": "power", "energy_counter": "register"}
NO_VALUE: dict[str, list[int]] = {
    "int16": [0x8000],
    "int32": [0x7FFF, 0xFFFF],
    "uint32": [0, 0],
    "float32": [0x7FC0, 0],
}
NO_VALUE |= {"int64": [0x8000, 0, 0, 0], "uint64": [0xFFFF] * 4, "float64": [0x7FF8, 0, 0, 0]}


def registers(value: float | None, kind: str) -> list[int]:
    """The registers of a number, high word first."""
    if value is None:
        return NO_VALUE[kind]
    number = value if kind.startswith("float") else round(value)
    return ModbusClientMixin.convert_to_registers(number, getattr(ModbusClientMixin.DATATYPE, kind.upper()))


def by_map(found: RegisterMap, shows: Callable[[ReadKind], float | None]) -> dict[int, list[int]]:
    """What a meter with a register map holds now, by address."""
    values = {each: shows(KINDS[each.metric]) for each in found.registers}
    return {
        each.address: registers(None if value is None else value / each.scale, each.type)
        for each, value in values.items()
    }


def by_sunspec(shows: Callable[[ReadKind], float | None]) -> dict[int, list[int]]:
    """What a SunSpec device holds now: common model, meter 203 with W in tens and Wh, end."""
    meter = [0] * 105
    watts, kwh = shows("power"), shows("register")
    meter[16:17], meter[20:21] = registers(None if watts is None else watts / 10, "int16"), [1]
    meter[44:46], meter[52:53] = registers(None if kwh is None else kwh * 1000, "uint32"), [0]
    return {40000: [0x5375, 0x6E53, 1, 66, *[0] * 66, 203, 105, *meter, 0xFFFF, 0]}


def meter(site: SimulatedSite, now: Callable[[], float], point: str, unit: int, found: RegisterMap | None) -> SimDevice:
    """A unit that shows a point; without a map it speaks SunSpec."""

    def shows(kind: ReadKind) -> float | None:
        return shown(site, point, kind, int(now()))[0]

    def held(shows: Callable[[ReadKind], float | None]) -> dict[int, list[int]]:
        return by_sunspec(shows) if found is None else by_map(found, shows)

    async def act(_code: int, start: int, _at: int, _n: int, current: list[int], _set: object) -> ExcCodes | None:
        if shows("power") is None and shows("register") is None:
            return ExcCodes.GATEWAY_NO_RESPONSE
        for address, words in held(shows).items():
            current[address - start : address - start + len(words)] = words
        return None

    empty = held(lambda _: None)
    blocks = [SimData(address, values=words, datatype=DataType.REGISTERS) for address, words in empty.items()]
    return SimDevice(unit, blocks, action=act)


@asynccontextmanager
async def serving_modbus(devices: list[SimDevice]) -> AsyncIterator[int]:
    """Serve the units on a free port of loopback; gives the port."""
    server = ModbusTcpServer(devices, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    listening: Any = server.transport
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call] # pymodbus types its clients only
