"""Sessions against Debian's ipmi_sim: real RMCP+ on loopback, cipher suite 3, and what each refusal says."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest
import uvloop

from collectors.plugins.ipmi import rmcp
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.collectors.ipmi.bmc import close, poll, polled, refusal, source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.ipmi_sim import Bmc

pytestmark = pytest.mark.peer


def dcmi_watts(bmc: Bmc) -> int:
    """What ipmitool reads."""
    found = re.search(r"Instantaneous power reading: +(\d+) Watts", bmc.ipmitool("dcmi", "power", "reading"))
    assert found
    return int(found[1])


def sessions(bmc: Bmc) -> int:
    """Sessions that the BMC holds, without the one of ipmitool that asks."""
    found = re.search(r"active sessions +: (\d+)", bmc.ipmitool("session", "info", "active"))
    assert found
    return int(found[1]) - 1


def test_twenty_bmcs_at_once_read_what_ipmitool_reads(bmcs: list[Bmc]) -> None:
    for number, bmc in enumerate(bmcs):
        bmc.set_watts(300 + 7 * number)
    readings = polled(*(source(bmc.port) for bmc in bmcs))
    assert [reading.value for reading in readings] == [dcmi_watts(bmc) for bmc in bmcs]
    assert [reading.point for reading in readings] == [f"lab/srv-{bmc.port}" for bmc in bmcs]
    assert {reading.metric for reading in readings} == {"power"}
    assert not any(reading.off for reading in readings)


def test_one_session_serves_all_polls_and_is_closed(bmc: Bmc) -> None:
    async def scenario() -> None:
        collector = source(bmc.port)
        for watts in (100, 250, 175):
            bmc.set_watts(watts)
            [reading] = await poll(collector)
            assert reading.value == watts
        assert await asyncio.to_thread(sessions, bmc) == 1
        await collector.close()
        assert await asyncio.to_thread(sessions, bmc) == 0

    uvloop.run(scenario())


def test_a_collector_can_be_closed_twice_and_used_again(bmc: Bmc) -> None:
    async def scenario() -> None:
        collector = source(bmc.port)
        for _ in range(2):
            assert len(await poll(collector)) == 1
            await collector.close()
            await collector.close()

    uvloop.run(scenario())


def test_privilege_is_raised_where_a_bmc_gives_power_to_administrators_only(bmc: Bmc) -> None:
    async def scenario() -> None:
        collector = source(bmc.port, privilege="auto")
        for _ in range(2):
            assert len(await poll(collector)) == 1
        await collector.close()

    uvloop.run(scenario())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": {"file": "wrong"}}, "refused the password: check user and password."),
        ({"user": "nobody"}, "refused the user: check user and password"),
        ({"privilege": "user"}, "forbids command 0x2C 0x01: raise `privilege`"),
        ({"suite": 17}, "does not offer cipher suite 17: enable 17 or 3 on the BMC"),
        ({"password": {"env": "WATTLAS_ABSENT"}}, "environment variable WATTLAS_ABSENT is not set"),
        ({"password": {"file": "long"}}, "longer than the 20 bytes that IPMI allows"),
    ],
)
def test_a_person_must_act(
    bmc: Bmc, changes: dict[str, object], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong").write_text("not-it")
    (tmp_path / "long").write_text("x" * 21)
    error = refusal(port=bmc.port, **changes)
    assert isinstance(error, SourceRefused)
    assert sentence in str(error)
    assert "secret" not in str(error)
    assert sessions(bmc) == 0, "a login that failed leaves no session behind"


def test_nobody_listens() -> None:
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = refusal(port=port)
    assert isinstance(error, SourceUnreachable)
    assert f"BMC 127.0.0.1:{port} does not listen" in str(error)
    assert time.monotonic() - began < 1, "told at once, the deadline is not waited out"


def test_a_dead_bmc_is_given_up_within_the_deadline() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        began = time.monotonic()
        error = refusal(port=silent.getsockname()[1], deadline_s=1)
    assert isinstance(error, SourceUnreachable)
    assert "gave no answer within 1 s: check its power" in str(error)
    assert time.monotonic() - began < 1


def test_a_silent_bmc_is_offered_both_suites_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rmcp, "SUITE_PATIENCE_S", 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        refusal(port=silent.getsockname()[1], deadline_s=1)
        silent.settimeout(0)
        assert [silent.recv(100)[16 + 12] for _ in range(4)] == [3, 1, 3, 1]  # SHA256, SHA1, ...


def test_something_else_on_that_port_is_unreadable() -> None:
    class Stranger(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.transport.sendto(b"what is " + data, addr)

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Stranger, local_addr=("127.0.0.1", 0))
        try:
            await source(transport.get_extra_info("sockname")[1], deadline_s=1).fetch()
        finally:
            transport.close()

    with pytest.raises(PayloadUnreadable, match="answers with something that is not IPMI: check host and port"):
        uvloop.run(scenario())


@pytest.mark.parametrize("host", ["bmc.invalid", "bmc..lab", f"{'x' * 64}.lab"])
def test_a_name_that_does_not_resolve(host: str) -> None:
    error = refusal(port=623, host=host)
    assert isinstance(error, SourceUnreachable)
    assert "check host, name service and route" in str(error)


def test_failures_leave_the_others_alone(bmcs: list[Bmc]) -> None:
    collectors = [source(bmc.port) for bmc in bmcs[:5]]
    collectors[1] = source(bmcs[1].port, user="nobody")
    collectors[3] = source(1, deadline_s=1)

    async def scenario() -> list[object]:
        answers = await asyncio.gather(*(each.fetch() for each in collectors), return_exceptions=True)
        await close(collectors)
        return [type(each) for each in answers]

    assert uvloop.run(scenario()) == [bytes, SourceRefused, bytes, SourceUnreachable, bytes]


def test_a_bmc_that_lost_its_session_is_logged_in_to_again(lone_bmc: Bmc) -> None:
    async def scenario() -> None:
        collector = source(lone_bmc.port, deadline_s=2)
        await poll(collector)
        lone_bmc.stop()
        with pytest.raises(SourceUnreachable, match="does not listen"):
            await collector.fetch()
        lone_bmc.start()
        await asyncio.to_thread(lone_bmc.wait)
        assert [reading.value for reading in await poll(collector)] == [100]
        lone_bmc.stop()
        lone_bmc.start()
        await asyncio.to_thread(lone_bmc.wait)
        assert [reading.value for reading in await poll(collector)] == [100], "within the same poll"
        await collector.close()

    uvloop.run(scenario())
