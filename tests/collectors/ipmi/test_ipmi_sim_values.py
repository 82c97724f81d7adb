"""What ipmi_sim says of power, held against ipmitool: zero, silence, sentinels, busy BMCs and sensors."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest
import uvloop

from collectors.plugins.ipmi import rmcp
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.collectors.ipmi.bmc import poll, polled, refusal, source
from tests.peers.ipmi_sim import WattSensor, running_bmcs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.peers.ipmi_sim import Bmc

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def sensor_bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    """A BMC without DCMI, with three watt sensors of which one is never scanned."""
    sensors = [WattSensor("PSU1 Input", m=4), WattSensor("PSU2 Input", m=16), WattSensor("Spare", scanning=False)]
    with running_bmcs(tmp_path_factory.mktemp("sensors"), 1, sensors=sensors) as [running]:
        running.remove_dcmi()
        running.set_sensor(1, 403)
        running.set_sensor(2, 823)
        yield running


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
