"""A simulated cluster with known truth by the second, as meters read it: registers of GPUs and power of nodes.

As `tests.cluster_truth`, but jobs begin and end at any second, and each meter is read at its own phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of
from collectors.reading import READING_SCHEMA
from collectors.store.shipper import ship
from tests.cluster_truth import GPU_IDLE_W, GPU_W, HOST_IDLE_W, HOST_W, SUPPLY
from tests.ui.company import HEAD, START, Company
from ui.format import iso
from ui.jobs import import_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAD_S = 900  # before and after the time in which jobs run
MINUTE_S = 60
SITE = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 9e6
interval_s = {{ power = {node_s} }}
[[templates]]
name = "node"
pattern = "n[001-{nodes:03}]"
site = "s"
role = "server"
parents = ["utility"]
max_w = 9000
interval_s = {{ {node_metric} = {node_s} }}
[[templates]]
name = "card"
pattern = "n[001-{nodes:03}]-gpu-[0-{last}]"
site = "s"
role = "component"
parents = ["n{{1}}"]
max_w = 800
interval_s = {{ energy_counter = {gpu_s} }}
[[clusters]]
id = "k"
site = "s"
[[clusters.nodes]]
hosts = "n[001-{nodes:03}]"
gpu = "{{host}}-gpu-{{n}}"
cpus = 96
gpus = {gpus}
supply_efficiency = 0.95
"""


@dataclass(frozen=True, kw_only=True)
class Hall:
    """A company whose books are kept and jobs taken in; truth of each job [kWh], and how long it ran [s]."""

    company: Company
    start: int
    end: int
    truth: dict[str, float]
    seconds: dict[str, int]


def hall(  # noqa: PLR0913 - a size each
    folder: Path,
    *,
    nodes: int,
    gpus: int,
    hours: int,
    seed: int,
    mean_minutes: float,
    gpu_s: int,
    node_s: int,
    declared: bool = True,
    gpu_step_kwh: float = 0.0,
    node_step_kwh: float = 0.0,
) -> Hall:
    """Simulate a hall, read its meters each `gpu_s` and `node_s` seconds, keep its books and take in its jobs.

    Its idle power is declared, or else attribution infers it from the readings. The registers of GPUs count in
    millijoules, or in whole steps of `gpu_step_kwh`; with `node_step_kwh` nodes have such registers in place of power.
    """
    folder.mkdir(exist_ok=True)
    luck = np.random.default_rng(seed)
    length = hours * 3600 + 2 * LEAD_S
    gpu_w = np.full((nodes * gpus, length), GPU_IDLE_W)
    host_w = np.full((nodes, length), HOST_IDLE_W)
    lines, truth, seconds = ["id,start,end,nodes,team,cpus,cpu_use,gpus"], {}, {}
    for node in range(nodes):
        first = 0
        for count in _groups(luck, gpus):
            at = LEAD_S + int(luck.exponential(600.0))
            while at < length - LEAD_S - 300:
                runs = min(max(300, int(60 * luck.lognormal(np.log(mean_minutes), 0.8))), length - LEAD_S - at)
                name = f"k/{len(lines)}"
                held = slice(node * gpus + first, node * gpus + first + count)
                kwh, busy = _run(luck, gpu_w[held, at : at + runs], host_w[node, at : at + runs], count / gpus)
                cards = ";".join(f"n{node + 1:03}-gpu-{n}" for n in range(first, first + count))
                span = f"{iso(START + at)},{iso(START + at + runs)}"
                lines.append(f"{len(lines)},{span},n{node + 1:03},t,{96 * count // gpus},{busy:.6f},{cards}")
                truth[name], seconds[name] = kwh, runs
                at += runs + int(luck.choice([0.0, luck.exponential(900.0)]))
            first += count
    metric = "energy_counter" if node_step_kwh else "power"
    points = SITE.format(nodes=nodes, last=gpus - 1, gpus=gpus, gpu_s=gpu_s, node_s=node_s, node_metric=metric)
    points += f"idle_w = {HOST_IDLE_W / SUPPLY}\ngpu_idle_w = {GPU_IDLE_W}\n" if declared else ""
    company = Company(folder, points, HEAD, now=START + length + 86_400.0)
    node_w = (host_w + gpu_w.reshape(nodes, gpus, -1).sum(axis=1)) / SUPPLY
    stores = company.service.stores
    for node in range(nodes):
        own = slice(node * gpus, (node + 1) * gpus)
        point = f"s/n{node + 1:03}"
        of_node = (
            _register(luck, point, node_w[node], node_s, node_step_kwh)
            if node_step_kwh
            else _power(luck, point, node_w[node], node_s)
        )
        stores.spool.accept(of_node)
        for number, watts in enumerate(gpu_w[own]):
            stores.spool.accept(_register(luck, f"s/n{node + 1:03}-gpu-{number}", watts, gpu_s, gpu_step_kwh))
    stores.spool.accept(_power(luck, "s/utility", node_w.sum(axis=0) * 1.3, node_s))
    ship(stores.spool, stores.lake, now=START + length)
    company.keep()
    (folder / "jobs.csv").write_text("\n".join(lines))
    import_jobs(company.service, folder / "jobs.csv", cluster="k", who="ana")
    return Hall(company=company, start=START + LEAD_S, end=START + length - LEAD_S, truth=truth, seconds=seconds)


