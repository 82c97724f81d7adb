"""One InfluxDB for the tests that need nothing but its promises; each has empty databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.influx import bootstrap
from tests.collectors.influx.served_site import Site
from tests.collectors.influx.shop import Shop, shop
from tests.peers.influx_server import Peer, influxd, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with running(influxd(tmp_path_factory.mktemp("influxd"))) as one:
        yield one


@pytest.fixture
def place(peer: Peer, tmp_path: Path) -> Shop:
    for name in ("raw", "hourly"):
        peer.order(f'DROP DATABASE "{name}"')
    one = shop(tmp_path / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly")
    bootstrap.init(one.influx.server, raw_retention_months=13)
    return one


@pytest.fixture
def site(peer: Peer, tmp_path: Path) -> Site:
    """A whole site whose archive is the server."""
    for name in ("raw", "hourly"):
        peer.order(f'DROP DATABASE "{name}"')
    one = Site(tmp_path, peer)
    one.is_on("influxdb")
    return one
