"""`wattlas discover`: real agents on loopback become rows that the inventory takes."""

from __future__ import annotations

import asyncio
import csv
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from collectors.finding.network import addresses_of, one_of_each
from collectors.finding.probes import Heard
from config.errors import InputError
from tests.peers.certificate import self_signed
from tests.peers.ipmi_sim import running_bmcs
from tests.peers.redfish_stub import ROOT, Stub, serving
from tests.peers.snmpd import COMMUNITY, running_snmpd
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PDU = {
    "1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1.5": ("integer", "138"),
    "1.3.6.1.2.1.1.2.0": ("object_id", "1.3.6.1.4.1.13742.6"),
}
SITE = """
[company]
name = "Small"
currency = "EUR"
[[sites]]
id = "s"
name = "Small site"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
[inventory]
file = "inventory.csv"
"""


@contextmanager
def redfish_server(pem: Path) -> Iterator[int]:
    """A service in a thread of its own: the command asks it from its threads."""
    stub = Stub({ROOT: {"RedfishVersion": "1.15.0", "Product": "Small BMC", "UUID": "u-1"}})
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    loop, up, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with serving(stub, tls):
            up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    up.wait(10)
    try:
        yield int(stub.url.rpartition(":")[2])
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wattlas.toml").write_text(SITE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SNMP_COMMUNITY", COMMUNITY)
    return tmp_path


@pytest.mark.peer
def test_what_answers_becomes_rows_that_the_inventory_takes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    pem, digest = self_signed(tmp_path_factory.mktemp("tls"))
    agent = running_snmpd(tmp_path_factory.mktemp("snmpd"), PDU)
    with running_bmcs(tmp_path_factory.mktemp("bmc"), 1) as (bmc,), agent as snmp, redfish_server(pem) as redfish:
        ports = [word for pair in (("redfish", redfish), ("ipmi", bmc.port), ("snmp", snmp)) for word in _port(*pair)]
        assert main(["discover", "--range", "127.0.0.1", *ports, "--yes"]) == 0
        found = capsys.readouterr()
        assert main(["discover", "--range", "127.0.0.1", *ports, "--kind", "ipmi", "--yes", "--out", "bmc.csv"]) == 0
    assert "127.0.0.1 answers as ipmi too: Redfish is read." in found.err
    rows = {row["id"]: row for row in csv.DictReader((folder / "discovered.csv").read_text().splitlines())}
    assert set(rows) == {"srv-127-0-0-1", "pdu-127-0-0-1"}
    assert rows["srv-127-0-0-1"]["name"] == "Small BMC"
    assert rows["srv-127-0-0-1"]["source.fingerprint"] == f"sha256:{digest}"
    assert rows["pdu-127-0-0-1"]["source.profile"] == "raritan_px"
    (only,) = csv.DictReader((folder / "bmc.csv").read_text().splitlines())
    assert (only["source.kind"], only["source.host"]) == ("ipmi", "127.0.0.1")
    assert main(["inventory", "import", "discovered.csv"]) == 0
    assert main(["check"]) == 0, capsys.readouterr().err
    assert COMMUNITY not in (folder / "inventory.csv").read_text()


def _port(kind: str, port: int) -> tuple[str, str]:
    return "--port", f"{kind}={port}"


@pytest.mark.peer
def test_nobody_is_asked_before_a_yes_and_silence_is_no_row(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("typer.confirm", no)
    assert main(["discover", "--range", "127.0.0.1", "--range", "127.0.0.5-6"]) == 0
    assert asked == [
        "Ask 1 addresses (127.0.0.1) for Redfish (TCP) 443, IPMI (UDP) 623, SNMP v2c (UDP) 161?",
        "Ask 2 addresses (127.0.0.5 to 127.0.0.6) for Redfish (TCP) 443, IPMI (UDP) 623, SNMP v2c (UDP) 161?",
    ]
    assert "Nothing new answers" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ports = [word for kind in ("redfish", "ipmi") for word in _port(kind, port)]
    assert main(["discover", "--range", "127.0.0.1", *ports, "--yes"]) == 0
    assert "SNMP is left out: put the community into the environment variable" in capsys.readouterr().err
    assert not (folder / "discovered.csv").exists()


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--range", "10.0.0.0/8"], "name 1 to 4,096 at once"),
        (["--range", "10.0.0.9-5"], "holds 0 addresses"),
        (["--range", "hall-1"], "write a network such as"),
        (["--range", "10.0.0.1", "--port", "http=80"], "write one like redfish=8443"),
        (["--range", "10.0.0.1", "--site", "x"], "is no site"),
    ],
)
def test_slips_are_told_in_one_sentence(
    folder: Path, argv: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", *argv]) == 2
    assert text in capsys.readouterr().err


def test_addresses_are_written_in_four_ways() -> None:
    assert addresses_of("10.0.0.0/30") == ("10.0.0.1", "10.0.0.2")
    assert addresses_of("10.0.0.4/31") == ("10.0.0.4", "10.0.0.5")
    assert addresses_of("10.0.0.254-10.0.1.1") == ("10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1")
    assert addresses_of("10.0.0.7") == ("10.0.0.7",)
    with pytest.raises(InputError):
        addresses_of("10.0.0.1-x")


def test_one_device_is_one_row() -> None:
    bmc = Heard("10.0.0.1", 443, "redfish", "BMC", "server", uuid="u")
    again = Heard("10.0.0.2", 443, "redfish", "BMC", "server", uuid="u")
    idrac = Heard("10.0.0.1", 161, "snmp", "iDRAC", "server", profile="idrac")
    pdu = Heard("10.0.0.3", 161, "snmp", "PDU", "pdu", profile="raritan_px")
    switch = Heard("10.0.0.4", 161, "snmp", "a switch")
    kept, said = one_of_each([bmc, idrac, again, pdu, switch])
    assert kept == [bmc, pdu]
    assert [sentence.partition(" ")[0] for sentence in said] == ["10.0.0.1", "10.0.0.2", "10.0.0.4"]
