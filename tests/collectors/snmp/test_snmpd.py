"""The SNMP source against Debian's snmpd: another agent than snmpsim's, written in C by others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.snmp import Snmp
from config.errors import SourceRefused
from tests.peers.snmpd import AUTH, COMMUNITY, PRIV, USER, running_snmpd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 3, 1, tzinfo=UTC)
APC, INROW = "1.3.6.1.4.1.318.1.1.26.4.3.1", "1.3.6.1.4.1.318.1.1.27.1.4.1.2.1.3.1"
UPS = "1.3.6.1.2.1.33.1.4.4.1.4"
OBJECTS = (
    {f"{APC}.5.1": ("integer", "138"), f"{APC}.9.1": ("integer", "4021")}
    | {f"{UPS}.{line}": ("integer", str(1000 + line)) for line in (1, 2, 3)}
    | {f"{INROW}.{row}": ("integer", value) for row, value in (("1", "228"), ("7", "35"), ("11", "182"), ("13", "305"))}
)
V3 = {
    "user": USER,
    "auth": "sha1",
    "auth_password": {"env": "AUTH"},
    "priv": "aes128",
    "priv_password": {"env": "PRIV"},
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_snmpd(tmp_path_factory.mktemp("snmpd"), OBJECTS) as found:
        yield found


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COMMUNITY": COMMUNITY, "AUTH": AUTH, "PRIV": PRIV, "WRONG": "wrongpass123"}.items():
        monkeypatch.setenv(name, value)


def polled(port: int, **keys: object) -> dict[tuple[str, str], float]:
    table = {"id": "s", "point": "lab/pdu", "host": "127.0.0.1", "port": port, **keys}
    one = Snmp.model_validate(({} if "user" in keys else {"community": {"env": "COMMUNITY"}}) | table)

    async def script() -> dict[tuple[str, str], float]:
        try:
            found = list(one.parse(await one.fetch(), AT))
        finally:
            await one.close()
        return {(reading.point, reading.metric): reading.value for reading in found}

    return asyncio.run(script())


@pytest.mark.peer
@pytest.mark.parametrize("login", [{}, V3], ids=["v2c", "v3"])
def test_a_pdu_and_a_ups_give_their_power(port: int, login: dict[str, object]) -> None:
    # hundredths of kW and tenths of kWh are APC's; three lines of a UPS are added
    pdu = polled(port, profile="apc_rpdu2", **login)
    assert pdu == {("lab/pdu", "power"): 1380.0, ("lab/pdu", "energy_counter"): pytest.approx(402.1)}
    assert polled(port, profile="ups_mib", **login) == {("lab/pdu", "power"): 3006.0}


@pytest.mark.peer
def test_a_crac_gives_air_temperatures_and_its_heat_is_no_power(port: int) -> None:
    points = {"inlet": "air_1", "supply": "air_11", "return": "air_13"}
    found = polled(port, profile="apc_inrow_dx", points=points)
    assert {point: value for (point, _), value in found.items()} == {
        "lab/inlet": pytest.approx(22.8),
        "lab/supply": pytest.approx(18.2),
        "lab/return": pytest.approx(30.5),
    }
    assert {metric for _, metric in found} == {"temperature"}


@pytest.mark.peer
def test_floats_of_net_snmp_are_numbers(port: int, tmp_path: Path) -> None:
    """Its own laLoadFloat stands for a sensor: an agent by others packs it as Opaque."""
    file = tmp_path / "load.toml"
    file.write_text(
        'name = "Load"\nsource = "UCD-SNMP-MIB"\nverified = true\n'
        '[[values]]\nlayer = "load"\nmetric = "power"\noid = "1.3.6.1.4.1.2021.10.1.6"\n'
    )
    (found,) = polled(port, profile=str(file), points={"pdu": "load 3"}).values()
    assert 0 < found < 1000


@pytest.mark.peer
@pytest.mark.parametrize("login", [{**V3, "auth_password": {"env": "WRONG"}}, {**V3, "user": "nobody"}])
def test_a_user_that_is_refused_is_told(port: int, login: dict[str, object]) -> None:
    with pytest.raises(SourceRefused, match="refuses user") as caught:
        polled(port, profile="ups_mib", **login)
    assert "wrongpass123" not in str(caught.value)
