"""Pages of a year's books: each beside an empty page in the same run, and twenty readers at once for minutes."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.bench.live_users import Reader, together
from tests.bench.test_page import ROUNDS, SHOWN, empty_page
from tests.ui.test_browser import PAGES, WIDE_PX, Visit, browser, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.program import Job

pytestmark = [pytest.mark.bench, pytest.mark.peer]
__all__ = ["browser"]  # a fixture, found by name
USERS, MINUTES = 20, float(os.environ.get("WATTLAS_BENCH_MINUTES", "5"))


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


def seconds(visit: Visit, code: str, query: dict[str, str]) -> float:
    """How long a page takes until nothing is computed any more, the median of some visits."""
    found = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        visit.open_page(code, **query)
        found.append(time.monotonic() - began)
    return median(found)


def bare_seconds(visit: Visit, address: str) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        visit.page.goto(address)
        visit.page.wait_for_selector(SHOWN)
        found.append(time.monotonic() - began)
    return median(found)


def test_a_warm_page_of_a_year_beside_an_empty_one(browser: Browser, year: tuple[str, Job], empty: str) -> None:
    visit = Visit(browser, year[0], mode="light", width=WIDE_PX)
    slow: dict[str, float] = {}
    for code in ("", *PAGES):
        query = {"range": "30d"} if code == "" else {}
        visit.open_page(code, **query)
        base_s, ours_s = bare_seconds(visit, empty), seconds(visit, code, query)
        sys.stdout.write(f"\nempty {base_s:.2f} s, {code or 'overview'} {ours_s:.2f} s: {ours_s / base_s:.2f} of it")
        slow |= {code: ours_s / base_s} if ours_s > 2 * base_s else {}
    assert not slow


def cpu_s(job: Job) -> float:
    """Processor time that a process has used [s]: what a busy machine does not change."""
    fields = Path(f"/proc/{job.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(job: Job) -> float:
    """Resident memory of a process [MB]."""
    status = Path(f"/proc/{job.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_twenty_readers_and_memory(year: tuple[str, Job]) -> None:
    """The live fragments of the overview, each on its own interval, for minutes."""
    address, job = year
    readers = [Reader(address, "range=24h") for _ in range(USERS)]
    began, marks, used_s = time.monotonic(), list[float](), cpu_s(job)

    async def watched() -> None:
        until = time.monotonic() + 60 * MINUTES
        work = asyncio.create_task(together(readers, until, apart_s=0.5))
        while not work.done():
            await asyncio.sleep(15)
            marks.append(rss_mb(job))
        await work

    asyncio.run(watched())
    took = sorted(one for reader in readers for one in reader.took_s)
    p50, p95 = (took[int(len(took) * share)] for share in (0.5, 0.95))
    each_s = (cpu_s(job) - used_s) / len(took)
    sys.stdout.write(
        f"\n{USERS} readers, {len(took)} refreshes in {(time.monotonic() - began) / 60:.1f} min: "
        f"{each_s * 1000:.0f} ms of a core each, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms; "
        f"memory {' '.join(f'{one:.0f}' for one in marks)} MB\n"
    )
    assert p95 <= 0.3
    assert marks[-1] <= 1.1 * marks[len(marks) // 3]
