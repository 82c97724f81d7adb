"""Pages of a year's books: each beside an empty page in the same run, and twenty readers at once.

Beside the clock stands processor time, of the server and of the browser: what a busy machine changes less.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.bench.live_users import Reader, together
from tests.bench.test_page import click_s, empty_page, look_s, timed
from tests.ui.pages.test_browser import PAGES, WIDE_PX, Visit, browser, serving
from ui.serving import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.program import Job

pytestmark = [pytest.mark.bench, pytest.mark.peer]
__all__ = ["browser"]  # a fixture, found by name
ROUNDS = int(os.environ.get("WATTLAS_BENCH_ROUNDS", "5"))
USERS, MINUTES = 20, float(os.environ.get("WATTLAS_BENCH_MINUTES", "2"))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Job]]:
    """The pages of a year of samples of five minutes."""
    with serving(tmp_path_factory.mktemp("year"), 365) as found:
        yield found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of a title alone."""
    with empty_page(tmp_path_factory.mktemp("empty")) as address:
        yield address


def seconds(look: Callable[[], float]) -> tuple[float, float]:
    """How long a page takes [s], the median of some looks, and the processor time of all that we started [s]."""
    used_s = started_cpu_s()
    found = [look() for _ in range(ROUNDS)]
    return median(found), (started_cpu_s() - used_s) / ROUNDS


def test_a_warm_page_of_a_year_beside_an_empty_one(browser: Browser, year: tuple[str, Job], empty: str) -> None:
    visit = timed(Visit(browser, year[0], mode="light", width=WIDE_PX))
    slow: dict[str, float] = {}
    for code in ("", *PAGES):
        visit.open_page(code)  # warm, and without an error
        address = f"{year[0]}/{code}{'?range=30d' if code == '' else ''}"
        (base_s, base_cpu_s), (ours_s, ours_cpu_s) = (seconds(partial(look_s, visit, one)) for one in (empty, address))
        sys.stdout.write(
            f"\nempty {base_s:.2f} s, {code or 'overview'} {ours_s:.2f} s: {ours_s / base_s:.2f} of it; processor "
            f"time {base_cpu_s:.2f} and {ours_cpu_s:.2f} s: {ours_cpu_s / base_cpu_s:.2f} of it"
        )
        slow |= {code: ours_s / base_s} if ours_s > 2 * base_s else {}
    assert not slow


def test_a_page_of_a_year_by_a_click_beside_an_empty_one(browser: Browser, year: tuple[str, Job], empty: str) -> None:
    visit = timed(Visit(browser, year[0], mode="light", width=WIDE_PX))
    base_s = median(look_s(visit, empty) for _ in range(ROUNDS))
    pages = ("overview", *shell.CODES)
    visit.open_page(pages[-1])
    rounds = [[click_s(visit, at) for at in range(len(pages))] for _ in range(ROUNDS + 1)][1:]
    took_s = dict(zip(pages, map(median, zip(*rounds, strict=True)), strict=True))
    for code, ours_s in took_s.items():
        sys.stdout.write(f"\nempty {base_s:.2f} s, {code} by a click {ours_s:.2f} s: {ours_s / base_s:.2f} of it")
    assert max(took_s.values()) <= base_s


def started_cpu_s() -> float:
    """Processor time of all processes that this one started and theirs: servers and browser [s]."""
    children: dict[int, list[tuple[int, float]]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            fields = path.read_text().rpartition(")")[2].split()
            used_s = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
            children.setdefault(int(fields[1]), []).append((int(path.parent.name), used_s))
    total_s, left = 0.0, [os.getpid()]
    while left:
        for pid, used_s in children.get(left.pop(), ()):
            total_s += used_s
            left.append(pid)
    return total_s


def cpu_s(job: Job) -> float:
    """Processor time that a process has used [s]: what a busy machine does not change."""
    fields = Path(f"/proc/{job.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(job: Job) -> float:
    """Resident memory of a process [MB]."""
    status = Path(f"/proc/{job.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def twenty_readers(year: tuple[str, Job], minutes: float) -> tuple[list[float], list[float]]:
    """Live fragments of the overview, each on its own interval: seconds of each refresh in order of length, and the
    server's memory [MB] every 15 s."""
    address, job = year
    readers = [Reader(address, "range=24h") for _ in range(USERS)]
    began, marks, used_s = time.monotonic(), list[float](), cpu_s(job)

    async def watched() -> None:
        work = asyncio.create_task(together(readers, time.monotonic() + 60 * minutes, apart_s=0.5))
        while not work.done():
            await asyncio.sleep(15)
            marks.append(rss_mb(job))
        await work

    with ThreadPoolExecutor(1) as aside:  # the browser of the other proof leaves a loop in this thread
        aside.submit(asyncio.run, watched()).result()
    took = sorted(one for reader in readers for one in reader.took_s)
    p50, p95 = (took[int(len(took) * share)] for share in (0.5, 0.95))
    each_s = (cpu_s(job) - used_s) / len(took)
    sys.stdout.write(
        f"\n{USERS} readers, {len(took)} refreshes in {(time.monotonic() - began) / 60:.1f} min: "
        f"{each_s * 1000:.0f} ms of a core each, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms; load "
        f"{os.getloadavg()[0]:.0f}; memory {' '.join(f'{one:.0f}' for one in marks)} MB\n"
    )
    return took, marks


def test_twenty_readers(year: tuple[str, Job]) -> None:
    took, _ = twenty_readers(year, MINUTES)
    assert took[int(len(took) * 0.95)] <= 0.3
