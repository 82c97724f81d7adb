"""One contract for every archive: the same readings in, the same readings and the same ledger out.

The lake is the measure. InfluxDB 1.6.7 is held against it, and any server that WATTLAS_TEST_INFLUX_URL, _TOKEN and
_ORG name (its buckets `wattlas_test_raw` and `wattlas_test_hourly` are created, and written to at times of this run).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from collectors.arrays import numpy_of
from collectors.store.influx import bootstrap
from collectors.store.open import open_stores
from config.fingerprint import config_hash
from config.loading import load_settings
from tests.collectors.store.tables import readings
from tests.peers.influx_server import influxd, running
from tests.traces import MIDNIGHT, trace
from tests.ui.case_site import write_case
from ui.books.context import Context
from ui.books.judging import cells
from ui.books.keeping import Bookkeeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from collectors.store.open import Stores
    from config.site import Settings
    from tests.traces import Trace

pytestmark = pytest.mark.peer
KINDS = (
    "power_gap",
    "power_duplicates",
    "power_disorder",
    "counter_gap",
    "counter_wrap",
    "counter_and_power",
    "energy_delta",
)
DAY_S = 86_400
URL = "WATTLAS_TEST_INFLUX_URL"


@pytest.fixture(scope="module", params=["influxdb 1.6.7", "server of the environment"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Lines of `[store]` that name a server."""
    if request.param.startswith("server"):
        if URL not in os.environ:
            pytest.skip(f"no {URL}: the contract ran against the servers at hand only")
        secret = {"token": '{ env = "WATTLAS_TEST_INFLUX_TOKEN" }'} if "WATTLAS_TEST_INFLUX_TOKEN" in os.environ else {}
        org = {"org": f'"{os.environ["WATTLAS_TEST_INFLUX_ORG"]}"'} if "WATTLAS_TEST_INFLUX_ORG" in os.environ else {}
        yield {"url": f'"{os.environ[URL]}"', **secret, **org}
        return
    with running(influxd(tmp_path_factory.mktemp("influxd"))) as peer:
        yield {"url": f'"{peer.url}"'}


def opened(folder: Path, case: Trace, store: dict[str, str]) -> tuple[Settings, Stores]:
    folder.mkdir()
    path = write_case(folder, case.meters)
    lines = "".join(f"{key} = {value}\n" for key, value in store.items())
    path.write_text(f"[store]\nraw_retention_months = 1200\n{lines}\n{path.read_text()}")
    settings = load_settings(path)
    return settings, open_stores(settings)


def accepted(case: Trace, site: str, shift: int) -> list[pa.Table]:
    """The readings of a case in five batches of their order, the last two not shipped; every 97th is refused."""
    joules = {"J": 1 / 3.6e6}
    rows = [
        (f"t/{site}{point}", metric, at + shift, float(value) * joules.get(unit, 1.0))
        for at, point, metric, value, unit in case.readings
        if value not in ("", "nan")
    ]
    size = -(-len(rows) // 5)
    good = [readings(rows[at : at + size], origin="import:a") for at in range(0, len(rows), size)]
    bad = readings([(*row[:3], -5.0) for row in rows[::97]], quality="rejected", reason="below 0 W", origin="bmc-1")
    return [*good[:2], bad, *good[2:]]


def run(stores: Stores, settings: Settings, tables: list[pa.Table], now: int) -> None:
    for number, table in enumerate(tables):
        stores.spool.accept(table)
        if number < len(tables) - 2:
            stores.ship(now=now)
        if number == len(tables) // 2:
            Bookkeeper(settings, stores, config_hash(settings)).keep(now=now)
    Bookkeeper(settings, stores, config_hash(settings)).keep(now=now)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_readings_and_equal_ledgers(kind: str, tmp_path: Path, server: dict[str, str]) -> None:
    today = int(time.time()) // DAY_S * DAY_S
    shift, prefix = today - 3 * DAY_S - MIDNIGHT, f"{kind}{time.time_ns()}-"  # no server keeps points of another run
    case = trace(kind, seed=7)
    for meter in case.meters:
        meter["id"] = prefix + meter["id"]
        if "exchanged_at" in meter:
            del meter["exchanged_at"]
    buckets = {"bucket_raw": '"wattlas_test_raw"', "bucket_hourly": '"wattlas_test_hourly"'}
    theirs = opened(tmp_path / "lake", case, {"kind": '"lake"'})
    mine = opened(tmp_path / "influx", case, {"kind": '"influxdb"', **server, **buckets})
    assert mine[1].influx is not None
    found = bootstrap.init(mine[1].influx.server, raw_retention_months=13)
    assert all(one.ok for one in found), found
    tables = accepted(case, prefix, shift)
    for settings, stores in (theirs, mine):
        run(stores, settings, tables, today)
    points = [point.id for point in theirs[0].points]
    same_rows(*(stores.archive.read(points, rejected=True) for _, stores in (theirs, mine)))
    same_rows(*(stores.books.rows(points) for _, stores in (theirs, mine)))
    window = (shift + MIDNIGHT + 1234, shift + MIDNIGHT + 40_321)
    same_rows(*(cells(s, Context(stores), points, *window, config_hash="x")[0] for s, stores in (theirs, mine)))
    same_rows(*(stores.archive.read(points, start=window[0], end=window[1]) for _, stores in (theirs, mine)))
    metric = case.readings[0][2]
    ours = [stores.archive.series(points, metric, *window, 100) for _, stores in (theirs, mine)]
    assert np.allclose(numpy_of(ours[0]["mean"]), numpy_of(ours[1]["mean"]), rtol=1e-9)
    same_rows(*(one.drop_columns("mean") for one in ours))


def same_rows(one: pa.Table, other: pa.Table) -> None:
    """Equal in schema, order and every cell; refused readings of one second may be fewer on a server."""
    assert one.schema == other.schema
    left, right = plain(one), plain(other)
    assert len(left) == len(right)
    assert left == right
    assert left


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """Rows with the sequence left out: two spools begin their numbers each on its own."""
    rows = table.drop_columns([name for name in ("seq", "config_hash") if name in table.column_names]).to_pylist()
    return [row for row in rows if row.get("quality") != "rejected"] + last_refused(rows)


def last_refused(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    refused = [row for row in rows if row.get("quality") == "rejected"]
    return list({(row["point"], row["metric"], row["time"]): row for row in refused}.values())
