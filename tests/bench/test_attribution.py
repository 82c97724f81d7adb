"""25,000 jobs a day over 1,400 nodes: a day attributed to its jobs, beside a bare join of the same frames (issue 8)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.thousand_meters import ledger_of
from ui.books.keeping import SEQUENCE_MARK, TIME_MARK

if TYPE_CHECKING:
    from pathlib import Path

START = 1_773_446_400  # 2026-03-14T00:00:00Z
DAY_S, CELLS = 86_400, 96
JOBS, CPU_NODES, GPU_NODES, GPUS = 25_000, 1000, 400, 8
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
factor_year = "latest_published"
[[points]]
id = "b/utility"
role = "utility"
max_w = 9e6
interval_s = { power = 60 }
[[templates]]
name = "cpu"
pattern = "c[0001-1000]"
site = "b"
role = "server"
parents = ["utility"]
max_w = 1000
interval_s = { power = 60 }
[[templates]]
name = "gpu"
pattern = "g[001-400]"
site = "b"
role = "server"
parents = ["utility"]
max_w = 9000
interval_s = { power = 60 }
[[templates]]
name = "card"
pattern = "g[001-400]-gpu-[0-7]"
site = "b"
role = "component"
parents = ["g{1}"]
max_w = 800
interval_s = { power = 60 }
[[clusters]]
id = "jz"
site = "b"
time_zone = "UTC"
[[clusters.nodes]]
hosts = "c[0001-1000]"
cpus = 40
[[clusters.nodes]]
hosts = "g[001-400]"
gpu = "{host}-gpu-{n}"
cpus = 96
gpus = 8
"""
JOIN = """
import json, resource, sys, time
import pandas as pd
import pyarrow.parquet as pq
began = time.perf_counter()
jobs = pq.read_table(sys.argv[1]).to_pandas()
cells = pq.read_table(sys.argv[2]).to_pandas()
both = jobs.merge(cells, on="point", suffixes=("", "_cell"))
seconds = (both[["end", "end_cell"]].min(axis=1) - both[["start", "start_cell"]].max(axis=1)).clip(lower=0)
both["kwh"] = both["energy_kwh_cell"] * both["cpu_share"] * seconds / 900
kwh = both.groupby("id", observed=True)["kwh"].sum()
print(json.dumps([time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


@pytest.mark.bench
def test_a_day_of_jobs(tmp_path: Path) -> None:
    config = tmp_path / "wattlas.toml"
    config.write_text(SITE)
    stores = Stores(load_settings(config).store.data)
    for day in range(-7, 1):  # a week before, from which idle power is known
        first = START + day * DAY_S
        mark = {SEQUENCE_MARK: 1, TIME_MARK: first + 2 * DAY_S}
        stores.books.write(_ledger(first), watermark=mark, cause="bench", now=first + DAY_S)
    (tmp_path / "jobs.txt").write_text(_sacct())
    import_s, import_mb, _ = _run(
        "--config", str(config), "jobs", "import", str(tmp_path / "jobs.txt"), "--cluster", "jz"
    )
    period = ("--from", "2026-03-14T00:00:00Z", "--to", "2026-03-15T00:00:00Z", "--json")
    by_job_s, by_job_mb, jobs = _run("--config", str(config), "kpi", "--by", "job", "--name", "it_energy_kwh", *period)
    tenant_s, tenant_mb, tenants = _run("--config", str(config), "kpi", "--by", "tenant", *period)
    join_s, join_mb = _join(tmp_path, stores)
    print(
        f"\n{JOBS:,} jobs on {CPU_NODES + GPU_NODES:,} nodes, {GPU_NODES * GPUS:,} GPUs: taken in in {import_s:.1f} s "
        f"({import_mb:.0f} MB); a day to jobs {by_job_s:.1f} s ({by_job_mb:.0f} MB), to tenants with all figures "
        f"{tenant_s:.1f} s ({tenant_mb:.0f} MB) (<= 20 s, 1,024 MB); bare join of the day {join_s:.1f} s "
        f"({join_mb:.0f} MB): {by_job_s / join_s:.1f} of it"
    )
    whole = sum(row["value"] for row in tenants if row["name"] == "it_energy_kwh")
    assert sum(row["value"] for row in jobs) == pytest.approx(whole)
    assert len(jobs) > JOBS * 0.9
    assert max(by_job_s, tenant_s) <= 20
    assert max(by_job_mb, tenant_mb) <= 1024


def _ledger(start: int) -> Any:  # noqa: ANN401 - a table
    luck = np.random.default_rng(start)
    cpu = luck.uniform(0.03, 0.12, (CPU_NODES, CELLS))
    card = luck.uniform(0.02, 0.17, (GPU_NODES * GPUS, CELLS))
    gpu = card.reshape(GPU_NODES, GPUS, CELLS).sum(axis=1) + luck.uniform(0.1, 0.2, (GPU_NODES, CELLS))
    names = [f"b/c{n:04}" for n in range(1, CPU_NODES + 1)] + [f"b/g{n:03}" for n in range(1, GPU_NODES + 1)]
    cards = [f"b/g{n:03}-gpu-{m}" for n in range(1, GPU_NODES + 1) for m in range(GPUS)]
    total = (cpu.sum(axis=0) + gpu.sum(axis=0))[None] * 1.3
    points = ["b/utility", *names, *cards]
    return ledger_of(points, np.vstack([total, cpu, gpu, card]), start)


def _sacct() -> str:
    """A day of Slurm: a fifth of the jobs on GPUs, one in twenty on several nodes; half an hour in the middle."""
    luck = np.random.default_rng(1)
    head = "JobIDRaw|User|Account|State|Start|End|NodeList|AllocCPUS|AllocTRES|TotalCPU"
    lines = [head]
    for number in range(JOBS):
        begin = datetime.fromtimestamp(START, UTC) + timedelta(seconds=int(luck.integers(0, DAY_S - 600)))
        end = begin + timedelta(seconds=int(min(luck.lognormal(np.log(1800), 1.2) + 30, 2 * DAY_S)))
        on_gpu = luck.random() < 0.2
        count = int(luck.integers(2, 9)) if luck.random() < 0.05 else 1
        first = int(luck.integers(1, (GPU_NODES if on_gpu else CPU_NODES) - count))
        nodes = f"g[{first:03}-{first + count - 1:03}]" if on_gpu else f"c[{first:04}-{first + count - 1:04}]"
        gpus = int(luck.choice([1, 2, 4, 8])) * count if on_gpu else 0
        cpus = 12 * gpus if on_gpu else int(luck.choice([4, 10, 20, 40])) * count
        busy = timedelta(seconds=int((end - begin).total_seconds() * cpus * luck.uniform(0.2, 1)))
        took = f"{busy.days}-{busy.seconds // 3600:02}:{busy.seconds // 60 % 60:02}:{busy.seconds % 60:02}"
        tres = f"cpu={cpus},gres/gpu={gpus}" if on_gpu else f"cpu={cpus}"
        span = f"{begin:%Y-%m-%dT%H:%M:%S}|{end:%Y-%m-%dT%H:%M:%S}"
        lines.append(f"{number}|u{number % 300}|team{number % 40}|COMPLETED|{span}|{nodes}|{cpus}|{tres}|{took}")
    return "\n".join(lines)


def _run(*arguments: str) -> tuple[float, float, list[dict[str, Any]]]:
    """One command in a process of its own: seconds, peak MB, and what it printed as JSON."""
    code = (
        "import resource, sys\nfrom ui.cli import main\ncode = main(sys.argv[1:])\n"
        "sys.stderr.write(f'\\n{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}')\nsys.exit(code)"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    found = json.loads(done.stdout) if "--json" in arguments else []
    return seconds, float(done.stderr.rsplit("\n", 1)[1]), found


def _join(folder: Path, stores: Stores) -> tuple[float, float]:
    """A bare pandas join of the day's placements and node rows, in a process of its own."""
    import pyarrow.parquet as pq

    pq.write_table(stores.jobs.rows(START, START + DAY_S), folder / "jobs.parquet")
    pq.write_table(stores.books.rows(start=START, end=START + DAY_S), folder / "cells.parquet")
    paths = (str(folder / "jobs.parquet"), str(folder / "cells.parquet"))
    done = subprocess.run([sys.executable, "-c", JOIN, *paths], check=True, capture_output=True, text=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes
