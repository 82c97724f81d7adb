"""Job energy within 2 % of a simulated truth, through readings, books and job records, by cells of several lengths."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.cluster_seconds import hall
from ui.attribution.figures import attributed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.cluster_seconds import Hall

MINUTES = (5, 15, 30, 90, 1440)
NODES, GPUS, HOURS = 16, 8, 24
CASES = (  # seconds between two readings, whether idle power is declared, cells, and the least share within 2 %
    (10, True, (None, 60, 10), 0.98),
    (60, True, (None, 60), 0.8),
    (10, False, (None, 60), 0.85),
)
COARSE = ((0.1, 0.0, True), (0.0, 0.1, True), (0.1, 0.1, True), (0.1, 0.1, False))  # steps of GPUs and nodes


@pytest.mark.bench
@pytest.mark.parametrize(("each_s", "declared", "cells", "bar"), CASES)
def test_jobs_within_two_percent(
    tmp_path: Path, each_s: int, cells: tuple[int | None, ...], bar: float, *, declared: bool
) -> None:
    sizes: dict[str, Any] = {"nodes": NODES, "gpus": GPUS, "hours": HOURS, "mean_minutes": 40.0}
    halls = [
        hall(tmp_path / str(seed), seed=seed, gpu_s=each_s, node_s=each_s, declared=declared, **sizes)
        for seed in (3, 4, 5)
    ]
    print(f"\nread each {each_s} s, idle power {'declared' if declared else 'inferred'}:")
    for every_s in cells:
        parts = [_judged(one, every_s) for one in halls]
        error, minutes, inside = (np.concatenate(column) for column in zip(*parts, strict=True))
        print(f"  cells of {every_s or 900} s: {inside.mean():.1%} of {inside.size:,} jobs inside of their interval")
        for least, most in pairwise(MINUTES):
            own = error[(minutes >= least) & (minutes < most)]
            within, median = (own <= 0.02).mean(), np.median(own)
            print(f"    {least} to {most} min, {own.size} jobs: {within:.1%} within 2 %, median {median:.2%}")
            assert every_s is None or within >= bar
        assert inside.all()


@pytest.mark.bench
@pytest.mark.parametrize(("gpu_step_kwh", "node_step_kwh", "declared"), COARSE)
def test_intervals_hold_coarse_registers(
    tmp_path: Path, gpu_step_kwh: float, node_step_kwh: float, *, declared: bool
) -> None:
    sizes: dict[str, Any] = {"nodes": 8, "gpus": GPUS, "hours": 8, "mean_minutes": 20.0, "gpu_s": 10, "node_s": 10}
    steps: dict[str, Any] = {"gpu_step_kwh": gpu_step_kwh, "node_step_kwh": node_step_kwh}
    parts = [
        _judged(hall(tmp_path / str(seed), seed=seed, declared=declared, **sizes, **steps), None) for seed in (3, 4, 5)
    ]
    _, minutes, inside = (np.concatenate(column) for column in zip(*parts, strict=True))
    short = inside[minutes < 15]
    print(
        f"\nsteps of {gpu_step_kwh:g} and {node_step_kwh:g} kWh: {inside.mean():.1%} of {inside.size:,} jobs inside of"
    )
    print(f"  their interval, {short.mean():.1%} of those of 5 to 15 min")
    assert min(inside.mean(), short.mean()) >= 0.99


def _judged(one: Hall, every_s: int | None) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Of each job: its relative error, its minutes, and whether the truth lies in its interval."""
    service = one.company.service
    span = (one.start, one.end)
    found = attributed(service, service.settings.site("s"), *span, by="job", names=["it_energy_kwh"], every_s=every_s)
    kpis = {each.of: each.kpi for each in found}
    names = list(one.truth)
    value, low, high = (
        np.array([getattr(kpis[name], part) for name in names], float) for part in ("value", "low", "high")
    )
    true = np.array([one.truth[name] for name in names])
    minutes = np.array([one.seconds[name] / 60 for name in names])
    near = 1e-9 * true
    return np.abs(value / true - 1), minutes, (low <= true + near) & (true <= high + near)
