"""The `cloudwatch` source: one power for all instances that carry some tags."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from collectors.contract import Collector
from collectors.load_model import watts_at
from collectors.plugins.cloudwatch.service import Instances, asked
from collectors.plugins.local import decoded, file_of, web_address
from collectors.reading import Quality, Reading
from config.errors import ConfigError, PayloadUnreadable, SourceRefused
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class
from config.usage.tables import usage_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from config.usage.tables import UsageTables

PROVIDER = "aws"
ADD = "add its row to the file of key"
OUT = "DataTransfer-Out-Bytes"
GB_PER_TB, WH_PER_KWH, SECONDS_PER_H = 1000.0, 1000.0, 3600.0
OwnFile = Annotated[Path, BeforeValidator(file_of)]


class Running(BaseModel):
    """One running instance; `utilisation` of its vCPUs, 0 to 1, None where CloudWatch has no datapoint."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    utilisation: float | None = Field(ge=0, le=1)
    sent_gb: float | None = Field(default=None, ge=0)


class Volume(BaseModel):
    """One EBS volume, of so many GB as AWS counts them."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    gb: float = Field(ge=0)


class Payload(BaseModel):
    """One poll: how many instances carry the tags in any state, those that run, and what `step_s` [s] was asked for."""

    model_config = ConfigDict(frozen=True)

    tagged: int = Field(ge=0)
    running: tuple[Running, ...]
    volumes: tuple[Volume, ...] = ()
    step_s: int = Field(default=300, gt=0)


class CloudWatch(Collector):
    """Instances of one region by tag; see the package's manual."""

    blocking: ClassVar[bool] = True
    in_flight: ClassVar[int] = 8

    always: ClassVar[frozenset[str] | None] = frozenset({"power"})

    kind: Literal["cloudwatch"] = "cloudwatch"
    interval_s: float = Field(default=300.0, ge=60)
    deadline_s: float = Field(default=30.0, gt=0)
    region: str = Field(min_length=1)
    tags: dict[str, str] = Field(default_factory=dict)
    gpu_utilisation: float | None = Field(default=None, ge=0, le=1)
    may_be_none: bool = False
    storage: bool = False
    network: bool = False
    instances: OwnFile | None = None
    coefficients: OwnFile | None = None
    items: OwnFile | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    endpoint: Annotated[str | None, BeforeValidator(web_address)] = None

    @model_validator(mode="after")
    def _keys_stand_together(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            msg = "access_key and secret_key stand together: write both, or neither for boto3's own chain"
            raise ValueError(msg)
        try:
            _ = self._tables
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self

    @cached_property
    def _tables(self) -> UsageTables:
        files = {"instances": self.instances, "coefficients": self.coefficients, "items": self.items}
        return usage_tables({key: [file] for key, file in files.items() if file is not None})

    @cached_property
    def _asked(self) -> Instances:
        return asked(self)

    def fetch(self) -> bytes:
        """Ask EC2 for the instances and CloudWatch for their load.

        Raises:
            SourceUnreachable: AWS does not answer, or is busy.
            SourceRefused: keys or rights are refused, or no instance carries the tags.
        """
        try:
            return self._asked.poll(self).encode()
        except SourceRefused:
            self.__dict__.pop("_asked", None)  # keys may have been changed where they stand: they are read again
            raise

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One estimated power: the sum of the running instances.

        Raises:
            PayloadUnreadable: the payload makes no sense, or an instance type is in no table.
        """
        said = decoded(Payload, payload, what="A payload of CloudWatch")
        watts = sum(self._watts(one) for one in said.running)
        watts += sum(self._stored_w(one) for one in said.volumes)
        sent_gb = sum(one.sent_gb or 0.0 for one in said.running)
        watts += self._sent_w(sent_gb, said.step_s) if sent_gb else 0.0
        yield Reading(self.point, "power", at, watts, Quality.ESTIMATED, off=not said.running and not said.volumes)

    def _watts(self, one: Running) -> float:
        found = self._tables.instance(PROVIDER, one.type)
        if found is None:
            msg = f'Instance type "{one.type}" is in no table: {ADD} instances.'
            raise PayloadUnreadable(msg)
        load = 1.0 if one.utilisation is None else one.utilisation
        share = found.vcpus / max(len(found.cpus), 1)
        watts = sum(share * self._unit_w("cpu", name, load, one.type) for name in found.cpus)
        busy = 1.0 if self.gpu_utilisation is None else self.gpu_utilisation
        return watts + (found.gpus * self._unit_w("gpu", found.gpu, busy, one.type) if found.gpus else 0.0)

    def _stored_w(self, one: Volume) -> float:
        """W/TB of the kind of disk, for each copy that the service keeps."""
        name = "EBS:VolumeUsage" if one.type == "standard" else f"EBS:VolumeUsage.{one.type}"
        return self._item(name, "storage") * one.gb / GB_PER_TB

    def _sent_w(self, gb: float, step_s: int) -> float:
        """Power of what was sent in a step, which the coefficient counts by GB."""
        return self._item(OUT, "network") * WH_PER_KWH * gb * SECONDS_PER_H / step_s

    def _item(self, name: str, kind: str) -> float:
        """Middle of the range of a coefficient, times the copies."""
        item = self._tables.item(PROVIDER, name)
        row = None if item is None else self._tables.coefficient(PROVIDER, kind, item.coefficient)
        if item is None or row is None:
            msg = f'{kind} "{name}" is in no table: {ADD} items.'
            raise PayloadUnreadable(msg)
        return item.copies * ((row.high if row.low is None else row.low) + row.high) / 2

    def _unit_w(self, kind: str, name: str, load: float, type_: str) -> float:
        row = self._tables.coefficient(PROVIDER, kind, name)
        if row is None:
            msg = f'{kind} "{name}" of {type_} has no power: {ADD} coefficients.'
            raise PayloadUnreadable(msg)
        return watts_at(row.low, row.high, load)
