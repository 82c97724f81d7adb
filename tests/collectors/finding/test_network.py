"""Addresses that may be asked, and answers of devices that mean no good: each question ends, each text is plain."""

from __future__ import annotations

import json
import socket
import ssl
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from collectors.finding import probes
from collectors.finding.network import addresses_of, one_of_each, public
from collectors.finding.probes import Heard
from config.errors import InputError
from tests.peers.certificate import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def answering(pem: Path, *parts: bytes, pause_s: float = 0.0) -> Iterator[int]:
    """An HTTPS server that answers one question with these parts, a pause between each two."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            raw, _ = server.accept()
            try:
                with tls.wrap_socket(raw, server_side=True) as link:
                    link.recv(1000)
                    for part in parts:
                        link.send(part)
                        time.sleep(pause_s)
            except OSError:
                return

        thread = Thread(target=answer)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(5)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))[0]


def page(body: object) -> bytes:
    told = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told


@pytest.mark.peer
def test_a_service_that_drips_is_left(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "LONGEST_S", 0.3)
    began = time.monotonic()
    with answering(pem, b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", *[b" "] * 20, pause_s=0.05) as port:
        assert probes.redfish("127.0.0.1", port) is None
        assert time.monotonic() - began < 0.9


@pytest.mark.peer
@pytest.mark.parametrize(
    ("root", "title", "uuid"),
    [
        ({"Vendor": "Small", "UUID": "A-1"}, "Small", "a-1"),
        ({"Vendor": "=HYPERLINK(1)"}, "HYPERLINK(1)", ""),
        ({"Name": "a\nb\u202ec\x1b[31m"}, "a bc[31m", ""),
        ({"Vendor": ["x"], "UUID": "00000000-0000-0000-0000-000000000000"}, "Redfish service", ""),
        ({"Vendor": " \n", "Name": "BMC", "UUID": None}, "BMC", ""),
    ],
)
def test_what_a_service_calls_itself_is_plain(pem: Path, root: dict[str, object], title: str, uuid: str) -> None:
    with answering(pem, page({"RedfishVersion": "1.6.0"} | root)) as port:
        heard = probes.redfish("127.0.0.1", port)
    assert heard is not None
    assert (heard.title, heard.uuid) == (title, uuid)
    assert heard.fingerprint.startswith("sha256:")


@pytest.mark.peer
@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_a_service_may_end_its_connection_with_its_answer(pem: Path, head: bytes) -> None:
    with answering(pem, head + b'{"RedfishVersion": "1.6.0"}') as port:
        heard = probes.redfish("127.0.0.1", port)
    assert heard is not None
    assert len(heard.fingerprint) == len("sha256:") + 64


@pytest.mark.parametrize("text", ["224.0.0.0/24", "0.0.0.0/24", "255.255.255.255", "223.255.255.250-224.0.0.3"])
def test_what_is_no_single_device_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="of no single device"):
        addresses_of(text)


def test_addresses_of_the_internet_are_known_as_such() -> None:
    assert public(addresses_of("8.8.8.0/24"))
    assert not public(addresses_of("10.0.0.0/24"))
    assert not public(addresses_of("127.0.0.1"))


def heard(address: str, protocol: str, **other: object) -> Heard:
    return Heard(address, 1, protocol, "t", "server", **other)  # type: ignore[arg-type] # as the cases write it


def test_a_device_that_was_asked_twice_or_in_two_ways_is_one_row() -> None:
    ipmi, snmp = heard("10.0.0.5", "ipmi"), heard("10.0.0.5", "snmp", profile="idrac")
    assert one_of_each([ipmi, snmp, ipmi]) == ([ipmi], ["10.0.0.5 answers as snmp too: IPMI is read."])
    unset = [heard("10.0.0.5", "redfish"), heard("10.0.0.6", "redfish")]
    assert one_of_each(unset) == (unset, [])


def test_a_pdu_that_speaks_redfish_too_is_one_row_and_no_server() -> None:
    pdu = Heard("10.0.0.7", 161, "snmp", "PDU", "pdu", profile="raritan_px")
    kept, said = one_of_each([heard("10.0.0.7", "redfish"), pdu])
    assert kept == [pdu]
    assert said == ["10.0.0.7 answers as redfish too: SNMP is read, for it is no server."]
