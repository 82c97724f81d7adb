"""Proof on a real NVIDIA GPU: the register against integrated power under bursty load, through the product's own code.

    python tests/device/nvml_proof.py --out DIR [--seconds 480] [--load torch|none]

Run by hand on a machine with a GPU, from the root of a checkout. It writes what it saw every second of polling, so that
a run that is cut short still leaves its record:

- `payloads.jsonl`: one line a poll of the collector (`time`, `took_ms`, `payload` as `fetch` returned it);
- `samples.csv`: every 50 ms what the driver says by itself (register mJ; instant, average and usual power mW);
- `load.csv`: when which burst began, and how long;
- `probes.json`: what the driver answers to each call, its latency, and which errors it raises.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import random
import statistics
import sys
import threading
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import pynvml

from collectors.plugins.nvml import Nvml
from collectors.plugins.nvml.device import NVML_ERRORS, POWER_AVERAGE, POWER_INSTANT, VALUES, Handle, field, why

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE_S = 0.05
SEED = 20_261_127
CALLS = 200


def bursts(seconds: float) -> list[tuple[float, float, int]]:
    """Start, length [s] and matrix size of each burst; fixed by the seed, so that two runs can be compared."""
    rng, at, plan = random.Random(SEED), 5.0, []  # noqa: S311 - a plan, no secret
    while at < seconds - 20:
        length = rng.choice((0.1, 0.3, 0.7, 1.5, 3.0, 8.0, 15.0))
        plan.append((at, length, rng.choice((1024, 4096, 8192))))
        at += length + rng.choice((0.1, 0.4, 1.0, 2.5, 6.0, 12.0))
    return plan


def torch_load(seconds: float, out: str) -> None:
    """Multiply matrices in bursts, in a process of its own."""
    torch = import_module("torch")  # stands on the GPU machine alone

    squares = {size: torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for size in (1024, 4096, 8192)}
    began = time.monotonic()
    with (Path(out) / "load.csv").open("w", newline="", buffering=1) as file:
        rows = csv.writer(file)
        rows.writerow(["time", "length_s", "size"])
        for at, length, size in bursts(seconds):
            time.sleep(max(0.0, began + at - time.monotonic()))
            rows.writerow([f"{time.time():.3f}", length, size])
            end = time.monotonic() + length
            while time.monotonic() < end:
                for _ in range(4):
                    torch.matmul(squares[size], squares[size])
                torch.cuda.synchronize()


def sample(handle: Handle, out: Path, stop: threading.Event) -> None:
    """Ask the driver every 50 ms by itself; what it does not answer is left empty."""
    asks: list[Callable[[Any], float]] = [
        VALUES[name] for name in ("energy_mj", "power_instant_mw", "power_average_mw", "power_usage_mw")
    ]
    with (out / "samples.csv").open("w", newline="", buffering=1) as file:
        rows = csv.writer(file)
        rows.writerow(["time", "energy_mj", "power_instant_mw", "power_average_mw", "power_usage_mw"])
        due = time.monotonic()
        while not stop.is_set():
            rows.writerow([f"{time.time():.4f}", *(_answer(ask, handle) for ask in asks)])
            due = max(due + SAMPLE_S, time.monotonic())
            stop.wait(due - time.monotonic())


def _answer(ask: Callable[[Any], float], handle: Handle) -> str:
    try:
        return f"{ask(handle):.0f}"
    except NVML_ERRORS:
        return ""


def poll(source: Nvml, out: Path, *, until: float) -> int:
    """Poll the product's collector each second, on the second, and return how many readings it parsed."""
    parsed = 0
    with (out / "payloads.jsonl").open("w", buffering=1) as file:
        while time.time() < until:
            time.sleep(1 - time.time() % 1)
            at, began = time.time(), time.perf_counter()
            payload = source.fetch()
            took_ms = (time.perf_counter() - began) * 1e3
            parsed += len(list(source.parse(payload, datetime.fromtimestamp(at, UTC))))
            file.write(json.dumps({"time": at, "took_ms": round(took_ms, 3), "payload": json.loads(payload)}) + "\n")
    return parsed


def probes(handle: Handle) -> dict[str, Any]:
    """Ask everything that the collector or `wattlas init` relies on, and time it."""
    asks: dict[str, Callable[[Any], Any]] = {
        **VALUES,
        "field 83 energy": lambda one: field(one, pynvml.NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION),
        "field 185 average": lambda one: field(one, POWER_AVERAGE),
        "field 186 instant": lambda one: field(one, POWER_INSTANT),
        "field 999 unknown": lambda one: field(one, 999),
        "name": pynvml.nvmlDeviceGetName,
        "processes": lambda one: len(pynvml.nvmlDeviceGetComputeRunningProcesses(one)),
        "mig mode": pynvml.nvmlDeviceGetMigMode,
        "mig places": pynvml.nvmlDeviceGetMaxMigDeviceCount,
        "mig instance 0": lambda one: bool(pynvml.nvmlDeviceGetMigDeviceHandleByIndex(one, 0)),
        "power limits": pynvml.nvmlDeviceGetPowerManagementLimitConstraints,
        "power limit": pynvml.nvmlDeviceGetPowerManagementLimit,
        "no such index": lambda _: pynvml.nvmlDeviceGetHandleByIndex(99),
        "no such uuid": lambda _: pynvml.nvmlDeviceGetHandleByUUID("GPU-00000000-0000-0000-0000-000000000000"),
    }
    return {name: _probe(ask, handle) for name, ask in asks.items()}


def _probe(ask: Callable[[Any], Any], handle: Handle) -> dict[str, Any]:
    took: list[float] = []
    try:
        for _ in range(CALLS):
            began = time.perf_counter()
            answer = ask(handle)
            took.append((time.perf_counter() - began) * 1e6)
    except NVML_ERRORS as error:
        return {"error": type(error).__name__, "says": why(error)}
    middle, worst = statistics.median(took), max(took)
    return {"answer": str(answer)[:80], "median_us": round(middle, 1), "max_us": round(worst, 1)}


def main() -> None:
    """Run the proof and leave its record."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--seconds", type=float, default=480.0)
    asked.add_argument("--load", choices=("torch", "none"), default="torch")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    source = Nvml.model_validate(
        {"id": "gpus", "point": "lab/node", "interval_s": 1, "deadline_s": 1, "gpus": {"gpu": 0}}
    )
    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    found = {"idle": probes(handle), "driver": pynvml.nvmlSystemGetDriverVersion()}
    (given.out / "probes.json").write_text(json.dumps(found, indent=1))
    stop = threading.Event()
    sampler = threading.Thread(target=sample, args=(handle, given.out, stop), daemon=True)
    sampler.start()
    load = None
    if given.load == "torch":
        load = multiprocessing.get_context("spawn").Process(
            target=torch_load, args=(given.seconds, str(given.out)), daemon=True
        )
        load.start()
    until = time.time() + given.seconds
    found["parsed"] = poll(source, given.out, until=until - given.seconds / 2)
    (given.out / "payloads.jsonl").rename(given.out / "payloads_1.jsonl")
    found["busy"] = probes(handle)
    (given.out / "probes.json").write_text(json.dumps(found, indent=1))
    found["parsed"] += poll(source, given.out, until=until)
    stop.set()
    sampler.join(5)
    if load is not None:
        load.join(20)
    (given.out / "probes.json").write_text(json.dumps(found, indent=1))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
