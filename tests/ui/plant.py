"""A site that is polled and imported into at once, without any device: simulated sources, and files of readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LIVE = ("fra1/grid", "fra1/pdu-1a", "fra1/pdu-1b", "fra1/nvl-1")
METERS = tuple(f"m-{number}" for number in range(4))  # a register every minute, power every ten seconds
POWER_S, REGISTER_S = 10, 60
HEAD = f"""
[company]
name = "Test"
currency = "EUR"
[[sites]]
id = "fra1"
name = "Frankfurt"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
[[points]]
id = "fra1/grid"
role = "utility"
max_w = 3_000_000
[[points]]
id = "fra1/pdu-1a"
role = "pdu"
parent = "grid"
max_w = 400_000
[[points]]
id = "fra1/pdu-1b"
role = "pdu"
parent = "grid"
max_w = 400_000
[[points]]
id = "fra1/nvl-1"
role = "server"
parents = ["pdu-1a", "pdu-1b"]
max_w = 200_000
[[sources]]
id = "gateway"
kind = "simulated"
point = "fra1/grid"
points = [{", ".join(f'"{point}"' for point in LIVE)}]
"""
METER = f"""
[[points]]
id = "fra1/{{name}}"
role = "cooling"
parent = "grid"
max_w = 60_000
interval_s = {{{{ power = {POWER_S}, energy_counter = {REGISTER_S} }}}}
"""


def write_site(path: Path, *, poll_s: int = 2) -> Path:
    """Write the site file; `poll_s` is the interval of its one source."""
    polled = f"interval_s = {poll_s}\ndeadline_s = {poll_s}\n"
    path.write_text(HEAD + polled + "".join(METER.format(name=name) for name in METERS))
    return path


def write_readings(path: Path, *, start: int, hours: float, seed: int) -> Path:
    """Write a file of all imported meters over some hours, with gaps, sentinels and zeros; each seed has its values."""
    luck = np.random.default_rng(seed)
    times = np.arange(start, start + int(hours * 3600), POWER_S)
    parts = [part for name in METERS for part in _of_meter(name, times, luck)]
    csv.write_csv(pa.concat_tables(parts), path)
    return path


def _of_meter(name: str, times: NDArray[np.int64], luck: np.random.Generator) -> list[pa.Table]:
    watts = np.round(luck.uniform(20e3, 50e3, times.size), 1)
    register = np.round(luck.uniform(1e3, 2e3) + np.cumsum(watts) * POWER_S / 3.6e6, 3)
    seen = luck.random(times.size) > 0.02
    gap = int(luck.integers(times.size))
    seen[gap : gap + 200] = False
    shown = np.where(luck.random(times.size) < 0.002, luck.choice([65535.0, 0.0, -1.0]), watts)
    minutes = np.flatnonzero(seen & (times % REGISTER_S == 0))
    return [
        _rows(name, "power", times[seen], shown[seen], "W"),
        _rows(name, "energy_counter", times[minutes], register[minutes], "kWh"),
    ]


def _rows(name: str, metric: str, times: NDArray[np.int64], values: NDArray[np.float64], unit: str) -> pa.Table:
    columns = {"point": f"fra1/{name}", "metric": metric, "unit": unit}
    texts = {key: pa.array([text] * times.size) for key, text in columns.items()}
    return pa.table({"time": pa.array(times).cast(pa.timestamp("s", "UTC")), "value": values, **texts})
