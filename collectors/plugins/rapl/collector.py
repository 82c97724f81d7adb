"""The `rapl` source: one energy register for each zone that has a point."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, full_id, repeated
from collectors.plugins.rapl.zones import POWERCAP, clash, zones_of
from collectors.reading import Reading
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from collectors.plugins.rapl.zones import Zone

UJ_PER_KWH = 3.6e12


class Register(BaseModel):
    """One zone in a payload: its register, and where it ends and begins again."""

    model_config = ConfigDict(frozen=True)

    energy_uj: int = Field(ge=0)
    max_energy_range_uj: int = Field(gt=0)


class Payload(BaseModel):
    """One poll: registers by zone."""

    model_config = ConfigDict(frozen=True)

    zones: dict[str, Register]


class Rapl(Collector):
    """The processors and memory of this machine that have a point; see the package's manual."""

    blocking: ClassVar[bool] = True

    always: ClassVar[frozenset[str] | None] = frozenset({"energy_counter"})

    kind: Literal["rapl"] = "rapl"
    interval_s: float = Field(default=30.0, ge=1, le=60)
    zones: dict[str, str] = Field(min_length=1)
    folder: Path = Path(POWERCAP)

    @field_validator("zones")
    @classmethod
    def _can_be_added(cls, wanted: dict[str, str]) -> dict[str, str]:
        twice = repeated(wanted.values())
        mistake = f'has "{twice}" at several points: give each zone one point' if twice else clash(wanted.values())
        if mistake:
            raise ValueError(mistake)
        return wanted

    def fetch(self) -> bytes:
        """Read the registers.

        Raises:
            SourceUnreachable: this machine has no RAPL, or its registers give nothing.
            SourceRefused: a zone does not exist, or its register is not readable for this user.
        """
        found = zones_of(self.folder)
        if not found:
            msg = f"{self.folder} has no RAPL zones: this is a virtual machine, or the kernel lacks intel_rapl."
            raise SourceUnreachable(msg)
        absent = [name for name in self.zones.values() if name not in found]
        if absent:
            msg = f"{self.folder} has no zone {absent[0]}: its zones are {', '.join(found)}."
            raise SourceRefused(msg)
        return json.dumps({"zones": {name: _read(found[name]) for name in self.zones.values()}}).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `energy_counter` for each zone that has a point.

        Raises:
            PayloadUnreadable: the payload makes no sense, or a zone that has a point is not in it.
        """
        registers = decoded(Payload, payload, what="A RAPL payload").zones
        for point, zone in self.zones.items():
            if zone not in registers:
                msg = f"A RAPL payload says nothing of {zone}."
                raise PayloadUnreadable(msg)
            yield Reading(
                full_id(point, beside=self.point), "energy_counter", at, registers[zone].energy_uj / UJ_PER_KWH
            )


def _read(zone: Zone) -> dict[str, int]:
    try:
        return {"energy_uj": zone.energy_uj, "max_energy_range_uj": zone.max_energy_range_uj}
    except PermissionError as error:
        msg = f"{zone.folder / 'energy_uj'} is not readable for this user: give its group the right to read it."
        raise SourceRefused(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{zone.folder} gives no energy ({error}): try `cat {zone.folder / 'energy_uj'}`."
        raise SourceUnreachable(msg) from error
