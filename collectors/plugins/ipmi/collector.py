"""The `ipmi` source: which question is put to which BMC, once per poll."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from collectors.contract import Collector
from collectors.plugins.ipmi import messages
from collectors.plugins.ipmi.link import Link
from collectors.plugins.ipmi.payload import encode_dcmi, encode_sensors, read_payload
from collectors.plugins.ipmi.rakp import Account, Privilege
from collectors.plugins.ipmi.repository import SensorWalk
from collectors.plugins.ipmi.rmcp import KEEP_ALIVE_S, Forbidden, Session, open_session
from collectors.plugins.ipmi.sdr import WattSensor, watt_sensor
from collectors.reading import Quality, Reading
from config.errors import CollectError, ConfigError, PayloadUnreadable, SourceRefused, SourceUnreachable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITES: dict[str | int, tuple[int, ...]] = {"auto": (17, 3), 17: (17,), 3: (3,)}
LONGEST_PASSWORD = 20
SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's


def _number(written: object) -> object:
    """A suite from a CSV cell is text."""
    return int(written) if isinstance(written, str) and written.isdecimal() else written


class Ipmi(Collector):
    """One BMC: its host's power by DCMI or, failing that, by watt sensors; see the package's manual."""

    always: ClassVar[frozenset[str] | None] = frozenset({"power"})

    kind: Literal["ipmi"] = "ipmi"
    interval_s: float = Field(default=60.0, ge=5)
    host: str = Field(min_length=1)
    port: int = Field(default=623, ge=1, le=65535)
    user: str = Field(max_length=16)
    password: Secret
    suite: Annotated[Literal["auto", 17, 3], BeforeValidator(_number)] = "auto"
    privilege: Literal["auto", "user", "operator", "administrator"] = "auto"
    prefer: Literal["dcmi", "sdr"] = "dcmi"
    sensors: tuple[str, ...] = ()

    _link: Link | None = PrivateAttr(default=None)
    _session: Session | None = PrivateAttr(default=None)
    _by: Literal["dcmi", "sdr"] | None = PrivateAttr(default=None)  # asked once, then kept: the two differ
    _walk: SensorWalk = PrivateAttr(default_factory=SensorWalk)
    _chosen: list[tuple[bytes, WattSensor]] = PrivateAttr(default_factory=list)
    _known: Session | None = PrivateAttr(default=None)  # the session in which the firmware was asked for
    _firmware: bytes = PrivateAttr(default=b"")
    _stillness: messages.Stillness = PrivateAttr(default_factory=messages.Stillness)
    _raised: bool = PrivateAttr(default=False)  # this BMC gives power to administrators only

    async def fetch(self) -> bytes:
        """Ask power and chassis state in the kept session; log in where there is none or the BMC forgot it.

        Raises:
            SourceUnreachable: no answer within the deadline.
            SourceRefused: wrong account, no common cipher suite, or no power to be read there.
            PayloadUnreadable: what answers is no BMC, or its sensor records make no sense.
        """
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                return await self._poll()
        except TimeoutError as error:
            silence = self._silence()
            self._abandon()
            raise silence from error
        except CollectError:
            if not (self._session and self._session.busy):
                self._abandon()
            raise

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `power` reading; none where a host that is off gives no value.

        Raises:
            PayloadUnreadable: the payload makes no sense, or a running host gives no value.
        """
        sample = read_payload(payload)
        if sample.watts is not None:
            clock = None if sample.clock is None else datetime.fromtimestamp(sample.clock, UTC)
            old = sample.still >= messages.STILL and not sample.off  # a host that is off has nothing new to say
            reason = f"the BMC repeats a reading, with its time, for {sample.still} polls" if old else None
            quality = Quality.REJECTED if old else Quality.MEASURED
            yield Reading(self.point, "power", at, sample.watts, quality, sample.off, reason, clock)

    async def close(self) -> None:
        """Close the session on the BMC, which has only a few to give."""
        session, self._session = self._session, None
        if session:
            await session.close()
        self._abandon()

    async def _poll(self) -> bytes:
        if self._session:
            try:
                return await self._ask(self._session)
            except (SourceUnreachable, SourceRefused):  # forgotten, or fallen back to a lower privilege
                if self._session.busy:
                    raise
                self._abandon()
        session = await self._log_in()
        try:
            return await self._ask(session)
        except Forbidden:
            if self._raised or self.privilege != "auto":
                raise
        self._raised = True
        await self.close()
        return await self._ask(await self._log_in())

    async def _log_in(self) -> Session:
        self._link = await Link.open(self.host, self.port, label=self._label)
        account, suites = self._account(), SUITES[self.suite]
        self._session = await open_session(self._link, account, suites, patience_s=self.deadline_s / 2)
        return self._session

    async def _ask(self, session: Session) -> bytes:
        if self._by == "sdr" and session is not self._known:
            await self._look_at_firmware(session)
        if self._by is None:
            self._by = await self._choose(session)
            if self._by == "sdr":
                await self._look_at_firmware(session)
        if self._by == "dcmi":
            power = await session.request(messages.DCMI_POWER, messages.ASK_POWER)
            chassis = await session.request(messages.CHASSIS_STATUS)
            payload = encode_dcmi(chassis, power, still=self._stillness.seen(power))
        else:
            replies = [
                (record, await session.request(messages.SENSOR_READING, bytes([sensor.number]), lun=sensor.lun))
                for record, sensor in self._chosen
            ]
            payload = encode_sensors(await session.request(messages.CHASSIS_STATUS), replies)
        if self.interval_s > KEEP_ALIVE_S:
            session.stay_awake()
        return payload

    async def _look_at_firmware(self, session: Session) -> None:
        """Forget what was chosen where the BMC came back with other firmware: it may number its sensors anew."""
        version = messages.firmware(await session.request(messages.DEVICE_ID))
        if self._firmware and version and version != self._firmware:
            self._by, self._walk = None, SensorWalk()
            self._chosen.clear()
        self._firmware, self._known = version or self._firmware, session

    async def _choose(self, session: Session) -> Literal["dcmi", "sdr"]:
        if self.prefer == "dcmi" and await _has_dcmi(session):
            return "dcmi"
        records = await self._walk.finish(session)
        found = [(record, sensor) for record in records if (sensor := watt_sensor(record))]
        self._chosen.extend(self._pick(found))
        return "sdr"

    def _pick(self, found: list[tuple[bytes, WattSensor]]) -> list[tuple[bytes, WattSensor]]:
        """The sensors that make up the server: the named ones, or the only one; never a guess."""
        names = [sensor.name for _, sensor in found]
        listed = ", ".join(f"'{name}'" for name in names) or "none"
        if absent := [name for name in self.sensors if name not in names]:
            msg = f"{self._label} has no watt sensor '{absent[0]}': its watt sensors are {listed}."
            raise SourceRefused(msg)
        if not found:
            msg = f"{self._label} offers neither DCMI power nor a watt sensor: read this server at its PDU outlet."
            raise SourceRefused(msg)
        if len(found) > 1 and not self.sensors:
            msg = f"{self._label} has several watt sensors ({listed}): name those to be added in `sensors`."
            raise SourceRefused(msg)
        return [(record, sensor) for record, sensor in found if not self.sensors or sensor.name in self.sensors]

    def _account(self) -> Account:
        try:
            password = self.password.resolve().get_secret_value().encode()
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
        if len(password) > LONGEST_PASSWORD:
            msg = f"The password for {self._label} is longer than the {LONGEST_PASSWORD} bytes that IPMI allows."
            raise SourceRefused(msg)
        least = "administrator" if self._raised else "user"
        return Account(
            self.user.encode(), password, Privilege[(least if self.privilege == "auto" else self.privilege).upper()]
        )

    def _silence(self) -> CollectError:
        """Why the deadline passed: nothing came, or what came is not IPMI."""
        if self._link and self._link.strange and not self._session:
            return PayloadUnreadable(f"{self._label} answers with something that is not IPMI: check host and port.")
        return SourceUnreachable(
            f"{self._label} gave no answer within {self.deadline_s:g} s: check its power, network and address."
        )

    def _abandon(self) -> None:
        if self._session:
            self._session.abandon()
        elif self._link:
            self._link.close()
        self._session = self._link = None

    @property
    def _label(self) -> str:
        return f"BMC {self.host}:{self.port}"


async def _has_dcmi(session: Session) -> bool:
    """Whether the BMC names power management, or does not tell but answers."""
    told = messages.has_power_management(await session.request(messages.DCMI_CAPABILITIES, messages.ASK_CAPABILITIES))
    if told is False:
        return False
    return (await session.request(messages.DCMI_POWER, messages.ASK_POWER))[0] not in messages.UNSUPPORTED
