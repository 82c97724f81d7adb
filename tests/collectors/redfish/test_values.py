"""Numbers as firmware writes them, and bodies that no device should send; without a network."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from collectors.plugins.redfish import Redfish
from collectors.plugins.redfish.payload import Answer
from collectors.plugins.redfish.service import local
from collectors.plugins.redfish.ways import MOST_MEMBERS, Search, Way, _states, moved

AT = datetime(2026, 3, 1, tzinfo=UTC)


def read(way: str, body: object) -> dict[str, float]:
    one = Redfish.model_validate({"id": "r", "point": "lab/srv", "url": "https://[fd00::1]:8443"})
    payload = json.dumps({"points": {"lab/srv": {"way": way, "bodies": [body]}}})
    return {reading.metric: reading.value for reading in one.parse(payload.encode(), AT)}


@pytest.mark.parametrize(
    ("said", "watts"),
    [
        ("412", 412.0),
        ("412 W", 412.0),
        ("0.412 kW", 412.0),
        ("412000 mW", 412.0),
        ("412 Watts", 412.0),
        ("412 VA", None),
        ("412 A", None),
        ("9" * 500, None),
        (10**400, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        ([374], None),
    ],
)
def test_a_power_is_in_its_own_unit(said: object, watts: float | None) -> None:
    assert read("EnvironmentMetrics", {"PowerWatts": {"Reading": said}}).get("power") == watts
    assert read("Power", {"PowerControl": [{"PowerConsumedWatts": said}]}).get("power") == watts
    assert read("Sensors", {"ReadingType": "Power", "Reading": said}).get("power") == watts
    assert read("PowerSubsystem", {"InputPowerWatts": {"Reading": said}}).get("power") == watts


def test_an_average_is_never_taken_for_now() -> None:
    lags = {"IntervalInMin": 20, "AverageConsumedWatts": 46, "MaxConsumedWatts": 736}
    assert read("Power", {"PowerControl": [{"PowerConsumedWatts": 100, "PowerMetrics": lags}]}) == {"power": 100.0}
    assert read("Power", {"PowerControl": [{"PowerConsumedWatts": None, "PowerMetrics": lags}]}) == {}


@pytest.mark.parametrize(
    ("name", "said", "kwh"),
    [
        ("EnergykWh", "5000 Wh", 5.0),
        ("EnergykWh", "5 MWh", 5000.0),
        ("EnergykWh", 5, 5.0),
        ("EnergykWh", "5 W", None),
        ("EnergyJoules", 7.2e6, 2.0),
        ("EnergyJoules", "7200 kJ", 2.0),
    ],
)
def test_so_is_a_register(name: str, said: object, kwh: float | None) -> None:
    wanted = kwh if kwh is None else pytest.approx(kwh)
    assert read("EnvironmentMetrics", {name: {"Reading": said}}).get("energy_counter") == wanted
    told = {"ReadingType": name, "Reading": said, "ReadingUnits": "kW.h" if name == "EnergykWh" else "J"}
    assert read("Sensors", told).get("energy_counter") == wanted


@pytest.mark.parametrize(
    "link",
    ["http://[::1", "http://h:99999999/redfish/v1/x", "/redfish/v1/x\r\nA: b", "/other", 5, None, "/redfish/a b"],
)
def test_what_is_no_link_of_the_service_leads_nowhere(link: object) -> None:
    assert local(link) is None


@pytest.mark.parametrize("systems", [5, {"@odata.id": "/redfish/v1/Systems/1"}, [5], None])
def test_systems_that_are_no_list_are_none(systems: object) -> None:
    assert _states({"Links": {"ComputerSystems": systems}}, "/redfish/v1/Chassis/1") == ()


def test_of_a_walk_little_is_kept_and_it_ends() -> None:
    class Endless:
        """A service of a million sensors, each with a novel in it."""

        expands, label, asked = False, "Redfish service h", 0

        async def get(self, uri: str) -> object:
            self.asked += 1
            if uri.endswith("/Sensors"):
                return {
                    "Members": [{"@odata.id": f"/redfish/v1/Chassis/1/Sensors/{n}"} for n in range(2 * MOST_MEMBERS)]
                }
            return {"ReadingType": "Power", "Reading": 5, "PhysicalContext": "Fan", "Oem": "x" * 1000}

    service = Endless()
    search = Search(service, (), {})  # type: ignore[arg-type] # as far as a walk goes
    assert asyncio.run(search._chosen("/redfish/v1/Chassis/1/Sensors")) == ()
    assert service.asked == MOST_MEMBERS + 1
    assert {tuple(body) for body in search.walked.values()} == {("ReadingType", "Reading", "PhysicalContext")}


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("Power", {"PowerControl": [{"PhysicalContext": [], "PowerConsumedWatts": 344}]}),
        ("Sensors", {"ReadingType": "Power", "Reading": 344, "PhysicalContext": {}}),
    ],
)
def test_a_word_that_is_none_costs_no_value(way: str, body: object) -> None:
    assert read(way, body) == {"power": 344.0}
    assert read("Sensors", {"ReadingType": [], "Reading": 344}) == {}
    assert not moved(Way("Sensors", ("/s",)), [{"ReadingType": "Power", "PhysicalContext": {}}])
    assert moved(Way("Sensors", ("/s",)), [{"ReadingType": []}])


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -1400", f"Wed, 21 Jan 2026 00:{'9' * 300}:00 GMT", "now"])
def test_a_date_that_is_in_no_calendar_costs_no_value(date: str) -> None:
    assert Answer(date=date).device_time() is None
