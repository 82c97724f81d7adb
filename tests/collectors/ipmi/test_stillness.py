"""A BMC that repeats its last reading for ever: its own time stamp, kept and never used otherwise, betrays it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from collectors.plugins.ipmi import Ipmi
from collectors.plugins.ipmi.messages import MOVES, STILL, Stillness
from collectors.plugins.ipmi.payload import encode_dcmi

AT = datetime(2026, 3, 1, tzinfo=UTC)
ON, OFF = bytes.fromhex("0001000000"), bytes.fromhex("0000000000")
CLOCK = 1_772_323_200


def reply(watts: int, clock: int) -> bytes:
    return struct.pack("<BB4HIIB", 0, 0xDC, watts, 50, 202, 101, clock, 1000, 0x40)


def counted(*replies: bytes) -> list[int]:
    one = Stillness()
    return [one.seen(each) for each in replies]


def test_standing_still_counts_after_each_poll_moved() -> None:
    moving = [reply(300, CLOCK + 60 * poll) for poll in range(MOVES)]
    assert counted(*moving, *[moving[-1]] * 6) == [0] * MOVES + [1, 2, 3, 4, 5, 6]
    assert counted(*moving, moving[-1], reply(300, CLOCK + 9999), moving[-1]) == [0] * MOVES + [1, 0, 0]


@pytest.mark.parametrize(
    "replies",
    [
        [reply(300, 0)] * 40,
        [reply(300, CLOCK + 60 * (poll // 6)) for poll in range(200)],
        [reply(300 + poll, CLOCK) for poll in range(40)],
        [reply(300, CLOCK + min(poll, MOVES - 2)) for poll in range(40)],
        [b"\xd5"] * 40,
    ],
    ids=["no clock", "slower than the polls", "another clock", "moved too seldom", "no reading"],
)
def test_where_the_time_stamp_does_not_move_with_each_poll_it_says_nothing(replies: list[bytes]) -> None:
    assert set(counted(*replies)) == {0}


@pytest.mark.parametrize(
    ("chassis", "still", "quality"), [(ON, STILL - 1, "measured"), (ON, STILL, "rejected"), (OFF, STILL, "measured")]
)
def test_what_stands_still_is_rejected_while_the_host_is_on(chassis: bytes, still: int, quality: str) -> None:
    table = {"id": "b", "point": "lab/srv", "host": "h", "user": "u", "password": {"env": "X"}}
    payload = encode_dcmi(chassis, reply(300, CLOCK), still=still)
    (reading,) = Ipmi.model_validate(table).parse(payload, AT)
    assert reading.quality == quality
    assert (reading.reason is not None) == (quality == "rejected")
    assert reading.reason is None or f"for {still} polls" in reading.reason
