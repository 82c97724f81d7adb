"""Why a certificate is not trusted is told; an expired one is not an unsigned one."""

from __future__ import annotations

import asyncio
import os
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.mqtt import Mqtt
from collectors.plugins.prometheus import Prometheus
from collectors.plugins.redfish import Redfish
from collectors.plugins.trust import trusting
from config.errors import SourceRefused
from tests.peers.certificate import self_signed

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.contract import Collector

TABLE = {"id": "s", "point": "lab/srv", "deadline_s": 5}
TOPICS = [{"topic": "open/{point}/power", "values": {"power": {"unit": "W"}}}]
EXPIRED = r"is not trusted \(certificate has expired\): let it be renewed, and look whether the clock here is right"
OTHER = r"is not trusted \(IP address mismatch, .*[^.]\): use the name that it was made for"
UNSIGNED = r"is not trusted \(self-signed certificate\): "


def source(kind: str, port: int, ca: Path | None) -> Collector:
    known = {} if ca is None else {"ca": {"file": ca}}
    if kind == "mqtt":
        return Mqtt.model_validate(TABLE | {"host": "127.0.0.1", "port": port, "tls": True, "topics": TOPICS} | known)
    url = f"https://127.0.0.1:{port}"
    if kind == "redfish":
        return Redfish.model_validate(TABLE | {"url": url} | known)
    return Prometheus.model_validate(TABLE | {"url": f"{url}/metrics", "mapping": "dcgm"} | known)


async def asked(kind: str, certificate: Path, ca: Path | None) -> None:
    """Ask a server that shows a certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    one = source(kind, server.sockets[0].getsockname()[1], ca)
    try:
        list(one.parse(await one.fetch(), datetime.now(UTC)))  # type: ignore[misc]  # none of them blocks
    finally:
        await one.close()
        server.close()


@pytest.mark.peer
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # paho leaves such a socket to be collected
@pytest.mark.parametrize("kind", ["mqtt", "prometheus", "redfish"])
@pytest.mark.parametrize(
    ("address", "days", "known", "why"),
    [
        ("127.0.0.1", -1, True, EXPIRED),
        ("127.0.0.2", 1, True, OTHER),
        ("127.0.0.1", 1, False, UNSIGNED),
    ],
)
def test_why_a_certificate_is_not_trusted_is_told(
    tmp_path: Path, kind: str, address: str, days: int, *, known: bool, why: str
) -> None:
    shown, _ = self_signed(tmp_path, address=address, days=days)
    remedy = 'pin it by fingerprint = "sha256' if kind == "redfish" else "name its authority in ca"
    with pytest.raises(SourceRefused, match=why if known else why + remedy):
        asyncio.run(asked(kind, shown, shown if known else None))


def test_an_authority_that_was_renewed_counts_without_a_restart(tmp_path: Path) -> None:
    path, _ = self_signed(tmp_path, address="127.0.0.1")
    former = trusting(path)
    assert trusting(path) is former
    self_signed(tmp_path, address="127.0.0.1")
    os.utime(path, ns=(1, 1))
    assert trusting(path) is not former
