"""The SNMP source against snmpsim on loopback: rows by walking, v2c and v3, layers apart, trouble in a sentence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.local import shipped
from collectors.plugins.snmp import Snmp, agent
from collectors.plugins.snmp.profiles import FOLDER, profile_of
from config.errors import SourceRefused, SourceUnreachable
from tests.peers.snmp_sim import AUTH, COMMUNITY, PRIV, USER, running_agent

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2026, 3, 1, tzinfo=UTC)
UPTIME = {"1.3.6.1.2.1.1.3.0": ("67", "1000")}
VALUE, DIGITS = "1.3.6.1.4.1.13742.6.5", "1.3.6.1.4.1.13742.6.3"
PX = (
    UPTIME
    | {f"{VALUE}.2.3.1.4.1.1.5": ("66", "138"), f"{DIGITS}.3.4.1.7.1.1.5": ("66", "0")}
    | {f"{VALUE}.4.3.1.4.1.{outlet}.5": ("66", str(watts)) for outlet, watts in ((1, 68), (2, 35), (10, 35))}
    | {f"{DIGITS}.5.4.1.7.1.{outlet}.5": ("66", "0") for outlet in (1, 2, 10)}
)
SENTRY = {f"1.3.6.1.4.1.1718.4.1.3.3.1.3.1.{cord}": ("66", str(1000 * cord)) for cord in range(1, 41)}
CMC = "1.3.6.1.4.1.2606.7.4.2.2.1"
RITTAL = {  # as a CMC III with one PDU says it: a value, a limit of the same unit, a register
    f"{CMC}.{name}.2.{row}": (kind, value)
    for row, told in ((12, ("2", "W", "1", "1639")), (13, ("3", "W", "1", "3600")), (20, ("2", "kWh", "-10", "40213")))
    for (name, kind), value in zip(((4, "2"), (5, "4"), (7, "4"), (11, "2")), told, strict=True)
}
OPAQUE = {"1.3.6.1.4.1.318.1.1.26.4.3.1.5.1": ("68x", "9f780441580000")}
V3 = {
    "user": USER,
    "auth": "sha1",
    "auth_password": {"env": "AUTH"},
    "priv": "aes128",
    "priv_password": {"env": "PRIV"},
}
POINTS = {"pdu": "inlet", "all": "outlet", "srv": "outlet 10"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_agent(tmp_path_factory.mktemp("snmp"), PX | SENTRY | RITTAL | OPAQUE) as found:
        yield found


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COMMUNITY": COMMUNITY, "AUTH": AUTH, "PRIV": PRIV, "WRONG": "wrongpass123"}.items():
        monkeypatch.setenv(name, value)


def source(port: int, **keys: object) -> Snmp:
    table = {"id": "s", "point": "lab/pdu", "host": "127.0.0.1", "port": port, "profile": "raritan_px", **keys}
    if "user" not in table:
        table = {"community": {"env": "COMMUNITY"}} | table
    return Snmp.model_validate(table)


def polled(port: int, **keys: object) -> dict[str, float]:
    async def script() -> dict[str, float]:
        one = source(port, **keys)
        try:
            return {reading.point: reading.value for reading in one.parse(await one.fetch(), AT)}
        finally:
            await one.close()

    return asyncio.run(script())


@pytest.mark.peer
@pytest.mark.parametrize("login", [{}, V3], ids=["v2c", "v3"])
def test_each_point_has_its_layer_and_the_device_has_the_first(port: int, login: dict[str, object]) -> None:
    assert polled(port, points=POINTS, **login) == {"lab/pdu": 138, "lab/all": 138, "lab/srv": 35}
    assert polled(port, **login) == {"lab/pdu": 138}, "outlets are inside the inlet: never added to it"


@pytest.mark.peer
def test_more_rows_than_an_agent_takes_at_once_are_asked_in_parts(port: int) -> None:
    assert polled(port, profile="sentry4") == {"lab/pdu": 1000 * sum(range(1, 41))}
    assert polled(port, profile="sentry4", points={"pdu": "cord 1.7"}) == {"lab/pdu": 7000}


@pytest.mark.peer
def test_rows_of_a_long_table_are_asked_without_walking_it(port: int) -> None:
    points = {"pdu": "variable 2.12", "counter": "variable 2.20", "limit": "variable 2.13"}
    assert polled(port, profile="rittal_cmc3", points=points) == {"lab/pdu": 1639, "lab/counter": pytest.approx(4021.3)}
    with pytest.raises(SourceRefused, match=r"has nothing at variable 2.99"):
        polled(port, profile="rittal_cmc3", points={"pdu": "variable 2.99"})


@pytest.mark.peer
def test_a_float_in_an_opaque_is_a_number(port: int) -> None:
    assert polled(port, profile="apc_rpdu2") == {"lab/pdu": 135.0}


@pytest.mark.peer
@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"points": {"srv": "outlet 7"}}, "has nothing at outlet 7; it has 1, 2, 10: correct points."),
        ({"profile": "ups_mib"}, "has nothing at output; choose another profile."),
        (
            {**V3, "auth_password": {"env": "WRONG"}},
            "refuses user monitor: check user, auth, priv and their passwords.",
        ),
        ({**V3, "user": "nobody"}, "refuses user nobody"),
        ({"community": {"env": "ABSENT"}}, "environment variable ABSENT is not set: set it before Wattlas starts."),
    ],
)
def test_what_only_a_person_can_mend_is_refused(port: int, keys: dict[str, object], text: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        polled(port, **keys)
    assert text in str(caught.value)
    assert "wrongpass123" not in str(caught.value)


@pytest.mark.peer
def test_a_wrong_community_and_a_slow_device_are_told(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "ANSWER_S", 0.2)
    with pytest.raises(SourceUnreachable, match="gave no answer: check its power, network, address and community"):
        polled(port, community={"env": "WRONG"})
    monkeypatch.setattr(agent, "ANSWER_S", 5.0)
    with pytest.raises(SourceUnreachable, match="needs longer than"):
        polled(port, community={"env": "WRONG"}, deadline_s=0.1)
    with pytest.raises(SourceUnreachable, match="has no address: correct host"):
        polled(port, host="no such host")
    with pytest.raises(SourceUnreachable, match="has no address: correct host"):
        polled(port, host="pdu..lab")


@pytest.mark.peer
def test_rows_are_walked_once_and_again_when_the_device_started_anew(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[str] = []
    walk = agent.Agent.walk

    async def counted(self: agent.Agent, oid: str) -> list[str]:
        walks.append(oid)
        return await walk(self, oid)

    monkeypatch.setattr(agent.Agent, "walk", counted)

    async def script() -> None:
        one = source(port)
        await one.fetch()
        await one.fetch()
        assert len(walks) == 1
        one._uptime = 10**9
        assert list(one.parse(await one.fetch(), AT))
        assert len(walks) == 2, "the poll that notices asks for the rows of now"
        await one.fetch()
        assert len(walks) == 2
        await one.close()

    asyncio.run(script())


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"profile": "raritan"}, 'profile = "raritan" is unknown; did you mean "raritan_px"'),
        ({"points": {"a": "plug 1"}}, 'points has "plug 1": the layers of raritan_px are inlet, outlet'),
        ({"points": {"a": "outlet 1", "b": "outlet 1"}}, 'has "outlet 1" twice'),
        ({"user": "u", "community": {"env": "A"}}, "needs community"),
        ({"user": "u", "auth": "md5"}, "auth and auth_password go together"),
        ({**V3, "auth": None, "auth_password": None}, "priv needs auth"),
        ({"auth": "sha512"}, "auth and auth_password go together"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(161, **keys)


@pytest.mark.parametrize("name", shipped(FOLDER))
def test_a_shipped_profile_loads_and_names_its_source(name: str) -> None:
    found = profile_of(name)
    assert found.source
    places = [(c.oid, c.suffix, c.only, c.unit and c.metric) for c in found.values]  # a row's unit tells its metric
    assert len(places) == len(set(places)), "no row is read twice"
