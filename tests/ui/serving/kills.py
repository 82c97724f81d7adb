"""The program killed at random moments, again and again, and what must be true afterwards.

A collector, an importer, a shipper, a ledger job and the upkeep work on one data folder at once. One of them after the
other is killed (-9) and started again: every second time wherever it is, else within milliseconds after it has begun to
write. A witness reads the spool meanwhile: what it once saw there was accepted.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from collectors.store.open import Stores
from tests.program import Program
from tests.ui.plant import write_readings, write_site
from tests.ui.reports.kept import (
    check_accepted,
    check_archived,
    check_books,
    check_files,
    check_history,
    digest,
    keep_books_at,
    shipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.store.spool import Spool
    from tests.program import Job

DAY_S = 86_400
LONGEST_S = 2.0  # that a victim lives on once its time has come
WRITING_S = 0.05  # that most of its writing takes
BIRTH_S = 0.4  # in which the stores of an empty folder come to be
IMPORTER_KILLED = 0.7  # of the rounds: now and then a file must come to its end
HOURS = (30.0, 144.0, 30.0)  # of the files, in turn: one of them needs two batches
SPOOL, LAKE, BOOKS = "spool", "lake/readings", "books"
WRITES = {"collector": SPOOL, "importer": SPOOL, "shipper": LAKE, "ledger": BOOKS, "upkeep": LAKE}
VICTIMS = {
    "collector": 'wattlas("collect")',
    "importer": 'sys.exit(wattlas("import", "{file}"))',
    "shipper": "own = service()\nwhile True:\n    own.ship()\n    time.sleep(0.05)",
    "ledger": 'while wattlas("ledger", "keep") == 0: time.sleep(0.05)',
    "upkeep": "own = service()\nwhile True:\n    own.upkeep()\n    time.sleep(0.2)",
}


@dataclass
class Witness:
    """Reads the spool again and again in a thread of its own, and remembers each batch by a digest of its rows."""

    spool: Spool
    seen: dict[int, str] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Look until `stop`."""
        while not self.stop.wait(0.02):
            for batch in self.spool.batches(max(self.seen, default=0)):
                self.seen[batch.n] = digest(batch)
        self.spool.close()


@dataclass
class Plant:
    """One data folder, the files that are imported into it one after the other, and the luck of the test."""

    folder: Path
    luck: random.Random
    imported: list[Path] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    starts: Iterator[int] = field(default_factory=count)

    @cached_property
    def program(self) -> Program:
        """The commands."""
        return Program(write_site(self.folder / "wattlas.toml"))

    @cached_property
    def stores(self) -> Stores:
        """The stores, read by the test."""
        return Stores(self.folder / "data")

    @property
    def file(self) -> Path:
        """The file to be imported next: the same again until its import succeeded."""
        number = len(self.imported)
        path = self.folder / f"file-{number}.csv"
        if not path.exists():
            start = int(time.time()) // DAY_S * DAY_S - 300 * DAY_S + number * DAY_S  # corrects much of the one before
            write_readings(path, start=start, hours=HOURS[number % len(HOURS)], seed=number)
        return path

    def suffer(self, rounds: int) -> None:
        """Import a first file in peace; then let all victims work, and in every round kill each of them once."""
        self.import_next()
        with ExitStack() as stack:
            for name in VICTIMS:
                self._start(name, stack)
            for name in (name for _ in range(rounds) for name in self.luck.sample(list(VICTIMS), len(VICTIMS))):
                if name != "importer" or self.luck.random() < IMPORTER_KILLED:
                    self._kill(name)
                for each, job in self.jobs.items():
                    if job.process.poll() is not None:
                        self._ended(each, job)
                        self._start(each, stack)

    def _kill(self, name: str) -> None:
        """Kill a victim once it has begun to work: at any moment, or while it writes."""
        job = self.jobs[name]
        job.wait_until_said("ready\n", within_s=60)
        if self.luck.random() < 0.5:
            time.sleep(self.luck.uniform(0, LONGEST_S))
        else:
            self._wait_for_writing(self.folder / "data" / WRITES[name])
            time.sleep(self.luck.uniform(0, WRITING_S))
        self.kills[name] += job.kill() != 0

    def _wait_for_writing(self, folder: Path) -> None:
        before, deadline = written(folder), time.monotonic() + LONGEST_S
        while written(folder) == before and time.monotonic() < deadline:
            time.sleep(0.002)

    def _start(self, name: str, stack: ExitStack) -> None:
        command = self.program.driver(VICTIMS[name].replace("{file}", str(self.file)))
        log = self.folder / f"{name}-{next(self.starts)}.log"
        self.jobs[name] = stack.enter_context(self.program.running(command, log=log))
        self.jobs[name].go()

    def _ended(self, name: str, job: Job) -> None:
        code = job.process.wait()
        assert code == -signal.SIGKILL or (name == "importer" and code == 0), f"{name}: {job.said()}"
        if code == 0:
            self.imported.append(self.file)

    def import_next(self) -> None:
        """Import the next file to its end."""
        file = self.file
        self.program.said("import", str(file))
        self.imported.append(file)

    def finish(self) -> int:
        """Let everything end well, and keep the books of all time up to now; return that time."""
        self.import_next()
        until = int(time.time()) // 900 * 900 + 2 * 900
        keep_books_at(self.program, self.folder / "keep.log", until)
        return until


def survive_birth(folder: Path, *, rounds: int, seed: int = 20261123) -> None:
    """Kill what creates the stores of an empty folder, two at once, and see that the folder works nevertheless."""
    luck = random.Random(seed)  # noqa: S311 - luck, no secret
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        plant = Plant(place, luck)
        with ExitStack() as stack:
            commands = {name: VICTIMS[name].replace("{file}", str(plant.file)) for name in ("collector", "importer")}
            jobs = [
                stack.enter_context(plant.program.running(plant.program.driver(code), log=place / f"{name}.log"))
                for name, code in commands.items()
            ]
            for job in jobs:
                job.wait_until_said("ready\n", within_s=60)
            for job in jobs:
                job.go()
            for job in jobs:
                time.sleep(luck.uniform(0, BIRTH_S))
                job.kill()
        plant.import_next()
        plant.program.rows("kpi", "--from", "-2d")
        assert plant.program.run("doctor").returncode == 0
        check_archived(place / "data", shipped(plant.stores))


def written(folder: Path) -> int:
    """When anything in a folder was written last, in ns."""
    times = [0]
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            if path.is_dir() or path.suffix == ".sqlite-wal":
                times.append(path.stat().st_mtime_ns)
    return max(times)


def survive(folder: Path, *, rounds: int, seed: int = 20261123) -> None:
    """Kill in so many rounds, then check all that was promised."""
    plant = Plant(folder, random.Random(seed))  # noqa: S311 - luck, no secret
    witness = Witness(plant.stores.spool)
    thread = threading.Thread(target=witness.watch)
    thread.start()
    try:
        plant.suffer(rounds)
    finally:
        witness.stop.set()
        thread.join()
    until = plant.finish()
    batches = plant.stores.spool.batches(0, limit=1 << 40)
    rows = sum(batch.rows.num_rows for batch in batches)
    sys.stdout.write(
        f"killed {dict(plant.kills)}; {len(batches):,} batches, {rows:,} rows, {len(plant.imported)} files\n"
    )
    check_accepted(plant, batches, witness)
    check_files(plant, batches)
    check_books(plant, batches, until)
    check_history(plant)
