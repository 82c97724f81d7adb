"""The manual of `kind = "nut"`: a UPS, or a PDU, that a NUT server (`upsd`) serves (TCP port 3493).

    [[sources]]
    id = "ups-1"
    kind = "nut"
    point = "ups-1"                  # role "ups": its output
    metrics = ["power"]
    host = "10.4.0.2"                # where upsd runs
    ups = "ups1"                     # as `upsc -l` lists it
    # port = 3493
    # interval_s = 30.0              # drivers ask most devices every 2 to 30 s

**Permission**: reading needs no login where upsd listens to the collector's address (`LISTEN` in upsd.conf).

**What becomes of what upsd says**

| upsd says | the reading |
|---|---|
| `ups.realpower` 843 | `power` 843 W, of the output |
| only `ups.load` 42 and `ups.realpower.nominal` 2700 | `power` 1134 W, estimated: a percentage of a nameplate |
| `ups.load` without a nominal power in W | no power; VA are never taken for W |
| `ups.power` 900 | `apparent_power` 900 VA |
| `ups.temperature` 31.5 | `temperature` 31.5 degC |
| `ups.status` holds OFF | 0 W is a measured zero |
| a variable that is no number | none |

**Errors**: no answer, a driver that lost its device (DATA-STALE, DRIVER-NOT-CONNECTED): `SourceUnreachable`. An unknown
UPS or a denied access: `SourceRefused`. An answer that is not NUT's: `PayloadUnreadable`.

Standard: RFC 9271 (Uninterruptible Power Supply Management Protocol).
"""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from collectors.contract import Collector
from collectors.reading import Quality, Reading
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
LARGEST_ANSWER = 256 << 10
LINE = re.compile(r'VAR (?P<ups>\S+) (?P<name>\S+) "(?P<text>(?:[^"\\]|\\.)*)"')
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
DIRECT = {"ups.power": "apparent_power", "ups.temperature": "temperature"}
REFUSED = {
    "UNKNOWN-UPS": "has no UPS {ups}: write one that `upsc -l` lists",
    "ACCESS-DENIED": "denies access to {ups}: allow the collector's address in upsd.conf",
    "USERNAME-REQUIRED": "wants a login for {ups}: allow reading without one",
}


class Nut(Collector):
    """One UPS of one NUT server; see the module's manual."""

    in_flight: ClassVar[int] = 200

    kind: Literal["nut"] = "nut"
    interval_s: float = Field(default=30.0, ge=1)
    host: str = Field(min_length=1)
    port: int = Field(default=3493, ge=1, le=65535)
    ups: str = Field(pattern=r"^[\w.-]+$")

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset({"power", *DIRECT.values()})

    async def fetch(self) -> bytes:
        """Ask for all variables of the UPS.

        Raises:
            SourceUnreachable: no answer, or the driver has lost its device.
            SourceRefused: upsd knows no such UPS, or denies access.
            PayloadUnreadable: what answers is no NUT server.
        """
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                answer = await self._listed()
        except TimeoutError as error:
            msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check its power, network and address."
            raise SourceUnreachable(msg) from error
        except OSError as error:
            msg = f"{self._label} does not answer ({error.strerror or error}): check that upsd listens there."
            raise SourceUnreachable(msg) from error
        if answer.startswith(b"ERR ") and answer.split()[1:]:
            raise self._error(answer.removeprefix(b"ERR ").split(maxsplit=1)[0].decode(errors="replace"))
        return answer

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """Power, and what else the UPS tells of the catalogue's metrics.

        Raises:
            PayloadUnreadable: the payload is no list of variables.
        """
        told = _variables(payload, self.ups)
        numbers = {name: number for name, text in told.items() if (number := _number(text)) is not None}
        off = "OFF" in told.get("ups.status", "").split()
        if "ups.realpower" in numbers:
            yield Reading(self.point, "power", at, numbers["ups.realpower"], off=off)
        elif "ups.load" in numbers and "ups.realpower.nominal" in numbers:
            watts = numbers["ups.load"] / 100 * numbers["ups.realpower.nominal"]
            yield Reading(self.point, "power", at, watts, Quality.ESTIMATED, off=off)
        for name, metric in DIRECT.items():
            if name in numbers:
                yield Reading(self.point, metric, at, numbers[name])

    async def _listed(self) -> bytes:
        """One connection for one question: upsd may serve hundreds, and a poll is rare."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LARGEST_ANSWER)
        try:
            writer.write(f"LIST VAR {self.ups}\n".encode())
            answer, end, line = bytearray(), f"END LIST VAR {self.ups}\n".encode(), b"\n"
            while (
                line.endswith(b"\n") and line != end and not line.startswith(b"ERR ") and len(answer) < LARGEST_ANSWER
            ):
                line = await reader.readline()
                answer += line
            return bytes(answer)
        except ValueError as error:  # a line beyond the limit
            msg = f"{self._label} speaks something else than NUT: check host and port."
            raise PayloadUnreadable(msg) from error
        finally:
            writer.close()

    def _error(self, code: str) -> SourceRefused | SourceUnreachable:
        if code in REFUSED:
            return SourceRefused(f"{self._label} {REFUSED[code].format(ups=self.ups)}.")
        return SourceUnreachable(
            f"{self._label} has nothing of {self.ups} now ({code}): check its driver and its cable."
        )

    @property
    def _label(self) -> str:
        return f"NUT server {self.host}:{self.port}"


def _variables(payload: bytes, ups: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = payload.decode("utf-8", errors="replace").removesuffix("\n").split("\n")  # a text may hold other breaks
    if lines[0] != f"BEGIN LIST VAR {ups}" or lines[-1] != f"END LIST VAR {ups}":
        msg = f"A NUT payload is no whole list of variables of {ups}."
        raise PayloadUnreadable(msg)
    for line in lines[1:-1]:
        match = LINE.fullmatch(line)
        if match is None or match["ups"] != ups:
            msg = f"A NUT payload has a line that is no variable of {ups}: {line[:80]}"
            raise PayloadUnreadable(msg)
        found[match["name"]] = re.sub(r"\\(.)", r"\1", match["text"])
    return found


def _number(text: str) -> float | None:
    number = float(text) if NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None
