"""Finding the watt sensors of a BMC: one walk through its SDR repository, resumed at the next poll if cut off.

IPMI v2.0 sections 33.11 and 33.12. A BMC may hold 200 records and take 20 ms for each, so a walk can outlast a poll.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from collectors.plugins.ipmi.messages import GET_SDR, OK, RESERVE_SDR, completion
from collectors.plugins.ipmi.sdr import watt_sensor
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collectors.plugins.ipmi.rmcp import Session

LAST = 0xFFFF
WHOLE_RECORD = 0xFF
HEADER_LENGTH = 5  # of a record; its last byte is the length of the rest
CHUNK = 16  # bytes that even an old BMC returns at once
RESERVATION_LOST = 0xC5
NO_REPOSITORY = frozenset({0xC1, 0xCB})  # no such command, or no record at all
TOO_MUCH = frozenset({0xC4, 0xC7, 0xC8, 0xCA, 0xFF})  # answers of BMCs that cannot return a record as a whole


class SensorWalk:
    """The walk and what it found so far: records of watt sensors, as the BMC gave them."""

    def __init__(self) -> None:
        """Start before the first record."""
        self.records: list[bytes] = []
        self._next = 0
        self._seen: set[int] = set()
        self._reservation = b"\0\0"
        self._by_chunk = False

    async def finish(self, session: Session) -> list[bytes]:
        """Walk on to the end of the repository.

        Raises:
            PayloadUnreadable: the repository cannot be read, or its records form a ring.
            CollectError: the session failed; a later call goes on where this one stopped.
        """
        while self._next != LAST:
            following, record = await self._record(session)
            if watt_sensor(record):
                self.records.append(record)
            self._seen.add(self._next)
            if following in self._seen:
                msg = f"The SDR repository is a ring: record {self._next} points back to record {following}."
                raise PayloadUnreadable(msg)
            self._next = following
        return self.records

    async def _record(self, session: Session) -> tuple[int, bytes]:
        if not self._by_chunk:
            reply = await self._get(session, 0, WHOLE_RECORD)
            if reply[0] == OK:
                return _following(reply), reply[3:]
            if reply[0] in NO_REPOSITORY and not self._seen:
                return LAST, b""
            self._by_chunk = reply[0] in TOO_MUCH
            if not self._by_chunk:
                raise _unreadable(reply)
        return await self._record_by_chunk(session)

    async def _record_by_chunk(self, session: Session) -> tuple[int, bytes]:
        reply = await self._get(session, 0, HEADER_LENGTH)
        following, record = _following(reply), reply[3 : 3 + HEADER_LENGTH]
        length = HEADER_LENGTH + record[-1]
        while len(record) < length:
            part = (await self._get(session, len(record), min(CHUNK, length - len(record))))[3:]
            if not part:
                msg = f"SDR record {self._next} ends after {len(record)} of {length} bytes."
                raise PayloadUnreadable(msg)
            record += part
        return following, record

    async def _get(self, session: Session, offset: int, count: int) -> bytes:
        """One Get SDR; a reservation that another client's walk took away is made anew, three times."""
        for _ in range(3):
            body = self._reservation + struct.pack("<HBB", self._next, offset, count)
            reply = await session.request(GET_SDR, body)
            if reply[0] != RESERVATION_LOST:
                break
            self._reservation = (await session.request(RESERVE_SDR))[1:3]
        if reply[0] != OK and (count != WHOLE_RECORD or reply[0] == RESERVATION_LOST):
            raise _unreadable(reply)
        return reply


def _following(reply: bytes) -> int:
    if len(reply) < 3 + HEADER_LENGTH:
        raise _unreadable(reply)
    return int.from_bytes(reply[1:3], "little")


def _unreadable(reply: bytes) -> PayloadUnreadable:
    return PayloadUnreadable(f"The BMC answered Get SDR with {len(reply)} bytes, {completion(reply[0])}.")
