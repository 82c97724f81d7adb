"""The `bacnet` source: which objects of which controller are read, and what their flags and units make of a value."""

from __future__ import annotations

import asyncio
import json
import math
import re
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.plugins.bacnet.client import Client
from collectors.plugins.bacnet.units import UNITS
from collectors.plugins.local import decoded, full_id, metric_of, repeated
from collectors.reading import Quality, Reading
from config.catalogue import metrics
from config.errors import SourceRefused, SourceUnreachable, UnitError
from config.reading.fields import Table
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
STATION = re.compile(r"(\d{1,5}):(\d{1,3})", re.ASCII)
LAST_NETWORK, LAST_STATION = 65534, 254
PROPERTIES = ("present-value", "status-flags", "units")
DOUBTS = {
    "fault": "the controller flags a fault",
    "overridden": "somebody has overridden the value",
    "out-of-service": "the object is out of service",
}
TYPES = (
    "analog-input|analog-value|analog-output|large-analog-value|integer-value|positive-integer-value"
    "|accumulator|pulse-converter"
)


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        msg = "must be the IPv4 address of the controller, for example 10.6.0.5"
        raise ValueError(msg) from None


def _station(written: str | None) -> str | None:
    found = STATION.fullmatch(written) if written else None
    if written is not None and not (found and 1 <= int(found[1]) <= LAST_NETWORK and int(found[2]) <= LAST_STATION):
        msg = 'must be network and station behind the router, for example "12:5"'
        raise ValueError(msg)
    return written


class Object(Table):
    """One object of the controller, and what its value is."""

    object: Annotated[str, Field(pattern=rf"^({TYPES}),\d{{1,7}}$", examples=["analog-input,3"])]
    metric: Annotated[str, AfterValidator(metric_of)]
    point: str | None = None
    unit: str | None = None

    @model_validator(mode="after")
    def _unit_fits(self) -> Self:
        try:
            convert(1.0, self.unit or metrics()[self.metric].unit, metrics()[self.metric].unit)
        except UnitError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self

    @property
    def properties(self) -> tuple[str, ...]:
        """What is read of it."""
        return (*PROPERTIES, "scale") if self.object.startswith("accumulator,") else PROPERTIES


class Told(BaseModel):
    """What the controller said of one object."""

    model_config = ConfigDict(frozen=True)

    value: float | None = Field(default=None, alias="present-value")
    flags: tuple[str, ...] = Field(default=(), alias="status-flags")
    units: str | None = None
    scale: float | None = None
    error: str | None = None


class Payload(BaseModel):
    """One poll."""

    objects: dict[str, Told]


class Bacnet(Collector):
    """One controller; see the package's manual."""

    in_flight: ClassVar[int] = 50

    kind: Literal["bacnet"] = "bacnet"
    host: Annotated[str, AfterValidator(_ipv4)]
    port: int = Field(default=47808, ge=1, le=65535)
    station: Annotated[str | None, AfterValidator(_station)] = None
    objects: tuple[Object, ...]

    _client: Client | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if not self.objects:
            msg = "objects is empty: name at least one"
            raise ValueError(msg)
        if twice := repeated(f"{each.metric} of {each.point or self.point}" for each in self.objects):
            msg = f"objects has {twice} twice: give each object one metric of one point"
            raise ValueError(msg)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset((full_id(each.point or self.point, beside=self.point), each.metric) for each in self.objects)

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(each.metric for each in self.objects)

    async def fetch(self) -> bytes:
        """Read the objects.

        Raises:
            SourceUnreachable: no answer within the deadline.
            SourceRefused: the controller has none of these objects.
        """
        self._client = self._client or Client.enter()
        wanted = {each.object: each.properties for each in self.objects}
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                found = await self._client.read(self._address, wanted, self._label)
        except TimeoutError as error:
            msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check its power, network and address."
            raise SourceUnreachable(msg) from error
        if not any("present-value" in told for told in found.values()):
            reasons = sorted({str(told.get("error", "nothing")) for told in found.values()})
            msg = f"{self._label} has none of {', '.join(wanted)} ({', '.join(reasons)}): correct objects."
            raise SourceRefused(msg)
        return json.dumps({"objects": found}).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each object that the controller has.

        Raises:
            PayloadUnreadable: the payload makes no sense.
        """
        found = decoded(Payload, payload, what="A BACnet payload").objects
        for each in self.objects:
            told = found.get(each.object, Told())
            if told.value is None or not math.isfinite(told.value * (1.0 if told.scale is None else told.scale)):
                continue
            point = full_id(each.point or self.point, beside=self.point)
            value, doubt = _judged(each, told)
            if each.metric != "energy_counter" or value != 0:
                quality = Quality.REJECTED if doubt else Quality.MEASURED
                yield Reading(point, each.metric, at, value, quality, reason=doubt)

    async def close(self) -> None:
        """Let the shared socket go."""
        client, self._client = self._client, None
        if client:
            client.leave()

    @property
    def _address(self) -> str:
        return f"{self.station}@{self.host}:{self.port}" if self.station else f"{self.host}:{self.port}"

    @property
    def _label(self) -> str:
        return f"BACnet controller {f'{self.station} behind ' if self.station else ''}{self.host}:{self.port}"


def _judged(wanted: Object, told: Told) -> tuple[float, str | None]:
    """Return the value in the metric's unit, and why it is not believed."""
    assert told.value is not None  # noqa: S101 - for mypy: whoever calls has looked
    value = told.value * (1.0 if told.scale is None else told.scale)
    doubt = next((DOUBTS[flag] for flag in told.flags if flag in DOUBTS), None)
    stated = wanted.unit and told.error == "unknown-property"  # a controller that has no scale: `unit` stands over it
    if "scale" in wanted.properties and told.scale is None and not stated:
        doubt = doubt or "the controller does not tell the accumulator's scale"
    unit = wanted.unit or UNITS.get(told.units or "")
    try:
        return convert(value, unit or "", metrics()[wanted.metric].unit), doubt
    except UnitError:
        return value, doubt or f"the controller says {told.units or 'no unit'}, which is no unit of {wanted.metric}"
