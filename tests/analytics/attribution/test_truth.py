"""A simulated cluster with known truth: job energy where GPUs are counted, and where they are not (issue 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.attribution.idle import idle_w, lowest_w
from analytics.attribution.nodes import Power, portions
from analytics.attribution.work import work_of
from tests.analytics.attribution.build import job, jobs, sheet
from tests.cluster_truth import GPUS, SUPPLY, simulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.cluster_truth import Cluster

    Floats = NDArray[np.float64]


@dataclass
class Judged:
    """Of each job: truth, what was attributed, its bounds, and how long it ran [minutes]."""

    truth: Floats
    value: Floats
    low: Floats
    high: Floats
    minutes: Floats

    @property
    def error(self) -> Floats:
        """Relative error, without its sign."""
        return np.abs(self.value / self.truth - 1)


def judged(cluster: Cluster, *, counted: bool, efficiency: float = SUPPLY) -> Judged:
    """Attribute a day, with or without GPU counters; idle power is the lowest of the day."""
    rows = [
        job(
            one["id"],
            f"s/n{one['node']}",
            start=one["start"],
            end=one["end"],
            cpu_share=one["share"],
            cpu_use=one["cpu_use"],
            gpu_share=one["share"],
            gpus=";".join(f"s/n{one['node']}-gpu-{number}" for number in one["gpus"]),
        )
        for one in cluster.jobs
    ]
    work = work_of(jobs(*rows), by="job")
    of = sheet(cluster.node_kwh.tolist())
    gpu_kwh = cluster.gpu_kwh / efficiency
    of_gpus = gpu_kwh.reshape(len(cluster.specs), GPUS, -1).sum(axis=1)
    host = cluster.node_kwh - of_gpus if counted else cluster.node_kwh
    seen = np.full(gpu_kwh.shape, float(counted))
    nodes = Power(energy=cluster.node_kwh, covered=np.ones(host.shape), idle=idle_kwh(host))
    gpus = Power(energy=gpu_kwh, covered=seen, idle=idle_kwh(gpu_kwh) * counted)
    found = portions(cluster.specs, work, nodes=nodes, gpus=gpus, sheet=of)
    subject, kwh = work.subject[found.row], cluster.node_kwh[found.node, found.cell]
    names = [name.partition("/")[2] for name in work.subjects]
    columns = (found.value, found.low, found.high)
    value, low, high = (np.bincount(subject, kwh * one, len(names)).astype(np.float64) for one in columns)
    truth, minutes = (np.array([of_job[name] for name in names], float) for of_job in (cluster.truth, cluster.minutes))
    return Judged(truth, value, low, high, minutes)


def idle_kwh(energy: Floats) -> Floats:
    of = sheet(energy.tolist())
    days, lowest = lowest_w(energy=energy, covered=of.covered, starts=of.starts, seconds=of.seconds)
    watts = idle_w(days=days, lowest=lowest, wanted=days, declared=[None] * len(energy))
    return watts * np.ones(energy.shape) * 900 / 3.6e6


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return simulated(16, seed=7)


def test_job_energy_is_within_two_percent_where_gpus_are_counted(cluster: Cluster) -> None:
    found = judged(cluster, counted=True)
    long = found.minutes >= 30
    assert np.quantile(found.error[long], 0.95) <= 0.02
    assert np.median(found.error[long]) <= 0.005
    assert abs(found.value.sum() / found.truth.sum() - 1) <= 0.005


def test_an_unknown_power_supply_costs_a_percent(cluster: Cluster) -> None:
    assert np.median(judged(cluster, counted=True, efficiency=1.0).error) <= 0.02


def test_the_truth_lies_within_the_interval_where_they_are_not(cluster: Cluster) -> None:
    found = judged(cluster, counted=False)
    inside = (found.low <= found.truth * (1 + 1e-9)) & (found.truth <= found.high * (1 + 1e-9))
    assert inside.mean() >= 0.95
    assert abs(found.value.sum() / found.truth.sum() - 1) <= 0.02


def test_the_truth_of_short_jobs_lies_within_the_interval_too() -> None:
    """Half of them are shorter than 40 minutes: at the edges of intervals the ledger alone does not tell jobs apart."""
    cluster = simulated(6, seed=11, mean_minutes=40.0)
    specs = [
        replace(one, idle_declared=False, gpu_idle_declared=False) for one in cluster.specs
    ]  # as `judged` infers it
    found = judged(replace(cluster, specs=specs), counted=True)
    assert ((found.low <= found.truth * (1 + 1e-9)) & (found.truth <= found.high * (1 + 1e-9))).all()
    assert np.median(found.error[found.minutes < 30]) <= 0.02
    assert np.quantile(found.error[found.minutes >= 60], 0.9) <= 0.02
