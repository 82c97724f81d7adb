"""Whatever bytes arrive, the parsers raise nothing but PayloadUnreadable."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.plugins.ipmi import messages, rakp, sdr
from collectors.plugins.ipmi.ciphers import SUITES, SessionKeys, Suite
from collectors.plugins.ipmi.link import read_login_reply
from collectors.plugins.ipmi.packets import RMCP, Channel
from config.errors import CollectError, PayloadUnreadable
from tests.collectors.ipmi.bmc import AT, source

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = SessionKeys.derive(SUITES[17], b"key")
packets = st.binary(max_size=120) | st.binary(max_size=120).map(lambda rest: RMCP + b"\x06" + rest)
replies = st.binary(max_size=80)
hexes = replies.map(bytes.hex) | st.text(max_size=4) | st.none() | st.integers()
watt_records = st.binary(min_size=48, max_size=64).map(
    lambda raw: raw[:3] + b"\x01" + raw[4:5] + b"\x20" + raw[6:20] + bytes([raw[20] & 0xC0, 6]) + raw[22:]
)
sensor_lists = st.lists(
    st.fixed_dictionaries({"record": watt_records.map(bytes.hex) | hexes, "reading": hexes}) | st.integers(), max_size=3
)
payloads = (
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(["chassis", "dcmi", "sensors"]), hexes | sensor_lists, max_size=3).map(
        lambda fields: json.dumps(fields).encode()
    )
    | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(
        lambda tree: json.dumps(tree).encode()
    )
)


def only_unreadable(call: Callable[[], Any]) -> None:
    with suppress(PayloadUnreadable):
        call()


@given(packets)
def test_packets(packet: bytes) -> None:
    only_unreadable(lambda: read_login_reply(packet))
    only_unreadable(lambda: Channel(KEYS, bmc_id=1, console_id=2).open(packet))


@given(st.binary(max_size=100))
def test_signed_packets_with_any_payload(sealed: bytes) -> None:
    only_unreadable(lambda: KEYS.decrypt(sealed))


@given(replies)
def test_messages(message: bytes) -> None:
    only_unreadable(lambda: messages.read_reply(message))
    only_unreadable(lambda: messages.power_reading(message))
    messages.is_chassis_on(message)
    messages.has_power_management(message)


@given(st.binary(max_size=90), st.sampled_from(list(SUITES.values())))
def test_login_messages(payload: bytes, suite: Suite) -> None:
    login = rakp.Handshake(suite, rakp.Account(b"monitor", b"secret", rakp.Privilege.USER), label="BMC")
    for take in (login.take_open_reply, login.take_rakp2, login.take_rakp4):
        for each in (payload, payload[:4] + login._console_id + payload[8:]):
            with suppress(CollectError):
                take(each)


@given(watt_records, replies)
def test_sensors(record: bytes, reply: bytes) -> None:
    sensor = sdr.watt_sensor(record)
    if sensor:
        only_unreadable(lambda: sdr.sensor_watts(sensor, reply))


@given(payloads)
@example(b"[" * 100_000)
@example(b'{"chassis": "0001", "sensors": []}')
@example(b'{"chassis": "0001", "dcmi": ""}')
def test_recorded_payloads_give_finite_watts_or_one_sentence(payload: bytes) -> None:
    with suppress(PayloadUnreadable):
        assert all(math.isfinite(reading.value) for reading in source(623).parse(payload, AT))


@pytest.mark.parametrize("status", range(1, 0x13))
def test_each_login_status_is_one_sentence(status: int) -> None:
    login = rakp.Handshake(SUITES[3], rakp.Account(b"monitor", b"secret", rakp.Privilege.USER), label="BMC h:623")
    with pytest.raises(CollectError, match=r"^BMC h:623 .*\.$"):
        login.take_rakp2(bytes([login.tag, status]))
