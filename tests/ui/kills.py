"""The program killed at random moments, again and again, and what must be true afterwards.

A collector, an importer, a shipper, a ledger job and the upkeep work on one data folder at once. One of them after the
other is killed (-9) and started again: every second time wherever it is, else within milliseconds after it has begun to
write. A witness reads the spool meanwhile: what it once saw there was accepted.
"""

from __future__ import annotations

import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from pyarrow import csv

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.open import Stores
from tests.program import Program
from tests.ui.plant import write_readings, write_site
from ui.keeping import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.store.batches import Batch
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


def digest(batch: Batch) -> str:
    """What a batch says."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.rows.schema) as stream:
        stream.write_table(batch.rows)
    return f"{batch.key} {sha256(sink.getvalue()).hexdigest()}"


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


def keep_books_at(program: Program, log: Path, at: int) -> None:
    """Run the ledger job with the clock at `at`, and ship."""
    with program.running(program.driver(f"own = service({at})\nown.keep_books()\nown.ship()"), log=log) as job:
        job.go()
        assert job.process.wait(120) == 0, job.said()


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


def shipped(stores: Stores) -> list[Batch]:
    """Batches of the spool that the archive says to have."""
    upto = stores.lake.version_of(stores.spool.app_id)
    return [batch for batch in stores.spool.batches(0, limit=1 << 40) if batch.n <= upto]


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


def check_accepted(plant: Plant, batches: list[Batch], witness: Witness) -> None:
    """Whatever was once seen accepted stands in the archive exactly once, unchanged; and nothing else does."""
    assert len(witness.seen) > 1
    assert witness.seen.items() <= {batch.n: digest(batch) for batch in batches}.items()
    check_archived(plant.folder / "data", batches)
    aside = pa.concat_tables([batch.rows for batch in batches if refused(batch)])
    assert len(set(zip(*(aside[name].to_pylist() for name in IDENTITY), strict=True))) == aside.num_rows > 0


def check_archived(data: Path, batches: list[Batch]) -> None:
    """The archive holds every row of these batches once, and no other."""
    accepted = pa.concat_tables([batch.rows for batch in batches])
    archived = DeltaTable(data / "lake" / "readings").to_pyarrow_table().sort_by("seq")
    for name in ("seq", "point", "metric", "value", "quality", "reason", "origin"):
        kind = archived[name].type
        assert archived[name].combine_chunks().equals(accepted[name].cast(kind).combine_chunks()), name


def refused(batch: Batch) -> bool:
    """Whether the ledger job put these readings aside."""
    return (batch.key or "").startswith("refused:")


def check_files(plant: Plant, batches: list[Batch]) -> None:
    """Each file was accepted once, whole and in its order."""
    of_origin: dict[str, list[Batch]] = {}
    for batch in batches:
        if batch.key and batch.key.startswith("import:"):
            of_origin.setdefault(batch.key.rpartition(":")[0], []).append(batch)
    assert len(of_origin) == len(plant.imported)
    for file, own in zip(plant.imported, of_origin.values(), strict=True):
        lines = csv.read_csv(file)
        rows = pa.concat_tables([batch.rows for batch in own])
        for name, kind in (
            ("point", pa.string()),
            ("metric", pa.string()),
            ("time", pa.int64()),
            ("value", pa.float64()),
        ):
            assert rows[name].cast(kind).combine_chunks().equals(lines[name].cast(kind).combine_chunks()), name


def check_books(plant: Plant, batches: list[Batch], until: int) -> None:
    """The ledger is what a new data folder makes of the same readings in the same order."""
    clean = plant.folder / "clean"
    clean.mkdir()
    shutil.copy(plant.program.config, clean)
    stores = Stores(clean / "data")
    for batch in batches:
        if not refused(batch):
            stores.spool.accept(batch.rows, key=batch.key)
    stores.spool.close()
    keep_books_at(Program(clean / "wattlas.toml"), plant.folder / "keep.log", until)
    ours, wanted = spoken(plant.stores.books.rows()), spoken(stores.books.rows())
    assert wanted.num_rows > 100
    for name in LEDGER_SCHEMA.names:
        if name != "revision":
            assert ours[name].to_pylist() == wanted[name].to_pylist(), name


def spoken(rows: pa.Table) -> pa.Table:
    """Rows that say anything: one that is missing altogether is worth as much as none."""
    return rows.filter(pc.less(rows["missing"], 1.0))


def check_history(plant: Plant) -> None:
    """Every former version of every row is kept once."""
    names = ("point", "metric", "start", "revision")
    found = {tuple(row.values()) for row in plant.stores.books.history().select(names).to_pylist()}
    assert len(found) == plant.stores.books.history().num_rows
    assert found == set(former(plant.stores.books.rows()))
    assert found, "late files did change rows"


def former(rows: pa.Table) -> Iterator[tuple[str, str, int, int]]:
    """The versions that must have been before the rows that stand."""
    for row in rows.select(["point", "metric", "start", "revision"]).to_pylist():
        yield from ((row["point"], row["metric"], row["start"], number) for number in range(row["revision"]))
