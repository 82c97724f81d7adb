"""The `snmp` source: which objects are asked of which device, found by walking once a day."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, file_of, full_id, repeated
from collectors.plugins.snmp.agent import UPTIME, Agent, Login
from collectors.plugins.snmp.profiles import profile_of
from collectors.plugins.snmp.values import chosen, plain, values, walks, within
from collectors.reading import Quality, Reading
from config.errors import ConfigError, SourceRefused, SourceUnreachable
from config.reading.wording import listed
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from collectors.plugins.snmp.profiles import Column

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
WALK_AGAIN_S = 86400.0  # new firmware, or a PDU more in the chain, renumbers rows
STARTING_S = 900.0  # a device that has just started may show its linked units and outlets minutes later
TICKS = 100  # of sysUpTime, a second


class Payload(BaseModel):
    """`{"uptime": 4711, "objects": {"1.3.6.1...": 138}}`: an object found by walking that is silent now is null."""

    model_config = ConfigDict(frozen=True)

    uptime: int | None = None
    objects: dict[str, int | float | str | None]


class Snmp(Collector):
    """One device with an SNMP agent: a PDU, a UPS, a BMC; see the package's manual."""

    in_flight: ClassVar[int] = 300

    kind: Literal["snmp"] = "snmp"
    host: str = Field(min_length=1)
    port: int = Field(default=161, ge=1, le=65535)
    profile: Annotated[str, BeforeValidator(file_of), Field(min_length=1)]
    points: dict[str, str] = Field(default_factory=dict)
    community: Secret | None = None
    user: str | None = None
    auth: Literal["md5", "sha1", "sha256", "sha512"] | None = None
    auth_password: Secret | None = None
    priv: Literal["des", "aes128", "aes256"] | None = None
    priv_password: Secret | None = None

    _agent: Agent | None = PrivateAttr(default=None)
    _objects: list[str] = PrivateAttr(default_factory=list)
    _walk_due: float = PrivateAttr(default=0.0)
    _uptime: int = PrivateAttr(default=0)
    _missed: dict[str, float] = PrivateAttr(default_factory=dict)  # row -> since when walks do not show it

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            profile = profile_of(self.profile)
        except ConfigError as error:
            raise ValueError(str(error).rstrip(".")) from None
        layers = profile.layers
        mistake = self._login_mistake()
        if twice := repeated(self.points.values()):
            mistake = f'points has "{twice}" twice: give each part of the device one point'
        if twice := repeated(full_id(point, beside=self.point) for point in self.points):
            mistake = f"points has {twice} twice: layers of one device are points of their own"
        unknown = [where for where in self.points.values() if where.partition(" ")[0] not in layers]
        if unknown:
            mistake = f'points has "{unknown[0]}": the layers of {self.profile} are {listed(layers)}'
        if long := [where for where in self.points.values() or [""] if not (walks(profile, where) or " " in where)]:
            row = f'"{long[0] or layers[0]} 2.12"'
            mistake = mistake or f"points must name rows of {self.profile} by their whole index, such as {row}"
        if mistake:
            raise ValueError(mistake)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        profile = profile_of(self.profile)
        return frozenset(
            (full_id(point, beside=self.point), column.metric)
            for point, where in self.points.items()
            for column in chosen(profile, where)
        )

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        profile = profile_of(self.profile)
        return frozenset(column.metric for where in self.points.values() or [""] for column in chosen(profile, where))

    async def fetch(self) -> bytes:
        """Ask for the objects of the points.

        Raises:
            SourceUnreachable: no answer, which is also how SNMP v2c refuses a community.
            SourceRefused: the user of v3, or the device has no such objects.
        """
        self._agent = self._agent or Agent(self.host, self.port, self._login())
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                return await self._poll(self._agent)
        except TimeoutError as error:
            self._agent.close()
            msg = f"{self._agent.label} needs longer than {self.deadline_s:g} s: ask for less, or give it longer."
            raise SourceUnreachable(msg) from error

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric of each point that the device gives.

        Raises:
            PayloadUnreadable: the payload makes no sense.
        """
        told = decoded(Payload, payload, what="An SNMP payload").objects
        for point, where in (self.points or {self.point: ""}).items():
            for each in values(profile_of(self.profile), where, told):
                if each.metric == "energy_counter" and each.value == 0:
                    continue  # a device that does not meter energy shows 0 for ever
                quality = Quality.REJECTED if each.doubt else Quality.MEASURED
                id_ = full_id(point, beside=self.point)
                yield Reading(id_, each.metric, at, each.value, quality, reason=each.doubt)

    async def close(self) -> None:
        """Let the socket go."""
        agent, self._agent = self._agent, None
        if agent:
            agent.close()

    async def _poll(self, agent: Agent) -> bytes:
        if not self._objects or time.monotonic() > self._walk_due:
            await self._walk(agent)
        told = await agent.get([UPTIME, *self._objects])
        uptime = told.get(UPTIME)
        if isinstance(uptime, int) and uptime < self._uptime:  # it started anew: its rows may be others
            self._uptime = 0
            await self._walk(agent)
            told = await agent.get([UPTIME, *self._objects])
        uptime = told.pop(UPTIME, None)
        self._uptime = uptime if isinstance(uptime, int) else self._uptime
        if not told:
            msg = f"{agent.label} gives no value of its objects now: see whether profile is the one of this device."
            raise SourceUnreachable(msg)
        if isinstance(uptime, int) and uptime < STARTING_S * TICKS:
            self._walk_due = min(self._walk_due, time.monotonic() + STARTING_S)
        objects = {oid: plain(told.get(oid)) for oid in self._objects or told}
        return json.dumps({"uptime": uptime if isinstance(uptime, int) else None, "objects": objects}).encode()

    async def _walk(self, agent: Agent) -> None:
        profile = profile_of(self.profile)
        wanted = {where: list(chosen(profile, where)) for where in self.points.values() or [""]}
        roots = {column.oid for columns in wanted.values() for column in columns if column.walked}
        below = self._known([row for root in sorted(roots) for row in await agent.walk(root)], roots)
        below |= await self._named_rows(agent, wanted)
        found: dict[str, None] = {}
        for where, columns in wanted.items():
            rows = [(column, index) for column in columns for index in map(column.index_of, below[column.oid]) if index]
            own = [(column, index) for column, index in rows if within(index, where)]
            if not own:
                raise self._absent(agent, where or profile.layers[0], [index for _, index in rows])
            for column, index in own:
                found |= dict.fromkeys(column.objects(index))
        away = any(missed < math.inf for missed in self._missed.values())
        self._objects, self._walk_due = list(found), time.monotonic() + (STARTING_S if away else WALK_AGAIN_S)

    def _known(self, shown: list[str], roots: Collection[str]) -> dict[str, list[str]]:
        """Rows by column: those that a walk showed, and those missed for less than a quarter of an hour.

        Without them a unit that is away while rows are walked would leave a sum of the others.
        """
        now, there = time.monotonic(), set(shown)
        rows = {**self._missed, **dict.fromkeys(shown, math.inf)}
        self._missed = {row: missed if row in there else min(missed, now) for row, missed in rows.items()}
        known = [row for row, missed in self._missed.items() if now - missed < STARTING_S]
        return {root: [row for row in known if row.startswith(f"{root}.")] for root in roots}

    @staticmethod
    async def _named_rows(agent: Agent, wanted: dict[str, list[Column]]) -> dict[str, list[str]]:
        """Of tables that are too long to be walked: the rows that points name, as far as the device has them."""
        asked = [
            (column.oid, column.object_of(where.partition(" ")[2]))
            for where, columns in wanted.items()
            for column in columns
            if not column.walked
        ]
        told = await agent.get(list(dict.fromkeys(object_ for _, object_ in asked))) if asked else {}
        return {oid: [object_ for root, object_ in asked if root == oid and object_ in told] for oid, _ in asked}

    @staticmethod
    def _absent(agent: Agent, where: str, shown: list[str]) -> SourceRefused:
        has = f"it has {listed(list(dict.fromkeys(shown))[:20])}: correct points" if shown else "choose another profile"
        return SourceRefused(f"{agent.label} has nothing at {where}; {has}.")

    def _login_mistake(self) -> str | None:
        if (self.community is None) == (self.user is None):
            return "needs community (v2c) or user (v3), one of them"
        for name, word in (("auth", self.auth), ("priv", self.priv)):
            if (word is None) != (getattr(self, f"{name}_password") is None):
                return f"{name} and {name}_password go together: write both or none"
        if (self.auth and not self.user) or (self.priv and not self.auth):
            return "priv needs auth, and auth needs user"
        return None

    def _login(self) -> Login:
        def told(secret: Secret | None) -> str:
            return secret.resolve().get_secret_value() if secret else ""

        try:
            passwords = told(self.auth_password), told(self.priv_password)
            return Login(told(self.community), self.user or "", self.auth, passwords[0], self.priv, passwords[1])
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
