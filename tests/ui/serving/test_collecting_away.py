"""Collecting with the server away: readings wait in the spool, the doctor tells, and nothing is lost after it."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from collectors.store.doctor import examine
from collectors.store.influx import bootstrap
from config.errors import StoreUnavailable
from tests.peers.influx_server import influxd, running
from tests.ui.plant import write_site
from ui.service import open_service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.service import Service

SITE = """
[store]
kind = "influxdb"
url = "{url}"
connect_timeout_s = 0.5
"""


@pytest.mark.peer
def test_collection_goes_on_into_the_spool(tmp_path: Path) -> None:
    peer = influxd(tmp_path / "influxd")
    path = write_site(tmp_path / "wattlas.toml", poll_s=1)
    path.write_text(SITE.format(url=peer.url) + path.read_text())
    service = open_service(path, None)
    collected_until(open_service(path, None), lambda: service.stores.spool.backlog().rows >= 3 and told(service) != [])
    waiting = service.stores.spool.backlog().rows
    (sentence,) = told(service)
    assert "cannot be reached: start it, or correct [store] url (since " in sentence
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        service.keep_books()
    with running(peer):
        assert service.stores.influx is not None
        bootstrap.init(service.stores.influx.server, raw_retention_months=13)
        service.stores.influx.shipper.backoff.succeeded()
        assert service.ship() == waiting
        service.keep_books()
        now = int(time.time())
        assert service.stores.archive.read(start=now - 3600, end=now + 1).num_rows > 0
        assert told(service) == []


def told(service: Service) -> list[str]:
    return [finding.sentence for finding in examine(service.stores.data) if finding.store == "influxdb"]


def collected_until(service: Service, seen: Callable[[], bool]) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=service.collect, args=(stop, SimpleQueue()))
    thread.start()
    deadline = time.monotonic() + 60
    while not seen() and time.monotonic() < deadline:
        assert thread.is_alive()
        time.sleep(0.2)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