def _groups(luck: np.random.Generator, gpus: int) -> list[int]:
    """How the GPUs of a node are held: all by one, by halves, or each by another."""
    return [[gpus], [gpus // 2] * 2, [1] * gpus][int(luck.integers(3))]


def _run(luck: np.random.Generator, gpu_w: Floats, host_w: Floats, share: float) -> tuple[float, float]:
    """Let a job draw; return its energy at the meter [kWh] and how busy its CPUs were; its power moves by minutes."""
    level, busy, length = luck.uniform(0.3, 1.0), luck.uniform(0.1, 1.0), host_w.size
    steps = luck.normal(0, 0.01, length // MINUTE_S + 1)
    gpu_w += GPU_W * np.repeat(np.clip(level + np.cumsum(steps), 0.1, 1.0), MINUTE_S)[:length]
    host_w += HOST_W * share * busy
    watts = gpu_w.sum(axis=0) + HOST_W * share * busy + HOST_IDLE_W * share
    return float(watts.sum()) / SUPPLY / 3.6e6, busy


def _power(luck: np.random.Generator, point: str, watts: Floats, each_s: int) -> pa.Table:
    at = np.arange(int(luck.integers(each_s)), watts.size, each_s)
    return _readings(point, "power", at, watts[at])


def _register(luck: np.random.Generator, point: str, watts: Floats, each_s: int, step_kwh: float) -> pa.Table:
    """What a register in millijoules, or in whole steps, shows at a second: all that was drawn before."""
    at = np.arange(int(luck.integers(each_s)), watts.size, each_s)
    joules = np.concatenate([[0.0], np.cumsum(watts)])[at]
    shown = np.round(joules, 3) / 3.6e6
    if step_kwh:
        shown = np.round(np.floor((shown + luck.uniform(0, step_kwh)) / step_kwh) * step_kwh, 9)
    return _readings(point, "energy_counter", at, shown)


def _readings(point: str, metric: str, at: NDArray[np.int64], values: Floats) -> pa.Table:
    count = at.size
    columns = {
        "point": pa.array([point] * count),
        "metric": pa.array([metric] * count),
        "time": arrow_of(START + at),
        "value": arrow_of(values),
        "quality": pa.array(["measured"] * count),
        "reason": pa.nulls(count, pa.string()),
        "origin": pa.array(["test"] * count),
        "device_time": pa.nulls(count, pa.int64()),
        "seq": arrow_of(np.zeros(count, np.int64)),
    }
    return pa.table(columns).cast(READING_SCHEMA)
