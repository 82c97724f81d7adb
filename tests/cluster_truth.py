"""A simulated cluster with known truth: every job's energy by the second that it ran, and what meters make of it.

GPUs of each node are held by jobs one after another, from one GPU to all, with pauses; powers move minute by minute;
the node's meter sits before its power supply. The truth of a job is its GPUs while it held them, what its CPU work
drew, its reserved share of the host's idle power, and the supply's loss on all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.attribution.nodes import NodeSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MINUTE_S, CELL_MINUTES, DAY_MINUTES = 60, 15, 1440
GPUS = 8
GPU_IDLE_W, GPU_W = 70.0, 630.0  # idle, and above it at full use
HOST_IDLE_W, HOST_W = 300.0, 500.0
SUPPLY = 0.95  # of what the meter sees reaches the parts
GROUPS = ((8,), (4, 4), (4, 2, 2), (2, 2, 2, 2), (1,) * 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One day: matrices of nodes and GPUs by cell [kWh], jobs, their energy [kWh] and how long they ran [minutes]."""

    specs: list[NodeSpec]
    node_kwh: Floats
    gpu_kwh: Floats
    jobs: list[dict[str, Any]]
    truth: dict[str, float]
    minutes: dict[str, int]


def simulated(nodes: int, *, seed: int, mean_minutes: float = 150.0, site: str = "s") -> Cluster:
    """Return a day of `nodes` nodes with eight GPUs each; `start` and `end` of jobs in seconds after midnight."""
    luck = np.random.default_rng(seed)
    gpu_w = np.full((nodes * GPUS, DAY_MINUTES), GPU_IDLE_W)
    host_w = np.full((nodes, DAY_MINUTES), HOST_IDLE_W)
    jobs: list[dict[str, Any]] = []
    truth: dict[str, float] = {}
    minutes: dict[str, int] = {}
    for node in range(nodes):
        first = 0
        for count in GROUPS[int(luck.integers(len(GROUPS)))]:
            at = int(luck.exponential(60.0))
            while at < DAY_MINUTES:
                length = max(5, int(luck.lognormal(np.log(mean_minutes), 0.8)))
                end = min(at + length, DAY_MINUTES)
                name = str(len(jobs) + 1)
                held = slice(node * GPUS + first, node * GPUS + first + count)
                kwh, use = _run(luck, gpu_w[held, at:end], host_w[node, at:end], count)
                place = {"node": node, "gpus": range(first, first + count), "share": count / GPUS, "cpu_use": use}
                jobs.append({"id": name, "start": at * MINUTE_S, "end": end * MINUTE_S, **place})
                truth[name], minutes[name] = kwh, end - at
                at = end + int(luck.choice([0.0, luck.exponential(45.0)]))
            first += count
    node_w = (host_w + gpu_w.reshape(nodes, GPUS, -1).sum(axis=1)) / SUPPLY
    specs = [
        NodeSpec(point=f"{site}/n{node}", gpus=tuple(f"{site}/n{node}-gpu-{n}" for n in range(GPUS)))
        for node in range(nodes)
    ]
    return Cluster(specs=specs, node_kwh=_cells(node_w), gpu_kwh=_cells(gpu_w), jobs=jobs, truth=truth, minutes=minutes)


def _run(luck: np.random.Generator, gpu_w: Floats, host_w: Floats, count: int) -> tuple[float, float]:
    """Let a job draw; return its energy at the meter [kWh] and the share of the node's CPUs that it kept busy."""
    length = host_w.size
    level, busy = luck.uniform(0.3, 1.0), luck.uniform(0.1, 1.0)
    course = np.clip(level + np.cumsum(luck.normal(0, 0.01, length)), 0.1, 1.0)
    gpu_w += GPU_W * course
    share = count / GPUS
    host_w += HOST_W * share * busy
    watts = gpu_w.sum(axis=0) + HOST_W * share * busy + HOST_IDLE_W * share
    return float(watts.sum()) / SUPPLY * MINUTE_S / 3.6e6, share * busy


def _cells(watts: Floats) -> Floats:
    """Minute means to energy by quarter of an hour."""
    energy: Floats = watts.reshape(watts.shape[0], -1, CELL_MINUTES).sum(axis=2) * MINUTE_S / 3.6e6
    return energy
