"""A server that is away while readings come in, one batch a second, and comes back: what the spool makes of it."""

from __future__ import annotations

import json
import resource
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from collectors.arrays import numpy_of
from collectors.store.influx import bootstrap
from config.errors import StoreUnavailable
from tests.collectors.influx.shop import shop
from tests.collectors.store.tables import DAY_S, many
from tests.peers.influx_server import influxd, running

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.spool import Spool
    from tests.peers.influx_server import Peer

POINTS = 1000
LIVE_PER_S = 1000
SLICE_S = 1800
START = int(time.time()) // DAY_S * DAY_S - 2 * DAY_S


@dataclass
class Live:
    """Accepts one batch of 1,000 readings a second and asks at once whether `latest` shows it."""

    spool: Spool
    start: int
    rows: int = 0
    total: float = 0.0
    behind: int = 0
    longest_s: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until `stop` is set."""
        due = time.monotonic()
        while not self.stop.wait(max(due - time.monotonic(), 0)):
            due += POINTS / LIVE_PER_S
            second = self.start + self.rows // POINTS
            batch = many(POINTS, 1, start=second)
            self.spool.accept(batch)
            self.rows += POINTS
            self.total += float(numpy_of(batch["value"]).sum())
            began = time.monotonic()
            newest = self.spool.latest(points=["fra1/srv-0007"])["time"][0].as_py()
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            self.behind += newest != second


@dataclass(frozen=True, slots=True)
class Outage:
    """What was measured: rows of the backlog, rate of draining it, growth of memory, what live tiles saw."""

    rows: int
    drained_per_s: float
    grown_mb: float
    behind: int
    latest_s: float


def outage(folder: Path, seconds: int) -> Outage:
    """Let the server be away for simulated seconds at 1,000 readings/s, then drain; count and sum must be exact."""
    peer = influxd(folder / "influxd")
    with running(peer):
        one = shop(
            folder / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly", timeout_s=30.0, spool_max_gb=100.0
        )
        bootstrap.init(one.influx.server, raw_retention_months=13)
        one.influx.adopt()
        peer.kill()
        spool, total = one.stores.spool, 0.0
        for second in range(seconds):
            batch = many(POINTS, 1, start=START + second)
            spool.accept(batch)
            total += float(numpy_of(batch["value"]).sum())
        _refused(one)
        before_mb = _peak_mb()
        peer.start()
        live = Live(spool, START + seconds)
        thread = threading.Thread(target=live.run)
        began = time.monotonic()
        thread.start()
        try:
            while spool.backlog(one.influx.archive.shipped()).rows > 2 * POINTS:
                one.ship()
        finally:
            spent_s = time.monotonic() - began
            live.stop.set()
            thread.join()
        one.ship()
        rows = seconds * POINTS + live.rows
        count, found = _stored(peer, START, START + rows // POINTS)
        assert count == rows
        assert np.isclose(found, total + live.total, rtol=1e-10)
        return Outage(rows, rows / spent_s, _peak_mb() - before_mb, live.behind, live.longest_s)


def _stored(peer: Peer, start: int, end: int) -> tuple[int, float]:
    """Count and sum of what the server has over [start, end), asked in slices that it answers within seconds."""
    count, total = 0, 0.0
    for first in range(start, end, SLICE_S):
        span = f"time >= {first}s AND time < {min(first + SLICE_S, end)}s"
        text = f"SELECT count(value), sum(value) FROM power WHERE {span}"  # noqa: S608 - numbers of our own
        answer = json.loads(peer.ask("/query", db="raw", q=text))
        ((_, some, summed),) = answer["results"][0]["series"][0]["values"]
        count, total = count + some, total + summed
    return count, total


def _refused(one: object) -> None:
    for _ in range(3):
        try:
            one.ship()  # type: ignore[attr-defined]
        except StoreUnavailable:
            continue
        message = "a server that is away cannot take readings"
        raise AssertionError(message)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
