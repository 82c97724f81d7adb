"""One hall of two nodes with a GPU, two jobs of two hours, and commands in its folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.ui.company import HEAD, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HOUR = 3600
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 60 }
[[points]]
id = "s/water"
role = "water"
interval_s = { water_counter = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "utility"
max_w = 2000.0
tenant = "platform"
interval_s = { power = 60 }
[[points]]
id = "s/n1-gpu-0"
role = "component"
parent = "n1"
max_w = 800.0
interval_s = { power = 60 }
[[points]]
id = "s/n2"
role = "server"
parent = "utility"
max_w = 1000.0
interval_s = { power = 60 }
[[tariffs]]
id = "flat"
site = "s"
currency = "EUR"
[[tariffs.rates]]
name = "day"
price_per_kwh = 0.2
[[clusters]]
id = "alpha"
site = "s"
[[clusters.nodes]]
hosts = "n1"
gpu = "{host}-gpu-{n}"
cpus = 8
gpus = 1
idle_w = 100.0
gpu_idle_w = 50.0
[[clusters.nodes]]
hosts = "n2"
cpus = 8
"""
JOBS = """id,start,end,nodes,team,model,cpus,gpus,tokens,steps
1,2026-03-14T00:00:00Z,2026-03-14T01:00:00Z,n1,red,llm,8,1,1000000,
2,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,n2,blue,,4,,,500
"""
COUNTER = """
[[points]]
id = "s/llm"
role = "other"
interval_s = { token_counter = 900 }
[[models]]
id = "llm"
counters = ["s/llm"]
"""
PERIOD = ["--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T02:00:00Z"]
EACH = {"platform": 0.7, "red": 0.7, "blue": 0.3, "unallocated": 0.3}  # kWh of IT, by hand


def by_subject(rows: list[dict[str, Any]], name: str) -> dict[str, float]:
    return {row["of"]: row["value"] for row in rows if row["name"] == name}


class Desk:
    """One folder; `run` is a command in it."""

    def __init__(self, folder: Path) -> None:
        self.company = Company(folder, POINTS, HEAD)
        self.folder = folder
        day = 2 * HOUR
        for point, watts in (("s/utility", 1500.0), ("s/n1", 700.0), ("s/n1-gpu-0", 500.0), ("s/n2", 300.0)):
            self.company.steady(point, watts, end=day)
        self.company.read("s/water", [(at, 1000 + at / 900) for at in range(0, day + 1, 900)], "water_counter")
        self.company.keep()
        (folder / "jobs.csv").write_text(JOBS)

    def run(self, capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
        capsys.readouterr()
        assert main([*argv, "--config", str(self.folder / "wattlas.toml")]) == code
        out, err = capsys.readouterr()
        return out if code == 0 else err

    def rows(self, capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run(capsys, *argv, "--json"))
        return found


def with_jobs(folder: Path) -> Desk:
    """A desk whose jobs are taken in."""
    made = Desk(folder)
    jobs, file = str(folder / "jobs.csv"), str(folder / "wattlas.toml")
    assert main(["jobs", "import", jobs, "--cluster", "alpha", "--config", file]) == 0
    return made
