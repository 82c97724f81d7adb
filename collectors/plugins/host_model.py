"""The manual of `kind = "host_model"`: power of this machine by a model, for a machine with nothing better.

    [[sources]]
    id = "edge-1-model"
    kind = "host_model"
    point = "edge-1"
    interval_s = 60
    metrics = ["power"]
    idle_w = 38.0                     # at the plug, nothing running
    max_w = 145.0                     # at the plug, all processors busy
    model_source = "plug meter, 2026-02-11, stress-ng"
    # stat_file = "/proc/stat"        # elsewhere, for example, in a container that mounts the host's /proc

**What it is.** idle_w + utilisation * (max_w - idle_w), where utilisation is the busy share of all processors since the
poll before (Linux, `/proc/stat`; waiting for disks is idle). Always estimated: GPUs, disks and fans that work while the
processors do not are not in it. Any meter at the plug, the PDU or the BMC is better, and so are RAPL and NVML for
what they see. Give the point `accuracy_pct`, such as 20, so that figures have an interval.

**Restart**: the first poll has nothing to compare with and gives no reading, and neither has one after a reboot.

**Errors**: no `/proc/stat`: `SourceUnreachable`. A payload that is none: `PayloadUnreadable`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.load_model import watts_at
from collectors.plugins.local import decoded
from collectors.reading import Quality, Reading
from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

IDLE = (3, 4)  # of a `cpu` line: idle, and waiting for disks
COUNTED = 8  # user to steal; guests are in user already


class Ticks(BaseModel):
    """What the kernel counted since the machine started, over all processors."""

    model_config = ConfigDict(frozen=True)

    busy: int = Field(ge=0)
    whole: int = Field(ge=0)


class Payload(BaseModel):
    """Two counts, one poll apart; the first poll has no former."""

    model_config = ConfigDict(frozen=True)

    former: Ticks | None
    now: Ticks


class HostModel(Collector):
    """This machine's power by its processors' load; see the module's manual."""

    blocking: ClassVar[bool] = True

    always: ClassVar[frozenset[str] | None] = frozenset({"power"})

    kind: Literal["host_model"] = "host_model"
    idle_w: float = Field(ge=0)
    max_w: float = Field(gt=0)
    model_source: str = Field(min_length=1)
    stat_file: Path = Path("/proc/stat")
    _former: Ticks | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _busy_takes_more(self) -> Self:
        if self.idle_w > self.max_w:
            msg = f"idle_w = {self.idle_w:g} is above max_w = {self.max_w:g}: exchange the two"
            raise ValueError(msg)
        return self

    def fetch(self) -> bytes:
        """Read the kernel's counts, and hand them on with those of the poll before.

        Raises:
            SourceUnreachable: this machine does not tell them.
        """
        try:
            fields = self.stat_file.read_text(encoding="ascii").split("\n", 1)[0].split()
            counts = [int(field) for field in fields[1 : COUNTED + 1]]
        except (OSError, ValueError) as error:
            msg = f"{self.stat_file} gives no counts of processors ({error}): a host model needs Linux."
            raise SourceUnreachable(msg) from error
        whole = sum(counts)
        now = Ticks(busy=whole - sum(counts[at] for at in IDLE if at < len(counts)), whole=whole)
        payload = Payload(former=self._former, now=now)
        self._former = now
        return json.dumps(payload.model_dump()).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One estimated power; none where there is no poll before, or the machine started anew since.

        Raises:
            PayloadUnreadable: the payload makes no sense.
        """
        said = decoded(Payload, payload, what="A payload of a host model")
        if said.former is None or said.now.whole <= said.former.whole or said.now.busy < said.former.busy:
            return
        share = (said.now.busy - said.former.busy) / (said.now.whole - said.former.whole)
        yield Reading(self.point, "power", at, watts_at(self.idle_w, self.max_w, min(share, 1.0)), Quality.ESTIMATED)
