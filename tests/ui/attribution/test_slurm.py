"""A real Slurm on one node, from its counter to our job records: a job of 6,000 J is read once, by its whole row."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.peers.slurm import SlurmNode, running_slurm
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.alone]
COUNTER = "/sys/cray/pm_counters/energy"
BURN = f"""joules=$(cut -d' ' -f1 {COUNTER})
echo "$((joules + 6000)) J" > {COUNTER}
timeout 1 sh -c 'while :; do :; done' || true"""
SITE = """
[company]
name = "ACME"
currency = "EUR"
[[sites]]
id = "fra1"
name = "Frankfurt"
zone = "DE"
time_zone = "Europe/Berlin"
[[points]]
id = "fra1/gpu1"
role = "server"
[[clusters]]
id = "alpha"
site = "fra1"
nodes = [{{ hosts = "gpu1", cpus = 2 }}]
[clusters.source]
kind = "slurm"
program = "{program}"
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmNode]:
    with running_slurm(tmp_path_factory.mktemp("slurm")) as found:
        found.run("sbatch", "--ntasks=1", "--job-name=long", "--output=/dev/null", "--wrap=sleep 600")
        _until(found, "long|RUNNING")  # it is older than a second, which is all that Slurm tells, once burn is over
        found.run("srun", "--ntasks=1", "--job-name=burn", "sh", "-c", BURN)
        found.run("sbatch", "--ntasks=2", "--job-name=queued", "--output=/dev/null", "--wrap=true")
        _until(found, "burn|COMPLETED", "long|RUNNING", "queued|PENDING")
        yield found


def _until(node: SlurmNode, *states: str) -> None:
    deadline = time.monotonic() + 30
    asked = ("sacct", "--allocations", "--noheader", "--parsable2", "--format=JobName,State")
    while not set(states) <= set(node.run(*asked).split()):
        assert time.monotonic() < deadline, node.run(*asked)
        time.sleep(0.1)


def test_a_job_of_6000_joules_is_read_once(node: SlurmNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = node.run("sacct", "--noheader", "--parsable2", "--format=JobIDRaw,ConsumedEnergyRaw").split()
    assert {"2|6000", "2.0|6000"} <= set(rows), "the trap: the job and each of its steps say the same energy"

    site = tmp_path / "wattlas.toml"
    site.write_text(SITE.format(program=node.sacct))

    def wattlas(*argv: str) -> list[dict[str, Any]]:
        assert main(["--config", str(site), "jobs", *argv, "--json"]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    (first,), (again,) = (wattlas("fetch") for _ in range(2))
    assert (first["new"], first["passed_over"], first["rejects"]) == (2, 1, [])
    assert again["new"] == 0

    found = {row["name"]: row for row in wattlas("list", "--from=-2h")}
    assert found["burn"]["energy_kwh"] == pytest.approx(6000 / 3.6e6)
    assert sum(row["energy_kwh"] or 0 for row in found.values()) == pytest.approx(6000 / 3.6e6)
    assert (found["burn"]["point"], found["burn"]["cpu_share"], found["burn"]["running"]) == ("fra1/gpu1", 0.5, False)
    assert 0 < found["burn"]["cpu_use"] <= 0.5, "busy all its second, it is cut to the share that it held"
    assert (found["long"]["running"], found["long"]["energy_kwh"]) == (True, None)
