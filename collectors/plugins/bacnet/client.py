"""One BACnet/IP socket for all sources of an event loop, and the two services by which properties are read."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bacpypes3.apdu import ErrorRejectAbortNack
from bacpypes3.basetypes import ErrorType, Scale, StatusFlags
from bacpypes3.errors import DecodingError, RejectException
from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import Address, IPv4Address
from bacpypes3.settings import settings

from config.errors import PayloadUnreadable, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

settings.route_aware = True  # a station's address names the router before it, and nobody is asked where it is

AT_ONCE = 5  # objects of one question: the answer fits into 480 bytes, the smallest that controllers send
VENDOR = 999  # of nobody
DEVICE = 4_194_302  # the highest instance that a device may have: ours is asked for by nobody
FLAGS = ("in-alarm", "fault", "overridden", "out-of-service")
BEYOND_THE_LIBRARY = frozenset({"unknown-object", "unknown-property", "unsupported-object-type"})

_OPEN: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

Told = dict[str, object]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Client:
    """The socket of one event loop, closed when the last of its users lets go."""

    app: NormalApplication
    users: int = 0

    @staticmethod
    def enter() -> Client:
        """Return the client of the running loop, opened by the first who asks; each must `leave` once."""
        loop = asyncio.get_running_loop()
        if loop not in _OPEN:
            device = DeviceObject(objectIdentifier=("device", DEVICE), objectName="Wattlas", vendorIdentifier=VENDOR)
            _OPEN[loop] = Client(NormalApplication(device, IPv4Address(f"0.0.0.0:{_free_port()}")))
        found = _OPEN[loop]
        found.users += 1
        return found

    def leave(self) -> None:
        """Let go; the last one closes the socket."""
        self.users -= 1
        if self.users == 0:
            _OPEN.pop(asyncio.get_running_loop(), None)
            self.app.close()

    async def read(self, address: str, wanted: Mapping[str, Sequence[str]], label: str) -> dict[str, Told]:
        """Return the properties of each object as plain values; `error` stands where the controller gave one.

        Args:
            address: `10.6.0.5:47808`, or `12:5@10.6.0.5:47808` of station 5 of network 12 behind that router.
            wanted: objects with their properties.
            label: how sentences name the controller.

        Raises:
            SourceUnreachable: the controller refuses to be read at all.
            PayloadUnreadable: it answers with something that is no value of the objects.
        """
        try:
            return await self._parts(Address(address), wanted, label)
        except (RejectException, DecodingError) as error:
            msg = f"{label} answers with something that is no value of these objects ({error})."
            raise PayloadUnreadable(msg) from error

    async def _parts(self, address: Address, wanted: Mapping[str, Sequence[str]], label: str) -> dict[str, Told]:
        names = list(wanted)
        found: dict[str, Told] = {}
        for first in range(0, len(names), AT_ONCE):
            part = {name: wanted[name] for name in names[first : first + AT_ONCE]}
            try:
                found |= await self._together(address, part)
            except ErrorRejectAbortNack:  # it does not know the service, or its answer would be too long
                found |= await self._singly(address, part, label)
        return found

    async def _together(self, address: Address, wanted: Mapping[str, Sequence[str]]) -> dict[str, Told]:
        asked = [each for name, properties in wanted.items() for each in (name, list(properties))]
        found: dict[str, Told] = {name: {} for name in wanted}
        for id_, property_, _, value in await self.app.read_property_multiple(address, asked):
            told = found.get(f"{id_[0]},{id_[1]}", {})  # what was not asked for is nobody's
            told |= _plain(str(property_), value)
        return found

    async def _singly(self, address: Address, wanted: Mapping[str, Sequence[str]], label: str) -> dict[str, Told]:
        found: dict[str, Told] = {name: {} for name in wanted}
        for name, properties in wanted.items():
            for property_ in properties:
                try:
                    value = await self.app.read_property(address, name, property_)
                except ErrorRejectAbortNack as error:
                    reason = str(error).rpartition(" ")[2]
                    if reason not in BEYOND_THE_LIBRARY:
                        msg = f"{label} refuses to be read ({error}): see whether it speaks BACnet/IP there."
                        raise SourceUnreachable(msg) from error
                    found[name].setdefault("error", reason)
                else:
                    found[name] |= _plain(property_, value)
        return found


def _plain(property_: str, value: object) -> Told:
    """A property as JSON can hold it."""
    if isinstance(value, ErrorType):
        return {"error": str(value.errorCode)}
    if isinstance(value, StatusFlags):
        return {property_: [name for name, on in zip(FLAGS, list(value), strict=False) if on]}
    if isinstance(value, Scale):
        return {property_: value.floatScale if value.integerScale is None else 10.0 ** int(value.integerScale)}
    if property_ == "present-value":
        return {property_: float(value)}  # type: ignore[arg-type]  # a Real or an Unsigned of the library
    return {property_: str(value)}


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_:
        any_.bind(("", 0))
        return int(any_.getsockname()[1])
