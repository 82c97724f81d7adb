"""A million rows of 1,000 points through the judge, every tenth point with bounds that change by date."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from collectors.judge import judge
from collectors.reading import READING_SCHEMA
from config.site import Company, Point, Settings, Site

ROWS, POINTS, NOW = 1_000_000, 1000, 1_773_446_400
ROWS_PER_S = 1_000_000


def site() -> Settings:
    hall = Site(id="hall", name="Hall", zone="DE", time_zone="UTC", currency="EUR")
    change = [{"from": NOW - 50_000, "max_w": 1500.0}]
    keys = [{"changes": change} if n % 10 == 0 else {} for n in range(POINTS)]
    tables = [{"id": f"hall/s{n}", "role": "server", "min_w": 50.0, "max_w": 2000.0, **keys[n]} for n in range(POINTS)]
    points = tuple(Point.model_validate(table) for table in tables)
    return Settings(company=Company(name="A", currency="EUR"), sites=(hall,), points=points, path=Path("wattlas.toml"))


def rows() -> pa.Table:
    random = np.random.default_rng(7)
    watts = np.where(random.random(ROWS) < 0.001, 65535.0, random.uniform(100, 1400, ROWS))
    same = np.zeros(ROWS, np.int32)
    columns = {
        "point": pa.DictionaryArray.from_arrays(
            pa.array(random.integers(0, POINTS, ROWS), pa.int32()), [f"hall/s{n}" for n in range(POINTS)]
        ),
        "metric": pa.DictionaryArray.from_arrays(same, ["power"]),
        "time": NOW - random.integers(0, 100_000, ROWS),
        "value": watts,
        "quality": pa.DictionaryArray.from_arrays(same, ["measured"]),
        "reason": pa.nulls(ROWS, READING_SCHEMA.field("reason").type),
        "origin": pa.DictionaryArray.from_arrays(same, ["import"]),
        "device_time": pa.nulls(ROWS, pa.int64()),
        "seq": same.astype(np.int64),
    }
    return pa.table(columns, schema=READING_SCHEMA)


@pytest.mark.bench
def test_a_million_rows_a_second() -> None:
    table, settings = rows(), site()
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        _, rejected = judge(table, settings, now=NOW)
        spent.append(time.perf_counter() - began)
    sys.stdout.write(f"\njudge: {ROWS / min(spent) / 1e6:.1f} M rows/s, {rejected} rejected\n")
    assert 900 < rejected < 1100
    assert ROWS / min(spent) >= ROWS_PER_S
