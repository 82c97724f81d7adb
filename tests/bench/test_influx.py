"""The server store against the least that the same work can cost, in the same run on the same server."""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import sys
import time
import urllib.parse
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.store.influx import bootstrap
from collectors.store.influx.lines import Lines, lines_of
from tests.collectors.influx.shop import Shop, shop
from tests.collectors.store.tables import DAY_S, many
from tests.peers.influx_server import Peer, influxd, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

pytestmark = [pytest.mark.bench, pytest.mark.peer]
START = int(time.time()) // DAY_S * DAY_S - 2 * DAY_S
LINES_PER_S, SHIP_SHARE, SERIES_FACTOR = 1_000_000, 0.7, 1.3


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    with running(influxd(tmp_path / "influxd")) as one:
        yield one


def opened(peer: Peer, data: Path, raw: str) -> Shop:
    one = shop(data, peer.url, bucket_raw=raw, bucket_hourly="hourly")
    bootstrap.init(one.influx.server, raw_retention_months=13)
    return one


def test_a_million_lines_a_second() -> None:
    table = many(1000, 1000, start=START)
    spent = []  # seconds of processor time of all threads: other work on the machine does not count
    for _ in range(5):
        began = time.process_time()
        lines, _ = lines_of(table)
        spent.append(time.process_time() - began)
    assert len(lines) == 1_000_000
    sys.stdout.write(f"\nlines: {len(lines) / min(spent) / 1e6:.2f} M/s, {len(lines.body) / len(lines):.0f} B each\n")
    assert len(lines) / min(spent) >= LINES_PER_S


def test_shipping_against_posting_the_same_prepared_bytes(peer: Peer, tmp_path: Path) -> None:
    rows, shares = 400_000, []
    for number in range(3):
        one = opened(peer, tmp_path / f"data{number}", f"raw{number}")
        for part in range(40):
            one.stores.spool.accept(many(1000, 10, start=START + 100 * part))
        prepared = _prepared(one.stores.spool.after(0))
        bare_s = _posted(peer, f"bare{number}", prepared)
        began = time.perf_counter()
        assert one.ship() == rows
        spent_s = time.perf_counter() - began
        shares.append(bare_s / spent_s)
        sys.stdout.write(
            f"\nship: {rows / spent_s / 1e3:.0f} k/s, bare {rows / bare_s / 1e3:.0f} k/s, {shares[-1]:.2f}x\n"
        )
        shutil.rmtree(one.data)
    assert max(shares) >= SHIP_SHARE


def _prepared(rows: pa.Table) -> list[bytes]:
    lines: Lines = lines_of(rows)[0]
    return [gzip.compress(bytes(one.body), 1) for one in lines.requests()]


def _posted(peer: Peer, db: str, bodies: list[bytes]) -> float:
    peer.order(f'CREATE DATABASE "{db}"')
    with closing(http.client.HTTPConnection("127.0.0.1", peer.port)) as connection:
        began = time.perf_counter()
        for body in bodies:
            connection.request("POST", f"/write?db={db}&precision=s", body, {"Content-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 204
        return time.perf_counter() - began


def test_a_day_of_100_meters_against_the_bare_query(peer: Peer, tmp_path: Path) -> None:
    one = opened(peer, tmp_path / "data", "raw")
    for hour in range(24):
        one.stores.spool.accept(many(100, 360, start=START + hour * 3600))
    assert one.ship() == 864_000
    points = [f"fra1/srv-{n:04}" for n in range(100)]
    factors = []
    for _ in range(5):
        began = time.perf_counter()
        cells = _bare(peer, START, START + DAY_S)
        bare_s = time.perf_counter() - began
        began = time.perf_counter()
        found = one.stores.archive.series(points, "power", START, START + DAY_S, 288)
        spent_s = time.perf_counter() - began
        assert found.num_rows == cells == 28_800
        factors.append(spent_s / bare_s)
        sys.stdout.write(f"\nseries: {spent_s * 1e3:.0f} ms, bare {bare_s * 1e3:.0f} ms, {factors[-1]:.2f}x\n")
    assert np.median(factors) <= SERIES_FACTOR


def _bare(peer: Peer, start: int, end: int) -> int:
    """The same sums by one request without our code; the answer is read and its JSON understood."""
    what = "mean(value), min(value), max(value), count(value)"
    text = f"SELECT {what} FROM power WHERE time >= {start}s AND time < {end}s GROUP BY time(300s), point fill(none)"  # noqa: S608
    query = urllib.parse.urlencode({"db": "raw", "q": text, "epoch": "s"})
    with closing(http.client.HTTPConnection("127.0.0.1", peer.port)) as connection:
        connection.request("GET", f"/query?{query}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return sum(len(one["values"]) for one in json.loads(body)["results"][0]["series"])
