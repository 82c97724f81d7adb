"""Cipher suite 17 against a small BMC of our own, which ipmitool has proved right first."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.ipmi import rmcp
from config.errors import SourceRefused
from tests.collectors.ipmi.bmc import poll, source
from tests.peers.bmc17 import running_bmc17
from tests.peers.ipmi_sim import watt_record
from tests.peers.relay import relay
from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from tests.peers.bmc17 import Bmc17

pytestmark = pytest.mark.peer

POWER, CAPABILITIES, LOGIN_DONE, AWAKE, CLOSED = (0x2C, 2), (0x2C, 1), (0x06, 0x3B), (0x06, 1), (0x06, 0x3C)
GET_SDR, RESERVE, SENSOR = (0x0A, 0x23), (0x0A, 0x22), (0x04, 0x2D)
READS_101_W = bytes.fromhex("00dc65003200ca006500344b046be803000040")


def against(scenario: Callable[[Bmc17, int], Coroutine[Any, Any, None]]) -> Bmc17:
    """Run a scenario against a fresh BMC, and return the BMC for what it saw."""

    async def run() -> Bmc17:
        async with running_bmc17("monitor", "secret") as (bmc, port):
            bmc.answers[POWER] = READS_101_W
            await scenario(bmc, port)
            return bmc

    return asyncio.run(run())


def test_ipmitool_accepts_the_peer() -> None:
    async def scenario(_: Bmc17, port: int) -> None:
        where = ["-I", "lanplus", "-C", "17", "-H", "127.0.0.1", "-p", str(port), "-U", "monitor", "-E"]
        command = [require_binary("ipmitool"), *where, "dcmi", "power", "reading"]
        environment = os.environ | {"IPMI_PASSWORD": "secret"}
        run = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=DEVNULL)
        shown, _ignored = await run.communicate()
        assert b"Instantaneous power reading:                   101 Watts" in shown

    bmc = against(scenario)
    assert (bmc.logins, bmc.closed, bmc.complaints) == (1, 1, [])


@pytest.mark.parametrize("suite", ["auto", 17])
def test_suite_17_is_taken_where_it_is_offered(suite: object) -> None:
    async def scenario(_: Bmc17, port: int) -> None:
        collector = source(port, suite=suite)
        for _poll in range(30):
            assert [reading.value for reading in await poll(collector)] == [101]
        await collector.close()

    bmc = against(scenario)
    assert (bmc.logins, bmc.closed, bmc.complaints) == (1, 1, [])
    assert bmc.asked[:4] == [LOGIN_DONE, CAPABILITIES, POWER, POWER]
    assert bmc.asked.count(CAPABILITIES) == 1, "asked once, then known"


def test_suite_3_is_not_forced_on_a_bmc_that_refuses_it() -> None:
    async def scenario(_: Bmc17, port: int) -> None:
        with pytest.raises(SourceRefused, match="does not offer cipher suite 3"):
            await source(port, suite=3).fetch()

    against(scenario)


def test_a_wrong_password_is_told_to_the_bmc_which_frees_the_session() -> None:
    async def scenario(bmc: Bmc17, port: int) -> None:
        bmc.password = b"another"
        with pytest.raises(SourceRefused, match="refused the password"):
            await source(port).fetch()
        await asyncio.sleep(0.05)

    assert against(scenario).complaints == ["console broke off with status 0xf"]


def test_a_user_session_asks_for_no_privilege() -> None:
    async def scenario(_: Bmc17, port: int) -> None:
        collector = source(port, privilege="user")
        await poll(collector)
        await collector.close()

    assert LOGIN_DONE not in against(scenario).asked


def test_a_privilege_that_is_not_given_is_one_sentence() -> None:
    async def scenario(bmc: Bmc17, port: int) -> None:
        bmc.answers[LOGIN_DONE] = b"\x81"
        with pytest.raises(SourceRefused, match="does not raise the session to ADMINISTRATOR: give the user"):
            await source(port).fetch()
        await asyncio.sleep(0.05)

    assert against(scenario).closed == 1


def test_between_rare_polls_the_session_is_kept_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rmcp, "KEEP_ALIVE_S", 0.05)

    async def scenario(bmc: Bmc17, port: int) -> None:
        collector = source(port, interval_s=60)
        await poll(collector)
        await asyncio.sleep(0.3)
        assert bmc.asked.count(AWAKE) >= 4
        await poll(collector)
        await collector.close()
        awake = bmc.asked.count(AWAKE)
        await asyncio.sleep(0.15)
        assert bmc.asked.count(AWAKE) == awake, "a closed session is let sleep"

    bmc = against(scenario)
    assert (bmc.logins, bmc.complaints) == (1, [])


def test_a_session_that_fell_silent_is_renewed_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rmcp, "KEEP_ALIVE_S", 0.02)

    async def scenario(bmc: Bmc17, port: int) -> None:
        collector = source(port, interval_s=60, deadline_s=60)
        await poll(collector)
        bmc.forget()
        await asyncio.sleep(0.2)
        async with asyncio.timeout(1):  # a session in doubt would be given half the deadline
            assert len(await poll(collector)) == 1
        await collector.close()

    assert against(scenario).logins == 2


def test_records_are_read_in_chunks_where_they_do_not_come_whole() -> None:
    records = [bytes(5), watt_record(7, "Pwr Consumption", m=4), b"\0\0\x51\x12\x03abc"]
    reserved: list[bytes] = []

    def reserve(_: bytes) -> bytes:
        reserved.append(bytes([len(reserved) + 1, 0]))
        return b"\0" + reserved[-1]

    def get(body: bytes) -> bytes:
        number, offset, count = int.from_bytes(body[2:4], "little"), body[4], body[5]
        if count > 16:
            return b"\xca"
        if offset and body[:2] != (reserved[-1:] or [b""])[0]:
            return b"\xc5"
        if number == 1 and offset == 37 and len(reserved) == 1:
            reserve(b"")  # another console walks too, and takes the reservation away
            return b"\xc5"
        following = number + 1 if number + 1 < len(records) else 0xFFFF
        return b"\0" + following.to_bytes(2, "little") + records[number][offset : offset + count]

    async def scenario(bmc: Bmc17, port: int) -> None:
        bmc.answers |= {POWER: b"\xc1", RESERVE: reserve, GET_SDR: get, SENSOR: b"\0\x19\xc0"}
        collector = source(port)
        assert [reading.value for reading in await poll(collector)] == [100]
        await collector.close()

    assert against(scenario).complaints == []
    assert len(reserved) == 3


def test_a_walk_that_outlasts_a_poll_goes_on_in_the_next() -> None:
    record = watt_record(7, "Pwr Consumption", m=4)
    asked: list[int] = []
    slow = True

    def get(body: bytes) -> bytes:
        number = int.from_bytes(body[2:4], "little")
        asked.append(number)
        if slow and number == 2:
            return b"\xc0"  # busy until the deadline
        return b"\0" + (number + 1 if number < 3 else 0xFFFF).to_bytes(2, "little") + record

    async def scenario(bmc: Bmc17, port: int) -> None:
        nonlocal slow
        bmc.answers |= {POWER: b"\xc1", GET_SDR: get, SENSOR: b"\0\x01\xc0"}
        collector = source(port, deadline_s=1, sensors=["Pwr Consumption"])
        with pytest.raises(Exception, match="BMC"):
            await collector.fetch()
        slow = False
        assert [reading.value for reading in await poll(collector)] == [16]
        await collector.close()

    against(scenario)
    assert asked.count(0) == asked.count(1) == 1


def test_a_ring_of_records_ends() -> None:
    async def scenario(bmc: Bmc17, port: int) -> None:
        bmc.answers |= {POWER: b"\xc1", GET_SDR: b"\0\x00\x00" + bytes(10)}
        with pytest.raises(Exception, match="The SDR repository is a ring: record 0 points back to record 0"):
            await source(port).fetch()

    against(scenario)


def test_capabilities_without_power_management_lead_to_the_sensors() -> None:
    async def scenario(bmc: Bmc17, port: int) -> None:
        bmc.answers[CAPABILITIES] = bytes.fromhex("00dc010502000001")
        with pytest.raises(SourceRefused, match="neither DCMI power nor a watt sensor"):
            await source(port).fetch()

    assert POWER not in against(scenario).asked


def test_a_login_message_that_gets_lost_costs_a_new_login_and_no_false_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rmcp, "PROOF_PATIENCE_S", 0.1)

    def lose_first_rakp2(number: int, _: bytes) -> tuple[float, ...]:
        return () if number == 2 else (0.0,)

    async def scenario(_: Bmc17, port: int) -> None:
        async with relay(port, replies=lose_first_rakp2) as behind:
            collector = source(behind)
            assert len(await poll(collector)) == 1
            await collector.close()

    bmc = against(scenario)
    assert (bmc.logins, bmc.complaints) == (1, [])
