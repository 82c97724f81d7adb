"""New firmware may number sensors anew: the remembered record would read another one by the old factors."""

from __future__ import annotations

import asyncio
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.ipmi import Ipmi, messages
from tests.peers.ipmi_sim import watt_record

if TYPE_CHECKING:
    from collectors.plugins.ipmi.messages import Command

AT = datetime(2026, 3, 1, tzinfo=UTC)
TABLE = {"id": "b", "point": "lab/srv", "host": "h", "user": "u", "password": {"env": "X"}, "sensors": ["Pwr"]}
NEVER = 0xFFFF


class Session:
    """A session with a BMC of one watt sensor and one of something else."""

    def __init__(self, major: int, number: int, m: int) -> None:
        self.major, self.raw, self.record = major, {number: 50}, watt_record(number, "Pwr", m=m)

    def stay_awake(self) -> None:
        return

    async def request(self, command: Command, body: bytes = b"", *, lun: int = 0) -> bytes:
        del lun
        if command == messages.DEVICE_ID:
            return bytes([0, 0x20, 1, self.major, 0x10, 2, 0x8F]) + bytes(9)
        if command == messages.CHASSIS_STATUS:
            return bytes.fromhex("0001000000")
        if command == messages.GET_SDR:
            return b"\0" + struct.pack("<H", NEVER) + self.record
        if command == messages.SENSOR_READING:
            return bytes([0, self.raw.get(body[0], 7), 0xC0, 0])
        return b"\xc1"


def watts(one: Ipmi, session: Session) -> float:
    payload = asyncio.run(one._ask(session))  # type: ignore[arg-type] # as far as a poll goes
    (reading,) = one.parse(payload, AT)
    return reading.value


def test_after_an_update_the_sensor_is_found_by_its_name_again() -> None:
    one = Ipmi.model_validate(TABLE)
    assert watts(one, Session(1, number=5, m=4)) == 200
    assert watts(one, Session(2, number=9, m=16)) == 800, "number 5 is another sensor now"


def test_without_an_update_nothing_is_walked_again() -> None:
    one = Ipmi.model_validate(TABLE)
    first = Session(1, number=5, m=4)
    assert watts(one, first) == 200
    again = Session(1, number=5, m=16)
    assert watts(one, again) == 200, "the record is remembered over sessions"
    assert watts(one, Session(0x81, number=5, m=16)) == 200, "an update under way is no other firmware yet"


@pytest.mark.parametrize("reply", [b"", b"\0\x20", b"\xc1\x20\1\2\3\4"])
def test_a_bmc_that_does_not_tell_has_no_firmware(reply: bytes) -> None:
    assert messages.firmware(reply) == b""
