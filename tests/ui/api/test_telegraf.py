"""Telegraf's HTTP output, on the wire of the real server: its headers, its chunks and its line protocol.

Telegraf itself is not at hand. The bytes are written after its manual and source (`outputs.http` of 1.30 and later, the
`influx` serializer, Go's HTTP client): a body packed as gzip goes out in chunks, without a length; tags are sorted;
integers end in `i`, unsigned ones in `u`; texts may hold quotes and line ends; no Idempotency-Key; what was answered by
anything but 2xx is sent again.
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from collectors.importing.mapping import mapping_of, save_mapping
from tests.ui.api.halls import Halls, halls

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peer
BODY = Path(__file__).with_name("telegraf").joinpath("body.lp").read_bytes()
MAPPING = {
    "format": "lines",
    "point_tags": "{name}",
    "fields": {
        "ipmi_sensor.value": {"metric": "power", "unit": "W", "tags": {"unit": "watts"}},
        "modbus.active_energy_import": {"metric": "energy_counter", "unit": "kWh"},
    },
}
HEAD = """POST /api/v1/ingest?mapping=telegraf HTTP/1.1
Host: 127.0.0.1:{port}
User-Agent: Telegraf/1.36.1 Go/1.25.1
{length}
Authorization: Bearer {token}
{coding}Content-Type: text/plain; charset=utf-8
Accept-Encoding: gzip

"""
AT_UPS, AT_UTILITY = b"name=pwr_consumption", b"name=utility"


@pytest.fixture
def hall(tmp_path: Path) -> Halls:
    found = halls(tmp_path)
    save_mapping("telegraf", mapping_of(MAPPING, where="test"), found.kept.service().stores.state)
    return found


@contextmanager
def served(hall: Halls) -> Iterator[int]:
    """The API behind a real server; yields its port."""
    server = uvicorn.Server(uvicorn.Config(hall.app, host="127.0.0.1", port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def sent(port: int, token: str, body: bytes, *, packed: bool) -> str:
    """Write one request as Go's client does and return the status line and headers of the answer."""
    length = "Transfer-Encoding: chunked" if packed else f"Content-Length: {len(body)}"
    coding = "Content-Encoding: gzip\n" if packed else ""
    head = HEAD.format(port=port, length=length, token=token, coding=coding).replace("\n", "\r\n").encode()
    if packed:
        whole = gzip.compress(body, mtime=0)
        cuts = [whole[:10], whole[10:300], whole[300:]]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cuts if part) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.sendall(head)
        link.sendall(body)
        return link.recv(65_536).decode()


@pytest.mark.parametrize("packed", [True, False])
def test_a_batch_of_telegraf_is_taken_whole_and_once(packed: bool, hall: Halls) -> None:  # noqa: FBT001 - of the test
    body = BODY.replace(AT_UPS, b"name=ups")
    with served(hall) as port:
        first = sent(port, hall.token("ingest"), body, packed=packed)
        again = sent(port, hall.token("ingest"), body, packed=packed)
    assert first.startswith("HTTP/1.1 204 No Content\r\n"), first
    assert "wattlas-readings: 3\r\n" in first.lower()
    assert again.startswith("HTTP/1.1 204 No Content\r\n"), (
        "what Telegraf sends again is the same readings, which count once"
    )
    taken = [
        ("s/ups", "power", 0, 312.5, "measured"),
        ("s/utility", "energy_counter", 0, 18222.4, "measured"),
        ("s/ups", "power", 60, 313.0, "measured"),
    ]
    assert hall.accepted() == taken + taken


def test_a_batch_for_another_site_is_refused_with_a_status_that_is_not_tried_again(hall: Halls) -> None:
    with served(hall) as port:
        answer = sent(port, hall.token("ingest", site="b"), BODY.replace(AT_UPS, b"name=s/ups"), packed=True)
    assert answer.startswith("HTTP/1.1 403 "), answer
    assert "is not of site" in answer
    assert hall.accepted() == []
