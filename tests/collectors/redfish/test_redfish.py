"""The Redfish source against a service on loopback: which resource it asks, and what it takes for the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.errors import SourceRefused, SourceUnreachable
from tests.collectors.redfish.played import ENVIRONMENT, ONE, chassis, collection, play, polled, sensor, values
from tests.peers.redfish_stub import PASSWORD, ROOT, Stub

if TYPE_CHECKING:
    from collectors.plugins.redfish import Redfish


pytestmark = pytest.mark.peer
LINKS = ("EnvironmentMetrics", "Sensors", "Power", "PowerSubsystem")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "letmein")


def test_power_and_register_come_with_one_request_once_the_way_is_known() -> None:
    stub = Stub(ENVIRONMENT)

    async def script(one: Redfish) -> None:
        assert values(await polled(one)) == {"energy_counter": 3825.27, "power": 374.2}
        stub.asked.clear()
        assert values(await polled(one)) == {"energy_counter": 3825.27, "power": 374.2}
        assert stub.asked == [f"{ONE}/EnvironmentMetrics"]

    play(stub, script)
    assert stub.opened == 1


@pytest.mark.parametrize("depth", range(4))
def test_the_first_resource_that_answers_wins(depth: int) -> None:
    supply = f"{ONE}/PowerSubsystem/PowerSupplies/0"
    answers: list[dict[str, object]] = [
        {f"{ONE}/EnvironmentMetrics": {"PowerWatts": {"Reading": 100}}},
        {f"{ONE}/Sensors": collection(f"{ONE}/Sensors/T"), f"{ONE}/Sensors/T": sensor("Power", 101, "Chassis")},
        {f"{ONE}/Power": {"PowerControl": [{"PowerConsumedWatts": 102}]}},
        {
            f"{ONE}/PowerSubsystem": {"PowerSupplies": {"@odata.id": f"{ONE}/PowerSubsystem/PowerSupplies"}},
            f"{ONE}/PowerSubsystem/PowerSupplies": collection(supply),
            supply: chassis("Metrics", at=supply),
            f"{supply}/Metrics": {"InputPowerWatts": {"Reading": 103}},
        },
    ]
    resources: dict[str, object] = {
        ONE: chassis(*LINKS),
        f"{ONE}/EnvironmentMetrics": {"PowerWatts": {"Reading": None}},
    }
    for answer in answers[depth:]:
        resources |= answer
    assert values(play(Stub(resources), polled, resource=ONE)) == {"power": 100 + depth}


def test_zeros_do_not_end_the_search_nor_settle_it() -> None:
    resources: dict[str, Any] = {ONE: chassis("EnvironmentMetrics", "Power")}
    resources[f"{ONE}/EnvironmentMetrics"] = {"PowerWatts": {"Reading": 0}}
    resources[f"{ONE}/Power"] = {"PowerControl": [{"PowerConsumedWatts": 0}]}

    async def script(one: Redfish) -> None:
        assert values(await polled(one)) == {"power": 0}
        resources[f"{ONE}/Power"] = {"PowerControl": [{"PowerConsumedWatts": 210}]}
        assert values(await polled(one)) == {"power": 210}

    play(Stub(resources), script, resource=ONE)


def test_parts_are_never_the_whole() -> None:
    names: dict[str, tuple[str, float, str]] = {
        "GPU0": ("Power", 700, "GPU"),
        "TotalPower": ("Power", 2400, "Chassis"),
        "CPU0": ("Power", 180, "CPU"),
    }
    names |= {"TotalEnergy": ("EnergykWh", 88.5, "Chassis")}
    paths = {f"{ONE}/Sensors/{name}": sensor(*parts) for name, parts in names.items()}
    resources = {ONE: chassis("Sensors"), f"{ONE}/Sensors": collection(*paths), **paths}
    stub = Stub(resources)

    async def script(one: Redfish) -> None:
        assert values(await polled(one)) == {"power": 2400, "energy_counter": 88.5}
        stub.asked.clear()
        await polled(one)
        assert stub.asked == [f"{ONE}/Sensors/TotalPower", f"{ONE}/Sensors/TotalEnergy"]

    play(stub, script, resource=ONE)


@pytest.mark.parametrize("now", [("Power", 700, "GPU"), ("Temperature", 61, "Chassis"), None])
def test_a_sensor_that_firmware_gave_another_number_is_looked_for_again(now: tuple[str, float, str] | None) -> None:
    first, second = f"{ONE}/Sensors/12", f"{ONE}/Sensors/13"
    resources: dict[str, Any] = {ONE: chassis("Sensors"), f"{ONE}/Sensors": collection(first, second)}
    resources |= {first: sensor("Power", 2400, "Chassis"), second: sensor("Power", 700, "GPU")}

    async def script(one: Redfish) -> None:
        assert values(await polled(one)) == {"power": 2400}
        resources.update({first: sensor(*now) if now else 404, second: sensor("Power", 2500, "Chassis")})
        assert values(await polled(one)) == {"power": 2500}

    play(Stub(resources), script, resource=ONE)


def test_which_of_several_sensors_is_the_whole_is_not_guessed_but_told() -> None:
    paths = {f"{ONE}/Sensors/VR{n}": sensor("Power", 300 + n, "VoltageRegulator") for n in range(2)}
    resources = {ONE: chassis("Sensors"), f"{ONE}/Sensors": collection(*paths), **paths}
    with pytest.raises(SourceRefused, match=r"several sensors \(VR0, VR1\): name the one of the whole in sensors\."):
        play(Stub(resources), polled, resource=ONE)
    assert values(play(Stub(resources), polled, resource=ONE, sensors=["VR1"])) == {"power": 301}


def test_the_only_sensor_of_an_enclosure_may_be_of_a_part() -> None:
    paths = {f"{ONE}/Sensors/VR0Input": sensor("Power", 10, "VoltageRegulator")}  # Cray EX425: its nodes draw more
    resources = {ONE: chassis("Sensors"), f"{ONE}/Sensors": collection(*paths), **paths}
    with pytest.raises(SourceRefused, match=r"a sensor of a part alone \(VR0Input\): name the one of the whole"):
        play(Stub(resources), polled, resource=ONE)


def test_sensors_are_expanded_where_the_service_can() -> None:
    total = {"@odata.id": f"{ONE}/Sensors/T", **sensor("Power", 240, "Chassis")}
    resources = {
        ROOT: {"ProtocolFeaturesSupported": {"ExpandQuery": {"NoLinks": True}}},
        ONE: chassis("Sensors"),
        f"{ONE}/Sensors?$expand=.($levels=1)": {"Members": [total]},
        f"{ONE}/Sensors/T": total,
    }
    assert values(play(Stub(resources), polled, resource=ONE)) == {"power": 240}


def test_the_only_chassis_with_power_is_found_and_of_two_none_is_guessed() -> None:
    two = f"{ROOT}/Chassis/2"
    resources: dict[str, object] = {**ENVIRONMENT, f"{ROOT}/Chassis": collection(two, ONE), two: chassis(at=two)}
    assert values(play(Stub(resources), polled))["power"] == 374.2
    resources |= {two: chassis("Power", at=two), f"{two}/Power": {"PowerControl": [{"PowerConsumedWatts": 5}]}}
    with pytest.raises(SourceRefused, match=r"several chassis: write one of .*Chassis/2, .*Chassis/1 as resource\."):
        play(Stub(resources), polled)


def test_a_host_that_is_off_says_so() -> None:
    system = f"{ROOT}/Systems/1"
    links: dict[str, Any] = {"Links": {"ComputerSystems": [{"@odata.id": system}]}, "PowerState": "On"}
    resources: dict[str, Any] = {
        **ENVIRONMENT,
        ONE: chassis("EnvironmentMetrics", **links),
        system: {"PowerState": "On"},
    }

    async def script(one: Redfish) -> list[tuple[float, bool]]:
        found = []
        for watts, state in ((374, "On"), (374, "On"), (14, "Off"), (0, "Off"), (12, "Off"), (300, "On"), (0, "On")):
            resources[f"{ONE}/EnvironmentMetrics"] = {"PowerWatts": {"Reading": watts}}
            resources[system] = {"PowerState": state}
            found += [(reading.value, reading.off) for reading in await polled(one)]
        return found

    stub = Stub(resources)
    assert play(stub, script) == [
        (374, False), (374, False), (14, True), (0, True), (12, True), (300, False), (0, False)
    ]  # fmt: skip
    assert stub.asked.count(system) == 5, "asked at first and when power is low"


def test_of_several_points_only_the_silent_one_is_missing() -> None:
    pdu = f"{ROOT}/PowerEquipment/RackPDUs/1"
    resources: dict[str, Any] = {
        pdu: chassis("Metrics", at=pdu),
        f"{pdu}/Metrics": {"PowerWatts": {"Reading": 900}, "EnergykWh": {"Reading": 77}},
        f"{pdu}/Outlets/1": {"PowerWatts": {"Reading": 400}, "PowerState": "On"},
        f"{pdu}/Outlets/2": {"PowerWatts": {"Reading": 0}, "PowerState": "Off"},
    }
    points = {"lab/pdu": pdu, "lab/a": f"{pdu}/Outlets/1", "lab/b": f"{pdu}/Outlets/2"}

    async def script(one: Redfish) -> None:
        found = {(each.point, each.metric): (each.value, each.off) for each in await polled(one)}
        assert found == {
            ("lab/pdu", "energy_counter"): (77, False),
            ("lab/pdu", "power"): (900, False),
            ("lab/a", "power"): (400, False),
            ("lab/b", "power"): (0, True),
        }
        resources[f"{pdu}/Outlets/1"] = 503
        assert {each.point for each in await polled(one)} == {"lab/pdu", "lab/b"}
        resources.update(dict.fromkeys(resources, 503))
        with pytest.raises(SourceUnreachable, match=r"gives no answer for .* now \(HTTP 503\)\."):
            await polled(one)

    play(Stub(resources), script, points=points)
