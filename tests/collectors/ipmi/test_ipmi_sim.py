"""Against Debian's ipmi_sim and ipmitool: real RMCP+ on loopback, cipher suite 3."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest
import uvloop

from collectors.plugins.ipmi import rmcp
from config.errors import CollectError, PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.collectors.ipmi.bmc import close, poll, polled, source
from tests.peers.ipmi_sim import WattSensor, running_bmcs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.peers.ipmi_sim import Bmc

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def bmcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bmc]]:
    with running_bmcs(tmp_path_factory.mktemp("bmcs"), 20) as running:
        yield running


@pytest.fixture
def bmc(bmcs: list[Bmc]) -> Bmc:
    bmcs[0].set_watts(100)
    bmcs[0].set_chassis(on=True)
    return bmcs[0]


@pytest.fixture
def lone_bmc(tmp_path: Path) -> Iterator[Bmc]:
    """A BMC that a test may kill."""
    with running_bmcs(tmp_path, 1) as [running]:
        yield running


@pytest.fixture(scope="module")
def sensor_bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    """A BMC without DCMI, with three watt sensors of which one is never scanned."""
    sensors = [WattSensor("PSU1 Input", m=4), WattSensor("PSU2 Input", m=16), WattSensor("Spare", scanning=False)]
    with running_bmcs(tmp_path_factory.mktemp("sensors"), 1, sensors=sensors) as [running]:
        running.remove_dcmi()
        running.set_sensor(1, 403)
        running.set_sensor(2, 823)
        yield running


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


def refusal(*, port: int, **changes: object) -> CollectError:
    """The error of one poll."""
    with pytest.raises(CollectError) as caught:
        polled(source(port, **changes))
    return caught.value


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


def test_a_name_that_does_not_resolve() -> None:
    error = refusal(port=623, host="bmc.invalid")
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


def test_0_w_is_off_only_if_the_chassis_says_so(bmc: Bmc) -> None:
    bmc.set_watts(0)
    [on] = polled(source(bmc.port))
    assert (on.value, on.off) == (0.0, False), "broken: passed on, the judge refuses it"
    bmc.ipmitool("chassis", "power", "off")
    [off] = polled(source(bmc.port))
    assert (off.value, off.off) == (0.0, True)
    bmc.set_watts(12)
    [standby] = polled(source(bmc.port))
    assert (standby.value, standby.off) == (12.0, True)


def test_a_host_that_is_off_and_gives_no_value_is_no_reading(bmc: Bmc) -> None:
    collector = source(bmc.port)

    async def scenario() -> None:
        await poll(collector)
        bmc.set_watts(0, code=0xD5)
        with pytest.raises(PayloadUnreadable, match="0xD5"):
            await poll(collector)
        bmc.set_chassis(on=False)
        assert await poll(collector) == []
        await collector.close()

    uvloop.run(scenario())


@pytest.mark.parametrize("watts", [65535, 32767])
def test_sentinels_are_passed_on_for_the_judge(bmc: Bmc, watts: int) -> None:
    bmc.set_watts(watts)
    assert [reading.value for reading in polled(source(bmc.port))] == [watts]


def test_a_good_number_stands_although_the_state_says_deactivated(bmc: Bmc) -> None:
    bmc.set_watts(319, state=0x00)
    assert "deactivated" in bmc.ipmitool("dcmi", "power", "reading")
    [reading] = polled(source(bmc.port))
    assert (reading.value, reading.quality, reading.reason) == (319, "measured", None)


def test_a_busy_bmc_is_asked_again(bmc: Bmc) -> None:
    async def scenario() -> None:
        collector = source(bmc.port)
        await poll(collector)
        bmc.set_watts(0, code=0xC0)
        asyncio.get_running_loop().call_later(0.25, lambda: bmc.set_watts(333))
        assert [reading.value for reading in await poll(collector)] == [333]
        await collector.close()

    uvloop.run(scenario())


def test_a_bmc_that_stays_busy_keeps_its_session(bmc: Bmc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rmcp, "BUSY_PAUSES_S", (0.01, 0.01))

    async def scenario() -> None:
        collector = source(bmc.port)
        await poll(collector)
        session = collector._session
        bmc.set_watts(0, code=0xC0)
        with pytest.raises(SourceUnreachable, match=r"stays busy, 0xC0 \(node busy\): poll it less often"):
            await collector.fetch()
        bmc.set_watts(100)
        assert len(await poll(collector)) == 1
        assert collector._session is session
        await collector.close()

    uvloop.run(scenario())


def test_without_dcmi_the_named_sensors_are_added(sensor_bmc: Bmc) -> None:
    time.sleep(0.3)  # the simulator polls its sensors
    shown = dict(re.findall(r"(PSU. Input) .* (\d+) Watts", sensor_bmc.ipmitool("sdr", "elist")))
    assert shown == {"PSU1 Input": "404", "PSU2 Input": "816"}, "403 W and 823 W, in steps of 4 and 16 W"
    [one] = polled(source(sensor_bmc.port, sensors=["PSU2 Input"]))
    [both] = polled(source(sensor_bmc.port, sensors=["PSU1 Input", "PSU2 Input"]))
    assert (one.value, both.value) == (816, 1220)


@pytest.mark.parametrize(
    ("sensors", "sentence"),
    [
        ([], r"several watt sensors \('PSU1 Input', 'PSU2 Input', 'Spare'\): name those to be added in `sensors`"),
        (["PSU3"], "has no watt sensor 'PSU3': its watt sensors are 'PSU1 Input', 'PSU2 Input', 'Spare'"),
    ],
)
def test_sensors_are_never_guessed(sensor_bmc: Bmc, sensors: list[str], sentence: str) -> None:
    error = refusal(port=sensor_bmc.port, sensors=sensors)
    assert isinstance(error, SourceRefused)
    assert re.search(sentence, str(error))


def test_a_sensor_without_value_is_an_error_while_the_host_is_on_and_nothing_while_off(sensor_bmc: Bmc) -> None:
    error = refusal(port=sensor_bmc.port, sensors=["PSU1 Input", "Spare"])
    assert isinstance(error, PayloadUnreadable)
    assert "The host is on, but sensor 'Spare' has no value" in str(error)
    sensor_bmc.set_chassis(on=False)
    assert polled(source(sensor_bmc.port, sensors=["PSU1 Input", "Spare"])) == []
    sensor_bmc.set_chassis(on=True)


def test_sensors_can_be_preferred_to_dcmi(tmp_path: Path) -> None:
    with running_bmcs(tmp_path, 1, sensors=[WattSensor("Pwr Consumption")]) as [bmc]:
        bmc.set_sensor(1, 220)
        time.sleep(0.3)
        assert [reading.value for reading in polled(source(bmc.port, prefer="sdr"))] == [220]
        assert [reading.value for reading in polled(source(bmc.port))] == [100]


def test_a_bmc_without_any_power_says_what_to_do(lone_bmc: Bmc) -> None:
    lone_bmc.remove_dcmi()
    error = refusal(port=lone_bmc.port)
    assert isinstance(error, SourceRefused)
    assert "offers neither DCMI power nor a watt sensor: read this server at its PDU outlet" in str(error)
