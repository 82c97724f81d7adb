"""One connection to each gateway, and one request in flight on it: behind it is a serial line with many meters."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse

from config.errors import CollectError, PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the runner says what failed, once per change of state

ANSWER_S = 3.0  # a dead meter holds up those behind the same gateway no longer
Key = tuple[str, int]
_OPEN: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Key, Gateway]] = WeakKeyDictionary()

EXCEPTIONS: dict[int, tuple[Callable[[str], CollectError], str]] = {
    1: (SourceRefused, "does not know function {function}: choose another map"),
    2: (SourceRefused, "has no register {address}: choose another map or unit"),
    3: (SourceRefused, "refuses to give {count} registers at {address}: choose another map"),
    4: (SourceUnreachable, "failed within while it was read"),
    5: (SourceUnreachable, "needs longer for its answer"),
    6: (SourceUnreachable, "is busy"),
    10: (SourceUnreachable, "is not reached by the gateway, which has no path to it"),
    11: (SourceUnreachable, "gives the gateway no answer: check its power, its wires and the unit"),
}


class NoRegister(SourceRefused):
    """The meter has no such register; who walks through a meter goes on."""


@dataclass(slots=True, eq=False)
class Gateway:
    """The connection to one host and port, shared by all sources of an event loop."""

    host: str
    port: int
    users: int = 0
    _client: AsyncModbusTcpClient | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @staticmethod
    def enter(host: str, port: int) -> Gateway:
        """Return the gateway of the running loop; each who enters must `leave` once."""
        known = _OPEN.setdefault(asyncio.get_running_loop(), {})
        found = known.setdefault((host, port), Gateway(host, port))
        found.users += 1
        return found

    def leave(self) -> None:
        """Let go; the last one closes the connection."""
        self.users -= 1
        if self.users == 0:
            self._drop()
            _OPEN.get(asyncio.get_running_loop(), {}).pop((self.host, self.port), None)

    async def read(self, unit: int, function: int, address: int, count: int) -> list[int]:
        """Return registers, when it is this request's turn.

        Raises:
            SourceUnreachable: no connection, or the meter gives no answer.
            SourceRefused: the meter has no such register (`NoRegister`) or function.
            PayloadUnreadable: what answers is not Modbus.
        """
        async with self._turn:
            finished = False
            try:
                async with asyncio.timeout(ANSWER_S):
                    client = await self._connected()
                    ask = client.read_input_registers if function == 4 else client.read_holding_registers  # noqa: PLR2004
                    reply = await ask(address, count=count, device_id=unit)
                finished = True
            except TimeoutError as error:
                msg = f"Unit {unit} behind {self.label} gave no answer within {ANSWER_S:g} s: check wires and unit."
                raise SourceUnreachable(msg) from error
            except (ModbusException, OSError) as error:
                msg = f"{self.label} broke off its answer: check that it speaks Modbus TCP there."
                raise SourceUnreachable(msg) from error
            finally:
                if not finished:
                    self._drop()  # an answer that comes too late must not meet the next question
        if isinstance(reply, ExceptionResponse):
            raise self._refusal(reply.exception_code, unit, function=function, address=address, count=count)
        if len(reply.registers) != count:
            msg = f"{self.label} gives {len(reply.registers)} registers where {count} were asked for."
            raise PayloadUnreadable(msg)
        return list(reply.registers)

    @property
    def label(self) -> str:
        """How sentences name it."""
        return f"Modbus gateway {self.host}:{self.port}"

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None or not self._client.connected:
            self._drop()
            self._client = AsyncModbusTcpClient(
                self.host, port=self.port, timeout=2 * ANSWER_S, retries=0, reconnect_delay=0
            )
            if not await self._client.connect():
                msg = f"{self.label} does not answer: check its power, network and address."
                raise SourceUnreachable(msg)
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _refusal(self, code: int, unit: int, **asked: int) -> CollectError:
        kind, text = EXCEPTIONS.get(code, (SourceUnreachable, f"answers with exception {code}"))
        kind = NoRegister if code in {2, 3} else kind
        return kind(f"Unit {unit} behind {self.label} {text.format(**asked)}.")
