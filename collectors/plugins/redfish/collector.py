"""The `redfish` source: which resources are asked of which service, once per poll."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

import aiohttp
from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, file_of
from collectors.plugins.redfish.payload import Payload
from collectors.plugins.redfish.service import Account, NotServed, Service, local
from collectors.plugins.redfish.values import WAYS
from collectors.plugins.redfish.ways import Search, Way, chassis, moved, only
from collectors.plugins.trust import trusting
from collectors.plugins.web import Web
from collectors.reading import Quality, Reading
from config.errors import ConfigError, SourceRefused, SourceUnreachable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from datetime import datetime

    from collectors.plugins.redfish.payload import Answer

ADDRESS = re.compile(r"(?P<base>https?://(?:\[[\da-f:.]+\]|[^\s/?#\[\]:]+)(?::(?P<port>\d{1,5}))?)/?", re.IGNORECASE)
SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
MOST_SILENT = 5  # polls without a value; then it is looked for elsewhere
SUPPLIES_S = 3600.0  # a power supply that is put in counts from then on
LOW_SHARE = 0.5  # below this share of the highest power seen a host may be off: it is asked


def _base(written: object) -> object:
    if isinstance(written, str) and "@" in written:
        msg = "must not hold user or password: write user and password of their own"
        raise ValueError(msg)
    found = ADDRESS.fullmatch(written) if isinstance(written, str) else None
    if found is None or not 1 <= int(found["port"] or 443) <= 65535:  # noqa: PLR2004 - ports end there
        msg = 'must be the address of the device without a path, for example "https://10.1.1.1"'
        raise ValueError(msg)
    return found["base"].lower()


def _pin(written: object) -> object:
    digest = written.removeprefix("sha256:").replace(":", "").lower() if isinstance(written, str) else ""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        msg = 'must be "sha256:" and the 64 hex digits of the certificate\'s fingerprint'
        raise ValueError(msg)
    return digest


def _resource(written: object) -> object:
    if not isinstance(written, str) or not written.startswith("/redfish/v1/") or local(written) is None:
        msg = 'must be a path of the service, for example "/redfish/v1/Chassis/1"'
        raise ValueError(msg)
    return written.rstrip("/")


Resource = Annotated[str, BeforeValidator(_resource)]


class Redfish(Collector):
    """One Redfish service: a server's chassis, or the PDU and outlets that have a point; see the package's manual."""

    in_flight: ClassVar[int] = 300

    always: ClassVar[frozenset[str] | None] = frozenset({"energy_counter", "power"})

    kind: Literal["redfish"] = "redfish"
    interval_s: float = Field(default=60.0, ge=5)
    url: Annotated[str, BeforeValidator(_base)]
    user: str | None = None
    password: Secret | None = None
    auth: Literal["session", "basic"] = "session"
    fingerprint: Annotated[str | None, BeforeValidator(_pin)] = None
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None
    resource: Resource | None = None
    points: dict[str, Resource] = Field(default_factory=dict)
    sensors: tuple[str, ...] = ()

    _web: Web | None = PrivateAttr(default=None)
    _service: Service | None = PrivateAttr(default=None)
    _found: str | None = PrivateAttr(default=None)  # the chassis, where none is written
    _ways: dict[str, Way] = PrivateAttr(default_factory=dict)
    _walked: dict[str, Any] = PrivateAttr(default_factory=dict)
    _highest_w: dict[str, float] = PrivateAttr(default_factory=dict)
    _silent: dict[str, int] = PrivateAttr(default_factory=dict)  # polls in a row that gave no value
    _looked: dict[str, float] = PrivateAttr(default_factory=dict)  # when its way was found

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.user is None) != (self.password is None):
            msg = "user and password go together: write both or none"
            raise ValueError(msg)
        if self.points and self.resource:
            msg = "resource and points say the same: keep one"
            raise ValueError(msg)
        if self.fingerprint and self.ca:
            msg = "fingerprint and ca say the same: keep one"
            raise ValueError(msg)
        if (self.fingerprint or self.ca) and not self.url.startswith("https:"):
            msg = (
                "fingerprint and ca are of https: with http nobody proves who answers, and a password goes in the clear"
            )
            raise ValueError(msg)
        if short := [point for point in self.points if "/" not in point]:
            msg = f'points has "{short[0]}": write the full id, site/{short[0]}'
            raise ValueError(msg)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset((point, "power") for point in self.points)

    async def fetch(self) -> bytes:
        """Ask every resource that has a point; one that is silent costs no other.

        Raises:
            SourceUnreachable: no answer within the deadline.
            SourceRefused: certificate, credentials or resource; only a person can mend that.
        """
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                return await self._poll(self._connected())
        except SourceRefused:
            self._ways.clear()
            if self._service:
                await self._service.close()  # a session may end without a 401: the next poll opens one
            raise
        except TimeoutError as error:
            msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check its power, network and address."
            raise SourceUnreachable(msg) from error

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """`energy_counter` and `power` of each point, as far as the device gives them.

        Raises:
            PayloadUnreadable: the payload makes no sense.
        """
        told = decoded(Payload, payload, what="A Redfish payload")
        for point, answer in told.points.items():
            yield from _readings(point, answer, at)

    async def close(self) -> None:
        """Log out, and let the shared connections go."""
        service, self._service = self._service, None
        web, self._web = self._web, None
        if service:
            await service.close()
        if web:
            await web.leave()

    async def _poll(self, service: Service) -> bytes:
        wanted = self.points or {self.point: self.resource or self._found or await self._only(service)}
        answers: dict[str, Any] = {}
        silent: NotServed | None = None
        for point, resource in wanted.items():
            try:
                answers[point] = await self._ask(service, resource)
            except NotServed as error:
                silent = error
                answers[point] = {"absent": str(error)}
        if silent and all("absent" in answer for answer in answers.values()):
            raise silent
        return json.dumps({"points": answers}, ensure_ascii=False).encode(errors="replace")  # "\ud800" is no text

    async def _ask(self, service: Service, resource: str) -> dict[str, Any]:
        way, bodies = self._ways.get(resource), list[Any]()
        if way and way.name == "PowerSubsystem" and time.monotonic() - self._looked[resource] > SUPPLIES_S:
            way, self._looked[resource] = None, time.monotonic()  # its supplies may be more
        if way:
            bodies = await self._bodies(service, way)
            if self._lost(resource, way, bodies):
                self._ways.pop(resource)
                self._walked.clear()  # new firmware: what was walked is of the old
                way = None
        if way is None:
            way, keep = await Search(service, self.sensors, self._walked).way(resource)
            if keep:
                self._ways[resource], self._looked[resource], self._silent[resource] = way, time.monotonic(), 0
            bodies = [await service.get(uri) for uri in way.uris]
        date = service.date
        state = await self._state(service, way, bodies)
        return {"way": way.name, "state": state, "date": date, "bodies": bodies}

    @staticmethod
    async def _bodies(service: Service, way: Way) -> list[Any]:
        """Ask a remembered way; one that gives no resource may be a session that ended with a login page, not a 401."""
        bodies = [await service.get(uri) for uri in way.uris]
        if not all(isinstance(body, dict) for body in bodies):
            await service.close()
            bodies = [await service.get(uri) for uri in way.uris]
        return bodies

    def _lost(self, resource: str, way: Way, bodies: list[Any]) -> bool:
        """Whether a remembered way is to be looked for again: gone, moved or long silent."""
        if any(body is None for body in bodies) or (not self.sensors and moved(way, bodies)):
            return True
        told = all(isinstance(body, dict) for body in bodies) and WAYS[way.name](bodies).answers
        self._silent[resource] = 0 if told else self._silent[resource] + 1
        return self._silent[resource] >= MOST_SILENT

    async def _state(self, service: Service, way: Way, bodies: list[Any]) -> str | None:
        """Ask whether the host is on where its power is so low, or absent, that it may be off."""
        first = bodies[0] if isinstance(bodies[0], dict) else {}
        if isinstance(first.get("PowerState"), str):
            return str(first["PowerState"])
        if not way.states or not all(isinstance(body, dict) for body in bodies):
            return None
        watts = WAYS[way.name](bodies).watts or 0.0
        highest_w = self._highest_w.get(way.uris[0], 0.0)
        if watts > LOW_SHARE * highest_w > 0:
            self._highest_w[way.uris[0]] = max(highest_w, watts)
            return None
        found = {str(_object(await service.get(uri)).get("PowerState")) for uri in way.states}
        if "On" in found:
            self._highest_w[way.uris[0]] = max(highest_w, watts)
        return found.pop() if len(found) == 1 else None

    async def _only(self, service: Service) -> str:
        listed = await chassis(service)
        if len(listed) > 1:
            answering = [uri for uri in listed if await self._gives_power(service, uri)]
            listed = [only(service, answering)]
        self._found = listed[0]
        return self._found

    async def _gives_power(self, service: Service, uri: str) -> bool:
        if uri in self._ways:
            return True
        try:
            way, keep = await Search(service, self.sensors, self._walked).way(uri)
        except SourceRefused:
            return False
        if keep:
            self._ways[uri], self._looked[uri], self._silent[uri] = way, time.monotonic(), 0
        return True  # at 0 W too: a host that is off now may be the one that is meant

    def _connected(self) -> Service:
        if self._service is None:
            self._web = self._web or Web.enter()
            self._service = Service(self._web, self.url, self._label, self._tls(), self._account())
        return self._service

    def _account(self) -> Account | None:
        if self.user is None or self.password is None:
            return None
        try:
            password = self.password.resolve().get_secret_value()
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
        return Account(self.user, password, self.auth == "basic")

    def _tls(self) -> ssl.SSLContext | aiohttp.Fingerprint | bool:
        if self.fingerprint:
            return aiohttp.Fingerprint(bytes.fromhex(self.fingerprint))
        return trusting(self.ca) if self.ca else True

    @property
    def _label(self) -> str:
        return f"Redfish service {urlsplit(self.url).netloc}"


def _readings(point: str, answer: Answer, at: datetime) -> Iterator[Reading]:
    sample, clock = answer.sample(), answer.device_time()
    quality = Quality.REJECTED if sample.doubt else Quality.MEASURED
    if sample.kwh:  # a register at 0 is one that the device does not keep
        yield Reading(point, "energy_counter", at, sample.kwh, quality, reason=sample.doubt, device_time=clock)
    if sample.watts is not None:
        yield Reading(point, "power", at, sample.watts, quality, answer.off, sample.doubt, clock)


def _object(body: object) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}
