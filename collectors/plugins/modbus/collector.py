"""The `modbus` source: which registers are asked of which meter, once per poll."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, file_of
from collectors.plugins.modbus import sunspec
from collectors.plugins.modbus.gateway import Gateway, NoRegister
from collectors.plugins.modbus.maps import register_map
from collectors.plugins.modbus.numbers import WordOrder, decode, swapped, words_of
from collectors.reading import Reading
from config.errors import ConfigError, PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from collectors.plugins.modbus.maps import RegisterMap

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
SUNSPEC = "sunspec"


class Payload(BaseModel):
    """`{"map": "eastron_sdm630", "blocks": {"52": "44b8a000"}}`: registers as hex words, by the address asked."""

    model_config = ConfigDict(frozen=True)

    map: str
    blocks: dict[int, str]

    def words(self) -> dict[int, int]:
        """Return every register by its address."""
        found: dict[int, int] = {}
        for address, text in self.blocks.items():
            raw = bytes.fromhex(text)
            found |= {address + i // 2: int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)}
        return found


class Modbus(Collector):
    """One meter behind a Modbus TCP gateway, or a meter that speaks Modbus TCP itself; see the package's manual."""

    kind: Literal["modbus"] = "modbus"
    in_flight: ClassVar[int] = 300  # of many gateways: each has a turn of its own
    host: str = Field(min_length=1)
    port: int = Field(default=502, ge=1, le=65535)
    unit: int = Field(default=1, ge=0, le=255)
    map: Annotated[str, BeforeValidator(file_of), Field(min_length=1)]
    word_order: WordOrder | None = None

    _gateway: Gateway | None = PrivateAttr(default=None)
    _meter: tuple[int, int] | None = PrivateAttr(default=None)  # where a SunSpec meter stands
    _looked: bool = PrivateAttr(default=False)  # whether the order of words was looked at

    @field_validator("map")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != SUNSPEC:
            try:
                register_map(name)
            except ConfigError as error:
                raise ValueError(str(error).rstrip(".")) from None
        return name

    @property
    def gives(self) -> frozenset[str] | None:
        """See the contract."""
        return None if self.map == SUNSPEC else frozenset(each.metric for each in register_map(self.map).registers)

    async def fetch(self) -> bytes:
        """Ask for the registers of the map.

        Raises:
            SourceUnreachable: no connection, or no answer within the deadline.
            SourceRefused: the meter has no such registers.
        """
        self._gateway = self._gateway or Gateway.enter(self.host, self.port)
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                return await self._poll(self._gateway)
        except TimeoutError as error:
            msg = (
                f"{self._gateway.label} gave nothing of unit {self.unit} within {self.deadline_s:g} s: check its wires."
            )
            raise SourceUnreachable(msg) from error

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric of the map that the meter gives.

        Raises:
            PayloadUnreadable: the payload makes no sense, or lacks a register of the map.
        """
        told = decoded(Payload, payload, what="A Modbus payload")
        try:
            words = told.words()
        except ValueError as error:
            msg = "A Modbus payload holds something that is no hex."
            raise PayloadUnreadable(msg) from error
        values = sunspec.values([words[key] for key in sorted(words)]) if self.map == SUNSPEC else self._values(words)
        for metric, value in values.items():
            if metric == "energy_counter" and value == 0:
                continue  # a meter that starts shows 0 for a while; believed, that would be no energy
            yield Reading(self.point, metric, at, value)

    async def close(self) -> None:
        """Let the shared connection go."""
        gateway, self._gateway = self._gateway, None
        if gateway:
            gateway.leave()

    async def _poll(self, gateway: Gateway) -> bytes:
        if self.map == SUNSPEC:
            function, blocks = sunspec.HOLDING, [await self._sunspec(gateway)]
        else:
            found = register_map(self.map)
            function, blocks = found.function, list(found.blocks())
            await self._look_at_order(gateway, found)
        read = {address: await gateway.read(self.unit, function, address, count) for address, count in blocks}
        if self.map == SUNSPEC and next(iter(read.values()))[0] not in sunspec.METERS:
            self._meter = None  # new firmware: walk again at the next poll
        self._looked = True
        texts = {str(key): b"".join(word.to_bytes(2, "big") for word in words).hex() for key, words in read.items()}
        return json.dumps({"map": self.map, "blocks": texts}).encode()

    async def _look_at_order(self, gateway: Gateway, found: RegisterMap) -> None:
        """Ask for a voltage, until one was right since the last failure: swapped words give numbers that look real.

        Raises:
            SourceRefused: it is no voltage, and with its words the other way round it is one.
        """
        looked, self._looked = self._looked, False  # a poll that fails looks again
        place, order = found.voltage, self.word_order or found.word_order
        if place and not looked:
            try:
                words = await gateway.read(self.unit, found.function, place.address, words_of(place.type))
            except NoRegister:
                words = []
            both = swapped(words, place.type, order, scale=place.scale) if words else None
            if both:
                turn = "low_first" if order == "high_first" else "high_first"
                says = f"says {both[0]:.3g} V, and {both[1]:.4g} V with its words swapped"
                msg = f'Unit {self.unit} behind {gateway.label} {says}: write word_order = "{turn}".'
                raise SourceRefused(msg)

    async def _sunspec(self, gateway: Gateway) -> tuple[int, int]:
        self._meter = self._meter or await sunspec.find_meter(gateway, self.unit)
        return self._meter

    def _values(self, words: dict[int, int]) -> dict[str, float]:
        found = register_map(self.map)
        values: dict[str, float] = {}
        for register in found.registers:
            own = [words[at] for at in range(register.address, register.end) if at in words]
            if len(own) != words_of(register.type):
                msg = f"A Modbus payload lacks register {register.address} of the map {found.name}."
                raise PayloadUnreadable(msg)
            value = decode(own, register.type, self.word_order or found.word_order)
            if value is not None:
                values[register.metric] = value * register.scale
        return values
