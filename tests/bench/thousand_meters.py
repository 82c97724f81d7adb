"""A site of 1,000 servers on two PDUs, one UPS and a utility feed, with a day of readings or a year of ledger rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of
from collectors.ledger_row import INTERVAL_S, LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SERVERS = 1000
DAY_S = 86_400
SITE = """
[company]
name = "Bench"
currency = "EUR"
[[sites]]
id = "b"
name = "Bench"
zone = "US"
time_zone = "UTC"
currency = "EUR"
pue_category = 1
[[points]]
id = "b/utility"
role = "utility"
max_w = 3e6
interval_s = { power = 10 }
[[points]]
id = "b/ups"
role = "ups"
parent = "b/utility"
max_w = 2e6
interval_s = { power = 10 }
[[templates]]
name = "server"
pattern = "srv-[0001-1000]"
site = "b"
role = "server"
parents = ["ups"]
min_w = 10
max_w = 2000
interval_s = { power = 10 }
"""


def site_file(folder: Path) -> Path:
    """Write the site file."""
    path = folder / "wattlas.toml"
    path.write_text(SITE)
    return path


def servers() -> list[str]:
    """Ids of the servers."""
    return [f"b/srv-{number:04}" for number in range(1, SERVERS + 1)]


def readings(start: int, *, seconds: int, step_s: int = 10, seed: int = 1) -> pa.Table:
    """Power of every server, each `step_s` seconds: a rounded random walk, as a meter would give it."""
    noise = np.random.default_rng(seed)
    times = np.arange(start, start + seconds, step_s, dtype=np.int64)
    watts = np.round(400 + np.cumsum(noise.normal(0, 1, (SERVERS, len(times))), axis=1), 1)
    rows = SERVERS * len(times)
    columns = {
        "point": _coded(np.repeat(np.arange(SERVERS, dtype=np.int32), len(times)), servers()),
        "metric": _coded(np.zeros(rows, np.int32), ["power"]),
        "time": arrow_of(np.tile(times, SERVERS)),
        "value": arrow_of(np.clip(watts, 60, 1900).reshape(-1)),
        "quality": _coded(np.zeros(rows, np.int32), ["measured"]),
        "reason": pa.nulls(rows, READING_SCHEMA.field("reason").type),
        "origin": _coded(np.zeros(rows, np.int32), ["bench"]),
        "device_time": pa.nulls(rows, pa.int64()),
        "seq": arrow_of(np.zeros(rows, np.int64)),
    }
    return pa.table(columns, schema=READING_SCHEMA)


def month_of_rows(start: int, end: int) -> pa.Table:
    """Ledger rows of all points over [start, end): servers draw what the UPS gives, the utility a third more."""
    cells = (end - start) // INTERVAL_S
    points = ["b/utility", "b/ups", *servers()]
    noise = np.random.default_rng(start)
    kwh = np.round(0.1 + 0.02 * noise.random((SERVERS, cells)), 4)
    total = kwh.sum(axis=0)
    return ledger_of(points, np.vstack([total * 1.33, total, kwh]), start)


def ledger_of(points: list[str], kwh: NDArray[np.float64], start: int) -> pa.Table:
    """Ledger rows of points by cells from `start` on, all measured."""
    cells = start + np.arange(kwh.shape[1], dtype=np.int64) * INTERVAL_S
    energy = kwh.reshape(-1)
    rows = energy.size
    same = np.zeros(rows, np.int32)
    columns = {
        "start": arrow_of(np.tile(cells, len(points))),
        "end": arrow_of(np.tile(cells + INTERVAL_S, len(points))),
        "point": _coded(np.repeat(np.arange(len(points), dtype=np.int32), len(cells)), points),
        "metric": _coded(same, ["energy"]),
        "energy_kwh": arrow_of(energy),
        "value": arrow_of(energy * 4000),
        "unit": _coded(same, ["W"]),
        "measured": arrow_of(np.ones(rows)),
        "estimated": arrow_of(np.zeros(rows)),
        "missing": arrow_of(np.zeros(rows)),
        "quality": _coded(same, ["measured"]),
        "method": _coded(same, ["power"]),
        "revision": arrow_of(np.zeros(rows, np.int32)),
        "config_hash": _coded(same, ["0123456789abcdef"]),
        "low_kwh": arrow_of(energy),
        "high_kwh": arrow_of(energy),
    }
    return pa.table(columns, schema=LEDGER_SCHEMA)


def _coded(codes: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(arrow_of(codes), pa.array(names))
