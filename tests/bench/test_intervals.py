"""One day of 1,000 meters at 10 s through the ledger kernel, against a bare trapezoid over the same arrays.

The bare trapezoid knows no cells, gaps, qualities or bounds, and reads nothing: with the reading the bar is 5x.
"""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from analytics.intervals import PointRule, intervals

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = 1_773_446_400  # 2026-03-14T00:00:00Z
METERS, SAMPLES, ROUNDS = 1000, 8640, 5


@pytest.mark.bench
def test_a_day_of_a_thousand_meters() -> None:
    times, watts, readings = _day()
    rules = {f"hall/m{number:04}": PointRule(interval_s={"power": 10}, max_w=3000.0) for number in range(METERS)}

    def kernel() -> float:
        rows = intervals(readings, rules=rules, start=DAY, end=DAY + 86_400).rows
        return float(rows["energy_kwh"].to_numpy().sum())

    def bare() -> float:
        return float(np.trapezoid(watts, times, axis=1).sum()) / 3.6e6

    assert kernel() == pytest.approx(bare(), rel=1e-9)  # also warms both up
    spent = {name: [_seconds(call) for _ in range(ROUNDS)] for name, call in (("bare", bare), ("kernel", kernel))}
    fast = {name: min(seconds) for name, seconds in spent.items()}
    tracemalloc.start()
    kernel()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"\n{METERS * SAMPLES / 1e6:.2f} M readings: kernel {fast['kernel']:.3f} s, bare {fast['bare']:.3f} s, "
        f"ratio {fast['kernel'] / fast['bare']:.1f}, peak {peak / 1e6:.0f} MB beyond the table"
    )
    assert fast["kernel"] <= 10 * fast["bare"]
    assert peak <= 500e6


def _day() -> tuple[np.ndarray, np.ndarray, pa.Table]:
    """Return times and watts as matrices of one row a meter, and the same memory as a table of readings."""
    noise = np.random.default_rng(7)
    times = np.tile(DAY + np.arange(SAMPLES, dtype=np.int64) * 10, (METERS, 1))
    watts = np.round(noise.uniform(200, 900, (METERS, 1)) + noise.normal(0, 30, (METERS, SAMPLES)), 1)
    point = pa.DictionaryArray.from_arrays(
        np.repeat(np.arange(METERS, dtype=np.int32), SAMPLES), [f"hall/m{number:04}" for number in range(METERS)]
    )
    same = np.zeros(METERS * SAMPLES, dtype=np.int32)
    readings = pa.table(
        {
            "point": point,
            "metric": pa.DictionaryArray.from_arrays(same, ["power"]),
            "time": times.reshape(-1),
            "value": watts.reshape(-1),
            "quality": pa.DictionaryArray.from_arrays(same, ["measured"]),
        }
    )
    return times, watts, readings


def _seconds(call: Callable[[], float]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
