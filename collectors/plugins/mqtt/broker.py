"""What every source behind an MQTT broker has: how to reach it, and a connection that listens between polls."""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from pathlib import Path  # noqa: TC003 - pydantic needs the class
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.plugins.local import file_of
from collectors.plugins.mqtt.listener import Listener, Waiting
from collectors.plugins.trust import trusting
from config.errors import ConfigError, SourceRefused, SourceUnreachable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from aiomqtt import Client

    from collectors.plugins.mqtt.listener import Arrived

SHARE_OF_DEADLINE = 0.8  # a poll that opens a connection waits so long, and the runner must not end it
SHARE_OF_HELLO = 0.4  # the library ends its own wait cleanly, and must not be cancelled within it
PORT, TLS_PORT = 1883, 8883


class BrokerSource(Collector):
    """One broker; a poll takes what it sent since the last one."""

    in_flight: ClassVar[int] = 100

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    tls: bool = False
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None
    user: str | None = None
    password: Secret | None = None

    _listener: Listener | None = PrivateAttr(default=None)
    _waiting: Waiting = PrivateAttr(default_factory=Waiting)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.password is not None and self.user is None:
            msg = "password needs user: write both or none"
            raise ValueError(msg)
        if self.ca is not None and not self.tls:
            msg = "ca needs tls = true"
            raise ValueError(msg)
        return self

    @property
    @abstractmethod
    def subscriptions(self) -> list[str]:
        """The topics that it asks the broker for."""

    async def taken(self) -> list[Arrived]:
        """Take what came; open the connection where there is none.

        Raises:
            SourceUnreachable: no broker within the deadline.
            SourceRefused: the login, the certificate or a topic.
            PayloadUnreadable: more came than one poll takes.
        """
        if self._listener is None or self._listener.ended:
            await self._connect()
        return self._waiting.take(self._label)

    async def close(self) -> None:
        """Disconnect from the broker."""
        listener, self._listener = self._listener, None
        if listener:
            await listener.close()

    async def _connect(self) -> None:
        former, self._listener = self._listener, None
        if former:
            await former.close()
        listener = Listener(self._client(), self.subscriptions, self._label, self._waiting)
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                await listener.ready()
                self._listener = listener
                await listener.first()
        except TimeoutError as error:
            if self._listener is None:
                msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check power, network and address."
                raise SourceUnreachable(msg) from error
        finally:
            if self._listener is None:
                await listener.close()

    def _client(self) -> Client:
        import aiomqtt

        try:
            password = self.password.resolve().get_secret_value() if self.password else None
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
        context = (trusting(self.ca) if self.ca else ssl.create_default_context()) if self.tls else None
        return aiomqtt.Client(
            self.host,
            self.port or (TLS_PORT if self.tls else PORT),
            username=self.user,
            password=password,
            tls_context=context,
            timeout=self.deadline_s * SHARE_OF_HELLO,
        )

    @property
    def _label(self) -> str:
        return f"MQTT broker {self.host}:{self.port or (TLS_PORT if self.tls else PORT)}"
