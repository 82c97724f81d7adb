"""What a real H100 said (recorded by tests/device/nvml_proof.py): the register is the truth, power a guess.

`h100_bursts.csv` (2026-11-27) holds a poll a second over 550 s of bursts of matrix products between 74 and 964 W.
Instant power sampled every 50 ms, integrated, agrees with the register within 0.2 % (tests/bench/RESULTS.md).
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from analytics.intervals import PointRule
from tests.analytics.build import MIDNIGHT, approx, run

TRACE = Path(__file__).with_name("h100_bursts.csv")
MJ_PER_KWH = 3.6e9
GPU = "lab/gpu"
Series = list[tuple[int, float]]


def polled(column: str, *, every_s: int, divisor: float) -> Series:
    with TRACE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["second"]) % every_s == 0]
    return [(int(row["second"]), float(row[column]) / divisor) for row in rows]


def booked(metric: str, series: Series, *, every_s: int) -> tuple[float, float, float]:
    """Energy and its bounds [kWh] that the kernel books of one metric over the trace."""
    rules = {GPU: PointRule(interval_s={metric: every_s}, max_w=1000)}
    rows = run({(GPU, metric): series}, rules, start=series[0][0], end=series[-1][0]).rows
    assert rows["start"][0].as_py() == MIDNIGHT
    return tuple(sum(rows[name].to_pylist()) for name in ("energy_kwh", "low_kwh", "high_kwh"))


@pytest.mark.parametrize("every_s", [1, 10, 60])
def test_the_register_gives_the_same_energy_however_seldom_it_is_read(every_s: int) -> None:
    series = polled("energy_mj", every_s=every_s, divisor=MJ_PER_KWH)
    energy_kwh, low_kwh, high_kwh = booked("energy_counter", series, every_s=every_s)
    assert energy_kwh == approx(series[-1][1] - series[0][1], rel=1e-9)
    assert low_kwh == approx(energy_kwh)
    assert high_kwh == approx(energy_kwh)


@pytest.mark.parametrize("column", ["power_instant_mw", "power_average_mw"])
def test_sampled_power_is_off_and_its_bounds_say_so(column: str) -> None:
    every_s = 10
    register = polled("energy_mj", every_s=every_s, divisor=MJ_PER_KWH)
    truth_kwh = register[-1][1] - register[0][1]
    energy_kwh, low_kwh, high_kwh = booked("power", polled(column, every_s=every_s, divisor=1e3), every_s=every_s)
    assert energy_kwh == approx(truth_kwh, rel=0.1)
    assert energy_kwh != approx(truth_kwh, rel=0.005)  # which is why the register comes first
    assert low_kwh <= truth_kwh <= high_kwh
