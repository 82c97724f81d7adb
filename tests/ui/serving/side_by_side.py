"""Collector, two pages, `kpi` and `import` at once on one data folder: what each of them must not notice."""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from collectors.store.open import Stores
from tests.program import Program
from tests.ui.plant import write_readings, write_site
from tests.ui.reports.kept import check_archived

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY_S = 86_400
TROUBLE = re.compile(r"(?i)warning|error|failed|traceback|lock|corrupt|unavailable")
PAGE = """
own, looks = service(), 0
while True:
    now = int(time.time())
    for first in (now - 7 * 86_400, now - 86_400, now - 3600):
        own.power_now("fra1"), own.freshness("fra1")
        own.power_series("fra1", first, now)
        own.energy_by_use("fra1", first, now)
        own.kpis(site="fra1", start=first, end=now)
    looks += 1
    print("looked", looks, flush=True)
    time.sleep(0.2)
"""


def live_together(folder: Path, *, seconds: float) -> None:
    """Let all of them work for a while; nobody fails, nobody says a word of trouble, nothing is lost or doubled."""
    program = Program(write_site(folder / "wattlas.toml", poll_s=5))
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        jobs = {
            name: stack.enter_context(program.running(command, log=folder / f"{name}.log"))
            for name, command in {
                "collector": program.command("collect"),
                "page-1": program.driver(PAGE),
                "page-2": program.driver(PAGE),
            }.items()
        }
        for job in jobs.values():
            job.go()
        with ThreadPoolExecutor(2) as pool:
            kpis = pool.submit(again, lambda _number: asked(program), end)
            imports = pool.submit(again, lambda number: imported(program, folder, number), end)
            counts = {"kpi": kpis.result(), "import": imports.result()}
        for name in ("page-1", "page-2"):
            assert jobs[name].process.poll() is None, jobs[name].said()
            counts[name] = jobs[name].said().count("looked")
            jobs[name].kill()
        assert jobs["collector"].terminated(within_s=60) == 0, jobs["collector"].said()
        for job in jobs.values():
            assert not TROUBLE.search(job.said()), job.said()
    assert min(counts.values()) > 0, counts
    batches = Stores(folder / "data").spool.batches(0, limit=1 << 40)
    sys.stdout.write(f"{counts}, {len(batches)} batches, {sum(batch.rows.num_rows for batch in batches):,} rows\n")
    check_archived(folder / "data", batches)


def again(call: Callable[[int], None], end: float) -> int:
    """Call until the end has come and return how often."""
    number = 0
    while time.monotonic() < end:
        call(number)
        number += 1
    return number


def asked(program: Program) -> None:
    """Figures of the last two days."""
    done = program.run("kpi", "--from", "-2d", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def imported(program: Program, folder: Path, number: int) -> None:
    """A file of a day that corrects most of the one before."""
    start = int(time.time()) // 3600 * 3600 - 5 * DAY_S + number * 3600
    done = program.run("import", str(write_readings(folder / "file.csv", start=start, hours=24, seed=number)))
    assert done.returncode == 0, done.stderr
    assert not TROUBLE.search(done.stderr), done.stderr


def begin_together(folder: Path) -> None:
    """Let several commands find an empty folder at once: its stores come to be once, and every command succeeds."""
    folder.mkdir()
    program = Program(write_site(folder / "wattlas.toml", poll_s=5))
    file = write_readings(folder / "file.csv", start=int(time.time()) // 3600 * 3600 - 2 * DAY_S, hours=3, seed=0)
    commands = [("import", str(file)), ("kpi", "--from", "-3d"), ("ledger", "keep"), ("doctor",), ("import", "--list")]
    with program.running(program.command("collect"), log=folder / "collect.log") as job:
        with ThreadPoolExecutor(len(commands)) as pool:
            for done in pool.map(lambda argv: program.run(*argv), commands):
                assert done.returncode == 0, f"{done.args}: {done.stderr}"
        assert job.terminated(within_s=60) == 0, job.said()
        assert not TROUBLE.search(job.said()), job.said()
