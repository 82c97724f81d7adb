"""One SNMP agent as the collector sees it: walk columns, get objects a few at a time, one question in flight."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from gufo.snmp import (
    Aes128Key,
    Aes256Key,
    DesKey,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha256Key,
    Sha512Key,
    SnmpAuthError,
    SnmpError,
    User,
)
from gufo.snmp.aio import SnmpSession

from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gufo.snmp import ValueType

Answer = TypeVar("Answer")

ANSWER_S = 2.0
TRIES = 2  # a datagram may be lost
MOST_OBJECTS = 15  # cheap agents refuse more in one request, or cut the answer at 484 bytes
MOST_ROWS = 2000
REFRESH_S = 100.0  # an SNMPv3 agent forgets our clock after 150 s (RFC 3414, 2.2.3)
UPTIME = "1.3.6.1.2.1.1.3.0"
AUTH = {"md5": Md5Key, "sha1": Sha1Key, "sha256": Sha256Key, "sha512": Sha512Key}
PRIV = {"des": DesKey, "aes128": Aes128Key, "aes256": Aes256Key}


@dataclass(frozen=True, slots=True)
class Login:
    """A community (v2c), or a user with its keys (v3)."""

    community: str = field(default="", repr=False)
    user: str = ""
    auth: str | None = None
    auth_password: str = field(default="", repr=False)
    priv: str | None = None
    priv_password: str = field(default="", repr=False)

    def as_user(self) -> User | None:
        """Return the user of v3, or None for v2c."""
        if not self.user:
            return None
        auth = AUTH[self.auth](self.auth_password.encode()) if self.auth else None
        priv = PRIV[self.priv](self.priv_password.encode()) if self.priv else None
        return User(self.user, auth_key=auth, priv_key=priv)


@dataclass(slots=True, eq=False)
class Agent:
    """Talks to one device; not for two polls at once."""

    host: str
    port: int
    login: Login
    _session: SnmpSession | None = None
    _refreshed: float = 0.0

    @property
    def label(self) -> str:
        """How sentences name it."""
        return f"SNMP agent {self.host}:{self.port}"

    async def walk(self, oid: str) -> list[str]:
        """Return the objects below `oid`, by GETNEXT, which every agent knows."""
        found: list[str] = []

        async def rows() -> None:
            found.clear()
            async for each, _ in (await self._open()).getnext(oid):
                found.append(each)
                if len(found) >= MOST_ROWS:
                    return

        await self._asked(rows)
        return found

    async def get(self, oids: Sequence[str]) -> dict[str, ValueType]:
        """Return what the agent says of objects, those without a value left out."""
        found: dict[str, ValueType] = {}
        for start in range(0, len(oids), MOST_OBJECTS):
            found |= await self._some(oids[start : start + MOST_OBJECTS])
        return found

    async def _some(self, oids: Sequence[str]) -> dict[str, ValueType]:
        """Ask for objects together, and by halves where that gives nothing: too much at once, or one of them is odd."""

        async def together() -> dict[str, ValueType]:
            return await (await self._open()).get_many(list(oids))

        found = await self._asked(together)
        half = len(oids) // 2
        return found if found or not half else await self._some(oids[:half]) | await self._some(oids[half:])

    def close(self) -> None:
        """Let the socket go."""
        self._session = None

    async def _asked(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask, and once more where a datagram may be lost."""
        for left in reversed(range(TRIES)):
            try:
                return await question()
            except TimeoutError as error:
                self.close()  # an answer that comes too late must not meet the next question
                if not left:
                    msg = f"{self.label} gave no answer: check its power, network, address and {self._key}."
                    raise SourceUnreachable(msg) from error
            except SnmpAuthError as error:
                self.close()
                msg = f"{self.label} refuses user {self.login.user}: check user, auth, priv and their passwords."
                raise SourceRefused(msg) from error
            except NoSuchInstance as error:
                msg = f"{self.label} has none of the objects asked for: choose another profile."
                raise SourceRefused(msg) from error
            except (SnmpError, OSError) as error:
                self.close()
                msg = f"{self.label} broke off ({error}): check that it speaks SNMP there."
                raise SourceUnreachable(msg) from error
        raise AssertionError

    @property
    def _key(self) -> str:
        return "user and passwords" if self.login.user else "community"

    async def _open(self) -> SnmpSession:
        fresh = self._session is None
        session = self._session = self._session or SnmpSession(
            await self._address(),
            port=self.port,
            community=self.login.community,
            user=self.login.as_user(),
            timeout=ANSWER_S,
        )
        if fresh or time.monotonic() - self._refreshed > REFRESH_S:
            await session.refresh()
            self._refreshed = time.monotonic()
        return session

    async def _address(self) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            msg = f"{self.label} has no address: correct host, or ask who runs its names."
            raise SourceUnreachable(msg) from error
        return str(found[0][4][0])
