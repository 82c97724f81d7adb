"""The hall and a lab in which everything is wrong, collected over real RMCP+, and the figures that come of it."""

from __future__ import annotations

import csv
import io
import random
import re
import socket
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.peers.ipmi_sim import running_bmcs
from tests.program import Program
from tests.ui.attribution.hall import (
    METERS,
    NAMES,
    PASSWORD_VARIABLE,
    POLL_S,
    SERVERS,
    Hall,
    point_toml,
    sessions,
    write_site,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.program import Job

SECRET = "secret"  # of every simulated BMC
IT = {1: METERS[1:], 2: METERS[1:], 3: SERVERS}


def iso(time_s: float) -> str:
    """As `--from` and `--to` take it."""
    return datetime.fromtimestamp(int(time_s), UTC).isoformat()


@contextmanager
def silent_port() -> Iterator[int]:
    """A port on which datagrams arrive and nobody answers: a BMC that is dead."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        yield dead.getsockname()[1]


@contextmanager
def collecting_hall(folder: Path) -> Iterator[tuple[Program, Job, Hall]]:
    """A collector that polls the hall and a lab in which everything is wrong; every good BMC has answered."""
    with running_bmcs(folder, len(NAMES) + 3) as bmcs, silent_port() as dead:
        hall = Hall(dict(zip(NAMES, bmcs, strict=False)))
        wrong, zero, sentinel = bmcs[len(NAMES) :]
        zero.set_watts(0)
        sentinel.set_watts(65535)
        hall.shift_load(random.Random(0))  # noqa: S311 - luck, no secret
        lab = [
            point_toml("wrong", wrong.port, site="lab", user="nobody"),
            point_toml("dead", dead, site="lab"),
            point_toml("zero", zero.port, site="lab"),
            point_toml("sentinel", sentinel.port, site="lab"),
        ]
        points = [point_toml(name, bmc.port) for name, bmc in hall.bmcs.items()]
        program = Program(write_site(folder / "wattlas.toml", *points, *lab), {PASSWORD_VARIABLE: SECRET})
        with program.running(program.command("collect"), log=folder / "collect.log") as job:
            job.wait_until_said("collect answers", times=len(NAMES) + 2)
            yield program, job, hall


def check_figures(program: Program, hall: Hall, start: int, end: int, *, category: int) -> None:
    """Energy and PUE of a category are within 1 % of what ipmitool's readings imply."""
    asked = ("kpi", "--from", iso(start), "--to", iso(end), "--site", "hall", "--category", str(category))
    found = {row["name"]: row for row in program.rows(*asked)}
    facility_kwh, it_kwh = hall.energy_kwh(["grid"], start, end), hall.energy_kwh(IT[category], start, end)
    wanted = {"facility_energy_kwh": facility_kwh, "it_energy_kwh": it_kwh, "pue": facility_kwh / it_kwh}
    for name, value in wanted.items():
        figure = found[name]
        sys.stdout.write(f"category {category} {name}: {figure['value']:.6g}, by ipmitool {value:.6g}\n")
        assert figure["value"] == pytest.approx(value, rel=0.01), figure
        assert figure["missing"] == 0.0, figure
        assert figure["measured"] > 0.9, figure


def check_lab(program: Program, job: Job, start: int) -> None:
    """Each trouble is told in one sentence, and none of them costs another source a poll."""
    lines = [line for line in job.said().splitlines() if "source=bmc-" in line and "collect answers" not in line]
    said = dict(re.findall(r"collect failed source=bmc-(\w+) kind=ipmi state=\w+ reason=\"(.+)\"", "\n".join(lines)))
    assert len(lines) == 2, lines
    assert "refused the user: check user and password" in said["wrong"]
    assert "gave no answer within 4 s: check its power, network and address." in said["dead"]
    text = program.said(
        "export", "readings", "--rejected", "--from", iso(start), "--to", iso(time.time()), "--site", "lab"
    )
    reasons = {(row["point"], row["reason"]) for row in csv.DictReader(io.StringIO(text)) if row["metric"] == "power"}
    assert reasons == {
        ("lab/zero", "0 W, and neither did the source say that the host is off nor has lab/zero zero_ok"),
        ("lab/sentinel", "65535 W is how devices say that there is no value"),
    }
    assert SECRET not in job.said() + text


def accept_hall(folder: Path, *, window_s: int) -> None:
    """Collect for a while with a load that moves every few seconds, ask for figures, stop, and ask again."""
    luck = random.Random(20261123)  # noqa: S311 - luck, no secret
    with collecting_hall(folder) as (program, job, hall):
        start = int(time.time()) + 1
        while time.time() < start + window_s:
            time.sleep(luck.uniform(2.0, 6.0))
            hall.shift_load(luck)
        end = int(time.time())
        time.sleep(POLL_S + 2.5)  # until each BMC was read once more and that is durable
        check_figures(program, hall, start, end, category=1)
        check_lab(program, job, start)
        begun = time.monotonic()
        assert job.terminated(within_s=15) == 0, job.said()
        assert time.monotonic() - begun < 10, "a BMC that hangs delays no stop"
        assert "Traceback" not in job.said()
        assert [sessions(bmc) for bmc in hall.bmcs.values()] == [0] * len(NAMES)
        check_figures(program, hall, start, end, category=3)
