"""The Modbus source against pymodbus's simulator on loopback: maps, one request at a time, trouble in a sentence."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client.mixin import ModbusClientMixin
from pymodbus.constants import ExcCodes
from pymodbus.simulator import DataType, SimData, SimDevice

from collectors.plugins.local import shipped
from collectors.plugins.modbus import Modbus, gateway
from collectors.plugins.modbus.maps import FOLDER, RegisterMap, register_map
from collectors.plugins.modbus.numbers import FORMATS, decode, words_of
from config.catalogue import metrics
from config.errors import SourceRefused, SourceUnreachable
from tests.peers.simulated_modbus import serving_modbus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

AT = datetime(2026, 3, 1, tzinfo=UTC)
EASTRON = {0x34: [0x442B, 0x4000], 0x48: [0x447A, 0x0000]}  # 685 W, 1000 kWh


def device(
    unit: int, held: dict[int, list[int]], action: Callable[..., Awaitable[ExcCodes | None]] | None = None
) -> SimDevice:
    blocks = [SimData(address, values=words, datatype=DataType.REGISTERS) for address, words in held.items()]
    return SimDevice(unit, blocks, action=action)  # type: ignore[arg-type] # a coroutine is an awaitable


def source(port: int, **keys: object) -> Modbus:
    table = {"id": "m", "point": "lab/grid", "host": "127.0.0.1", "port": port, "map": "eastron_sdm630", **keys}
    return Modbus.model_validate(table)


async def polled(one: Modbus) -> dict[str, float]:
    return {reading.metric: reading.value for reading in one.parse(await one.fetch(), AT)}


async def once(devices: list[SimDevice], **keys: object) -> dict[str, float]:
    async with serving_modbus(devices) as port:
        one = source(port, **keys)
        try:
            return await polled(one)
        finally:
            await one.close()
            assert not any(gateway._OPEN.values()), "the last one closes the connection"


@pytest.mark.peer
def test_two_meters_behind_one_gateway_are_asked_one_after_the_other_on_one_connection() -> None:
    running = most = 0

    async def slow(*_: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1

    async def script() -> None:
        async with serving_modbus([device(unit, EASTRON, slow) for unit in (1, 2)]) as port:
            both = [source(port, unit=unit) for unit in (1, 2)]
            found = await asyncio.gather(*(polled(one) for one in both))
            assert found == [{"power": 685.0, "energy_counter": 1000.0}] * 2
            assert both[0]._gateway is both[1]._gateway
            for one in both:
                await one.close()
            assert not any(gateway._OPEN.values())

    asyncio.run(script())
    assert most == 1


@pytest.mark.peer
@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        (ExcCodes.ILLEGAL_FUNCTION, SourceRefused, "does not know function 4: choose another map."),
        (ExcCodes.ILLEGAL_ADDRESS, SourceRefused, "has no register 52: choose another map or unit."),
        (ExcCodes.DEVICE_BUSY, SourceUnreachable, "is busy."),
        (ExcCodes.GATEWAY_NO_RESPONSE, SourceUnreachable, "gives the gateway no answer: check its power, its wires"),
    ],
)
def test_an_exception_is_a_sentence(code: ExcCodes, error: type[Exception], text: str) -> None:
    async def refuse(*_: object) -> ExcCodes:
        return code

    with pytest.raises(error) as caught:
        asyncio.run(once([device(1, EASTRON, refuse)]))
    assert text in str(caught.value)
    assert str(caught.value).startswith("Unit 1 behind Modbus gateway 127.0.0.1:")


@pytest.mark.peer
def test_a_dead_meter_holds_its_neighbour_up_for_a_moment_only_and_its_late_answer_meets_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "ANSWER_S", 0.2)

    async def late(*_: object) -> None:
        await asyncio.sleep(0.4)

    other = {0x34: [0x4000, 0], 0x48: [0x4000, 0]}

    async def script() -> None:
        async with serving_modbus([device(1, other, late), device(2, EASTRON)]) as port:
            dead, sound = source(port), source(port, unit=2)
            first, second = await asyncio.gather(dead.fetch(), polled(sound), return_exceptions=True)
            assert "gave no answer within 0.2 s: check wires and unit." in str(first)
            assert second == {"power": 685.0, "energy_counter": 1000.0}
            await asyncio.sleep(0.4)
            assert await polled(sound) == {"power": 685.0, "energy_counter": 1000.0}
            await dead.close()
            await sound.close()

    asyncio.run(script())


@pytest.mark.peer
def test_a_connection_that_broke_is_made_anew() -> None:
    async def script() -> None:
        async with serving_modbus([device(1, EASTRON)]) as port:
            one = source(port)
            await polled(one)
            client = one._gateway and one._gateway._client
            assert client
            client.close()
            assert (await polled(one))["power"] == 685.0
            await one.close()

    asyncio.run(script())


@pytest.mark.peer
def test_nobody_there_is_told() -> None:
    async def script() -> None:
        one = source(9)
        try:
            await one.fetch()
        finally:
            await one.close()

    with pytest.raises(SourceUnreachable, match="does not answer: check its power, network and address"):
        asyncio.run(script())


def sunspec(base: int, *models: tuple[int, int]) -> dict[int, list[int]]:
    words = [0x5375, 0x6E53]
    for model, length in models:
        body = [0] * length
        if model in {201, 202, 203, 204}:
            body[16], body[44:46], body[52] = 1234, [0, 5000], 2
        if model in {211, 212, 213, 214}:
            body[26:28], body[66:68] = [0x449A, 0x4000], [0x48F4, 0x2400]  # 1234 W, 500,000 Wh
        words += [model, length, *body]
    return {base: [*words, 0xFFFF, 0]}


@pytest.mark.peer
@pytest.mark.parametrize("base", [0, 40000, 50000])
@pytest.mark.parametrize("model", [201, 202, 203, 204, 211, 212, 213, 214])
def test_a_sunspec_meter_is_found_by_walking(base: int, model: int) -> None:
    held = sunspec(base, (1, 66), (103, 50), (model, 124 if model > 204 else 105))
    assert asyncio.run(once([device(1, held)], map="sunspec")) == {"power": 1234, "energy_counter": 500}


@pytest.mark.peer
@pytest.mark.parametrize(
    ("held", "text"),
    [
        (EASTRON, 'is no SunSpec device: write the map of this meter instead of "sunspec"'),
        ({40000: [0x5375, 0x6E53, 1, 40000]}, "holds no SunSpec meter 201 to 214, only models 1"),
        (sunspec(40000, (1, 66), (103, 50)), "holds no SunSpec meter 201 to 214, only models 1, 103"),
    ],
)
def test_what_is_no_sunspec_meter_is_refused(held: dict[int, list[int]], text: str) -> None:
    with pytest.raises(SourceRefused, match=text):
        asyncio.run(once([device(1, held)], map="sunspec"))


@pytest.mark.parametrize("name", shipped(FOLDER))
def test_a_shipped_map_names_its_source_and_gives_power_and_a_register(name: str) -> None:
    found = register_map(name)
    assert found.source
    assert {register.metric for register in found.registers} == {"power", "energy_counter"} <= metrics().keys()


@given(st.dictionaries(st.integers(0, 2000), st.sampled_from(sorted(FORMATS)), min_size=1, max_size=60))
def test_blocks_ask_for_every_register_once_for_nothing_else_and_never_too_much(found: dict[int, str]) -> None:
    spaced = [{"metric": "power", "address": 4 * at, "type": kind} for at, kind in found.items()]
    table = {"name": "x", "source": "x", "verified": False, "function": 3, "registers": spaced}
    made = RegisterMap.model_validate(table)
    asked = [at for start, count in made.blocks() for at in range(start, start + count)]
    wanted = [at for register in made.registers for at in range(register.address, register.end)]
    assert sorted(asked) == sorted(wanted)
    assert all(count <= 125 for _, count in made.blocks())


@given(st.sampled_from(sorted(FORMATS)), st.floats(allow_nan=False, allow_subnormal=False, width=32), st.booleans())
def test_numbers_are_read_as_pymodbus_writes_them(kind: str, number: float, swapped: bool) -> None:  # noqa: FBT001
    bits = 16 * words_of(kind)  # type: ignore[arg-type]
    low = 0 if kind.startswith("u") else -(2 ** (bits - 1)) + 1
    value = (
        number
        if kind.startswith("float")
        else min(max(int(number) if math.isfinite(number) else 7, low), 2 ** (bits - 1) - 2)
    )
    words = ModbusClientMixin.convert_to_registers(value, getattr(ModbusClientMixin.DATATYPE, kind.upper()))
    read = decode(words[::-1], kind, "low_first") if swapped else decode(words, kind)  # type: ignore[arg-type]
    assert read == (value if math.isfinite(value) and value != -1 else read)
    assert read is None or math.isfinite(read)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"map": "eastron_sdm360"}, 'map = "eastron_sdm360" is unknown; did you mean "eastron_sdm630"?'),
        ({"map": {"file": "/no/such.toml"}}, "/no/such.toml cannot be read"),
        ({"unit": 300}, "255"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text.replace("?", r"\?")):
        source(502, **keys)


def test_an_own_map_is_read_from_its_file_and_its_mistakes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    head = 'name = "Mine"\nsource = "its manual"\nverified = true\nfunction = 3\n'
    head += '[[registers]]\naddress = 7\ntype = "uint16"\n'
    path.write_text(f'{head}metric = "power"\nscale = 10.0\n')
    one = source(502, map={"file": str(path)})
    assert [each.value for each in one.parse(b'{"map": "mine", "blocks": {"7": "0102"}}', AT)] == [2580.0]
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(f'{head}metric = "watts"\n')
    with pytest.raises(ValueError, match=r'wrong\.toml: .*metric "watts" is not in the catalogue'):
        source(502, map={"file": str(wrong)})
