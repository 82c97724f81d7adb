"""What firmware does that would book a part for the whole, or end the readings: pages, late supplies, lost sessions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from collectors.plugins.redfish import collector
from config.errors import SourceRefused, SourceUnreachable
from tests.collectors.redfish.played import ENVIRONMENT, ONE, chassis, collection, play, polled, sensor, values
from tests.peers.redfish_stub import PASSWORD, ROOT, USER, Stub

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.plugins.redfish import Redfish

pytestmark = pytest.mark.peer
TWO = f"{ROOT}/Chassis/2"
SENSORS = f"{ONE}/Sensors"
SUPPLIES = f"{ONE}/PowerSubsystem/PowerSupplies"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_PASSWORD", PASSWORD)


def pages(uri: str, first: list[str], second: list[str]) -> dict[str, object]:
    following = f"{uri}?$skip={len(first)}"
    return {uri: {**collection(*first), "Members@odata.nextLink": following}, following: collection(*second)}


def supply(number: int, watts: float, **more: object) -> dict[str, object]:
    uri = f"{SUPPLIES}/{number}"
    return {uri: chassis("Metrics", at=uri, **more), f"{uri}/Metrics": {"InputPowerWatts": {"Reading": watts}}}


def one_chassis(*names: str) -> dict[str, object]:
    return {f"{ROOT}/Chassis": collection(ONE), ONE: chassis(*names)}


TWO_SUPPLIES = {**one_chassis("PowerSubsystem"), **supply(0, 100), **supply(1, 101)}
TWO_SUPPLIES |= {f"{ONE}/PowerSubsystem": {"PowerSupplies": {"@odata.id": SUPPLIES}}}
TWO_SUPPLIES |= {SUPPLIES: collection(f"{SUPPLIES}/0", f"{SUPPLIES}/1")}
PAGED_SUPPLIES = TWO_SUPPLIES | pages(SUPPLIES, [f"{SUPPLIES}/0"], [f"{SUPPLIES}/1"])
PAGED_SENSORS = one_chassis("Sensors") | pages(SENSORS, [f"{SENSORS}/CPU"], [f"{SENSORS}/Total"])
PAGED_SENSORS |= {f"{SENSORS}/CPU": sensor("Power", 150), f"{SENSORS}/Total": sensor("Power", 600, "Chassis")}


async def watts(one: Redfish) -> float | None:
    return values(await polled(one)).get("power")


LISTED_TWICE = TWO_SUPPLIES | {SUPPLIES: collection(*(f"{SUPPLIES}/{each}" for each in ("0", "1", "1", "1/")))}
OVERLAPPING = TWO_SUPPLIES | pages(SUPPLIES, [f"{SUPPLIES}/0", f"{SUPPLIES}/1"], [f"{SUPPLIES}/1"])
CIRCLE = TWO_SUPPLIES | {SUPPLIES: {**collection(f"{SUPPLIES}/0", f"{SUPPLIES}/1"), "Members@odata.nextLink": SUPPLIES}}


@pytest.mark.parametrize("resources", [LISTED_TWICE, OVERLAPPING])
def test_a_supply_that_is_listed_twice_counts_once(resources: dict[str, object]) -> None:
    assert play(Stub(resources), watts) == 201.0


def test_pages_that_lead_in_a_circle_end_at_once() -> None:
    with pytest.raises(SourceUnreachable, match="in part only"):
        play(Stub(CIRCLE), watts)


@pytest.mark.parametrize(("resources", "whole"), [(PAGED_SUPPLIES, 201.0), (PAGED_SENSORS, 600.0)])
def test_a_collection_is_all_its_pages(resources: dict[str, object], whole: float) -> None:
    assert play(Stub(resources), watts) == whole


@pytest.mark.parametrize("following", [404, "no JSON"])
def test_a_page_that_is_not_given_leaves_no_part(following: object) -> None:
    with pytest.raises(SourceUnreachable, match="in part only"):
        play(Stub(PAGED_SUPPLIES | {f"{SUPPLIES}?$skip=1": following}), watts)


def test_a_second_page_of_chassis_is_no_reason_to_guess() -> None:
    both = pages(f"{ROOT}/Chassis", [ONE], [TWO]) | {uri: chassis("EnvironmentMetrics", at=uri) for uri in (ONE, TWO)}
    both |= {f"{uri}/EnvironmentMetrics": {"PowerWatts": {"Reading": 300}} for uri in (ONE, TWO)}
    with pytest.raises(SourceRefused, match=f"write one of {ONE}, {TWO}"):
        play(Stub(both), watts)


def test_a_chassis_at_zero_may_be_the_one_that_is_meant() -> None:
    both = {f"{ROOT}/Chassis": collection(ONE, TWO)} | {
        uri: chassis("EnvironmentMetrics", at=uri) for uri in (ONE, TWO)
    }
    both |= {f"{ONE}/EnvironmentMetrics": {"PowerWatts": 0}, f"{TWO}/EnvironmentMetrics": {"PowerWatts": 45}}
    with pytest.raises(SourceRefused, match="several chassis"):
        play(Stub(both), watts)


@pytest.mark.parametrize("second", [404, {"Status": {"State": "Enabled"}}])
def test_a_supply_that_tells_no_power_leaves_no_sum_of_the_others(second: object) -> None:
    with pytest.raises(SourceRefused, match="power supply 1 tells no power"):
        play(Stub(TWO_SUPPLIES | {f"{SUPPLIES}/1": second}), watts)


def test_a_supply_that_is_put_in_counts_within_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = TWO_SUPPLIES | supply(1, 101, Status={"State": "Absent"})
    stub = Stub(resources)

    async def script(one: Redfish) -> list[float | None]:
        found = [await watts(one)]
        resources.update(supply(1, 101))
        found.append(await watts(one))
        monkeypatch.setattr(collector, "SUPPLIES_S", -1.0)
        return [*found, await watts(one)]

    assert play(stub, script) == [100.0, 100.0, 201.0]


def test_a_supply_that_is_put_in_and_tells_no_power_ends_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = TWO_SUPPLIES | supply(1, 101, Status={"State": "Absent"})

    async def script(one: Redfish) -> None:
        assert await watts(one) == 100.0
        resources[f"{SUPPLIES}/1"] = {"Status": {"State": "Enabled"}}
        with monkeypatch.context() as hours:
            hours.setattr(collector, "SUPPLIES_S", -1.0)
            with pytest.raises(SourceRefused):
                await one.fetch()
        with pytest.raises(SourceRefused):
            await one.fetch()

    play(Stub(resources), script)


def test_the_first_control_of_the_whole_is_none_where_it_says_nothing() -> None:
    controls = [{"PowerConsumedWatts": None}, {"Name": "Accelerator0 Power Control", "PowerConsumedWatts": 99}]
    with pytest.raises(SourceRefused):
        play(Stub(one_chassis("Power") | {f"{ONE}/Power": {"PowerControl": controls}}), watts)


@pytest.mark.parametrize("resource", [None, f"{ONE}/"])
def test_a_service_may_want_a_slash_at_the_end(resource: str | None) -> None:
    assert play(Stub(ENVIRONMENT, slash=True), watts, resource=resource) == 374.2


@pytest.mark.parametrize(
    "stranger",
    [
        lambda: web.Response(status=302, headers={"Location": "/login.html"}),
        lambda: web.Response(status=302, headers={"Location": f"https://elsewhere.example{ROOT}"}),
        lambda: web.Response(text="<html>Log in</html>", content_type="text/html"),
        lambda: web.json_response({}, status=403),
        lambda: web.json_response({}, status=404),
    ],
    ids=["login page", "another host", "page in place", "forbidden", "not found"],
)
def test_a_session_that_ended_without_a_401_is_opened_anew_within_the_poll(
    stranger: Callable[[], web.Response],
) -> None:
    stub = Stub(ENVIRONMENT, stranger=stranger)

    async def script(one: Redfish) -> list[float | None]:
        found = [await watts(one)]
        stub.tokens.clear()
        return [*found, await watts(one), await watts(one)]

    assert play(stub, script) == [374.2, 374.2, 374.2]
    assert stub.opened == 2


def test_a_resource_that_is_forbidden_costs_no_session() -> None:
    stub = Stub(ENVIRONMENT | {f"{ONE}/EnvironmentMetrics": 403})
    with pytest.raises(SourceRefused, match="refuses"):
        play(stub, watts)
    assert (stub.opened, stub.tokens) == (2, set())


def test_a_service_without_sessions_now_had_them_before() -> None:
    stub = Stub(ENVIRONMENT)

    async def script(one: Redfish) -> None:
        await one.fetch()
        stub.tokens.clear()
        stub.login = 404
        await one.fetch()

    with pytest.raises(SourceUnreachable, match="opens no session now"):
        play(stub, script)


def test_a_resource_that_stays_silent_is_looked_for_elsewhere() -> None:
    resources = dict(ENVIRONMENT)

    async def script(one: Redfish) -> list[float | None]:
        found = [await watts(one)]
        resources[ONE] = chassis("EnvironmentMetrics", "Power")
        resources[f"{ONE}/EnvironmentMetrics"] = {}
        resources[f"{ONE}/Power"] = {"PowerControl": [{"PowerConsumedWatts": 555}]}
        return found + [await watts(one) for _ in range(collector.MOST_SILENT)]

    silent: list[Any] = [None] * (collector.MOST_SILENT - 1)
    assert play(Stub(resources), script) == [374.2, *silent, 555.0]


@pytest.mark.parametrize(
    "body",
    [
        b'{"AssetTag":"\xff\xe9","PowerWatts":{"Reading":412}}',
        b'{"Name":"\\ud800","PowerWatts":{"Reading":412}}',
        b'{"PowerWatts":{"Reading":0.412,"ReadingUnits":"kW"}}',
        b'{"PowerWatts":{"Reading":412000,"ReadingUnits":"mW"}}',
    ],
    ids=["no UTF-8", "half a sign", "kW", "mW"],
)
def test_odd_bodies_give_their_watts(body: bytes) -> None:
    assert play(Stub(ENVIRONMENT | {f"{ONE}/EnvironmentMetrics": body}), watts) == 412.0


def test_a_unit_that_is_none_of_power_is_no_value() -> None:
    found = {
        "PowerWatts": {"Reading": 412, "ReadingUnits": "VA"},
        "EnergykWh": {"Reading": 5000, "ReadingUnits": "W.h"},
    }
    readings = play(Stub(ENVIRONMENT | {f"{ONE}/EnvironmentMetrics": found}), polled)
    assert values(readings) == {"energy_counter": 5.0}


@pytest.mark.parametrize("auth", ["session", "basic"])
def test_secrets_that_a_service_echoes_stand_in_no_sentence(auth: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.peers.redfish_stub.PASSWORD", "correct-horse")
    monkeypatch.setenv("STUB_PASSWORD", "correct-horse")
    pair = base64.b64encode(f"{USER}:correct-horse".encode()).decode()
    echo = f"{ROOT}/Chassis/token-1/{pair}/correct-horse"
    stub = Stub({f"{ROOT}/Chassis": collection(echo), echo: {}}, basic=auth == "basic")
    with pytest.raises(SourceRefused, match="no resource") as told:
        play(stub, watts, auth=auth)
    assert not [word for word in ("correct-horse", pair) if word in str(told.value)]
