"""IPMI messages and the replies that tell power: pure bytes in, values out.

A *reply* here is the completion code followed by the answer's bytes, as it is recorded in a payload. Sources: IPMI
v2.0 rev. 1.1 section 13.8 and tables 5-2, 28-3; DCMI 1.5 tables 6-2, 6-3 and 6-16.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from config.errors import PayloadUnreadable

BMC, CONSOLE = 0x20, 0x81  # addresses on the message level
SHORTEST_MESSAGE = 8  # addresses, checksums, sequence, command and a completion code
CAPABILITIES_LENGTH = 7  # up to the byte that names power management
DCMI_GROUP = 0xDC
OK = 0x00
BUSY = frozenset({0xC0, 0xC3})  # node busy, timeout inside the BMC: the same question again, a little later
UNSUPPORTED = frozenset({0xC1, 0xC2, 0xCC, 0xD6})  # invalid command, for this LUN, data field; disabled
FORBIDDEN = 0xD4
COMPLETION = {
    0xC0: "node busy",
    0xC1: "invalid command",
    0xC3: "timeout inside the BMC",
    0xC9: "parameter out of range",
    0xCB: "sensor or record not present",
    0xCC: "invalid data field",
    0xD4: "insufficient privilege",
    0xD5: "not supported in the present state",
    0xFF: "unspecified error",
}


class Command(NamedTuple):
    """A request's network function and number."""

    netfn: int
    number: int


CHASSIS_STATUS = Command(0x00, 0x01)
SENSOR_READING = Command(0x04, 0x2D)
DEVICE_ID = Command(0x06, 0x01)
SET_PRIVILEGE = Command(0x06, 0x3B)
CLOSE_SESSION = Command(0x06, 0x3C)
RESERVE_SDR = Command(0x0A, 0x22)
GET_SDR = Command(0x0A, 0x23)
DCMI_CAPABILITIES = Command(0x2C, 0x01)
DCMI_POWER = Command(0x2C, 0x02)
ASK_CAPABILITIES = bytes([DCMI_GROUP, 0x01])
ASK_POWER = bytes([DCMI_GROUP, 0x01, 0x00, 0x00])  # mode 1: system power


class ReplyKey(NamedTuple):
    """What a reply must repeat to belong to a request: its command and its 6-bit sequence number."""

    command: Command
    sequence: int


def checksum(covered: bytes) -> int:
    """Two's complement checksum: covered bytes and checksum sum to zero."""
    return -sum(covered) & 0xFF


def request_message(key: ReplyKey, body: bytes, *, lun: int = 0) -> bytes:
    """Return the bytes of a request to the BMC (IPMI v2.0, 13.8): both heads with their checksums around `body`."""
    head = bytes([BMC, key.command.netfn << 2 | lun])
    tail = bytes([CONSOLE, key.sequence << 2, key.command.number]) + body
    return head + bytes([checksum(head)]) + tail + bytes([checksum(tail)])


def read_reply(message: bytes) -> tuple[ReplyKey, bytes]:
    """Whose reply a message is, and the reply.

    Raises:
        PayloadUnreadable: it is no reply to this console, or a checksum is wrong.
    """
    if len(message) < SHORTEST_MESSAGE or checksum(message[:2]) != message[2] or checksum(message[3:-1]) != message[-1]:
        msg = f"An IPMI message of {len(message)} bytes is cut short or has a wrong checksum."
        raise PayloadUnreadable(msg)
    netfn = message[1] >> 2
    if message[0] != CONSOLE or not netfn & 1:
        msg = "An IPMI message is a request, or a reply to someone else."
        raise PayloadUnreadable(msg)
    return ReplyKey(Command(netfn - 1, message[5]), message[4] >> 2), message[6:-1]


def completion(code: int) -> str:
    """A completion code in words."""
    return f"0x{code:02X} ({COMPLETION.get(code, 'see IPMI v2.0 table 5-2')})"


@dataclass(frozen=True, slots=True)
class PowerReading:
    """DCMI Get Power Reading, mode 1: watts over `window_ms`, the BMC's clock, and whether it says it measures."""

    current_w: int
    clock: int
    window_ms: int
    active: bool


_POWER = struct.Struct("<BB4HIIB")
CLOCK_AT = slice(10, 14)
MOVES = 10
FIRMWARE_KNOWN = 5  # bytes
STILL = 5  # polls after which a reply is a repetition


def power_reading(reply: bytes) -> PowerReading:
    """Decode the reply to `DCMI_POWER`; values are passed on as they are, sentinels included.

    Raises:
        PayloadUnreadable: it is an error reply, too short, or not DCMI's.
    """
    if reply[:1] not in (b"", b"\0"):
        msg = f"The BMC answered the DCMI power reading with completion code {completion(reply[0])}."
        raise PayloadUnreadable(msg)
    if len(reply) < _POWER.size or reply[1] != DCMI_GROUP:
        msg = f"A DCMI power reading of {len(reply)} bytes is not the {_POWER.size} bytes that DCMI defines."
        raise PayloadUnreadable(msg)
    _, _, current, _minimum, _maximum, _average, clock, window_ms, state = _POWER.unpack_from(reply)
    return PowerReading(current, clock, window_ms, bool(state & 0x40))


def firmware(reply: bytes) -> bytes:
    """The firmware revisions of a Get Device ID (IPMI v2.0, 20.1), empty where the BMC does not tell."""
    if len(reply) < FIRMWARE_KNOWN or reply[0] != OK:
        return b""
    return bytes([reply[3] & 0x7F, reply[4]]) + reply[12:16]  # bit 7 says that an update is under way


@dataclass(slots=True)
class Stillness:
    """Counts polls in which a BMC repeats its whole reply, time stamp included, after that moved with every poll.

    Only of a BMC whose time stamp is known to move with each reading does standing still say that it measures no more.
    """

    last: bytes = b""
    moved: int = 0
    still: int = 0

    def seen(self, reply: bytes) -> int:
        """Take the reply of one poll; return in how many polls nothing has moved, 0 where that says nothing."""
        same, sure = reply == self.last, self.moved == MOVES
        self.still = self.still + 1 if same and sure else 0
        if reply[CLOCK_AT] != self.last[CLOCK_AT]:
            self.moved = min(self.moved + 1, MOVES)
        elif not (same and sure):
            self.moved = 0  # a time stamp that is slower than the polls, or does not belong to the reading
        self.last = reply
        return self.still


def has_power_management(reply: bytes) -> bool | None:
    """Whether DCMI capabilities (parameter 1) name power management; None if the reply does not tell."""
    if len(reply) < CAPABILITIES_LENGTH or reply[0] != OK or reply[1] != DCMI_GROUP:
        return None
    return bool(reply[6] & 0x01)


def is_chassis_on(reply: bytes) -> bool | None:
    """Whether the host is powered, from Get Chassis Status; None if the reply does not tell."""
    if reply[:1] != b"\0" or not reply[1:]:
        return None
    return bool(reply[1] & 0x01)
