"""What must be true of a data folder whatever happened to those who worked on it."""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from pyarrow import csv

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.open import Stores
from tests.program import Program
from ui.books.keeping import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.store.batches import Batch
    from tests.ui.serving.kills import Plant, Witness


def digest(batch: Batch) -> str:
    """What a batch says."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.rows.schema) as stream:
        stream.write_table(batch.rows)
    return f"{batch.key} {sha256(sink.getvalue()).hexdigest()}"


def keep_books_at(program: Program, log: Path, at: int) -> None:
    """Run the ledger job with the clock at `at`, and ship."""
    with program.running(program.driver(f"own = service({at})\nown.keep_books()\nown.ship()"), log=log) as job:
        job.go()
        assert job.process.wait(120) == 0, job.said()


def shipped(stores: Stores) -> list[Batch]:
    """Batches of the spool that the archive says to have."""
    upto = stores.lake.version_of(stores.spool.app_id)
    return [batch for batch in stores.spool.batches(0, limit=1 << 40) if batch.n <= upto]


def check_accepted(plant: Plant, batches: list[Batch], witness: Witness) -> None:
    """Whatever was once seen accepted stands in the archive exactly once, unchanged; and nothing else does."""
    assert witness.seen, "the witness looked in time"
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
