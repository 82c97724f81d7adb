"""Imports into the lake: once whatever was lost, undone as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from collectors.store.archive import Archive
from collectors.store.batches import ROW_BITS
from collectors.store.lake import UNDONE, Lake
from collectors.store.shipper import ship, undo_import
from collectors.store.spool import Spool
from tests.collectors.store.tables import DAY, every_row, many, plain, tick

if TYPE_CHECKING:
    from pathlib import Path


def test_an_append_is_done_once(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY))
    for _ in range(2):
        lake.append(spool.after(0), {"copy": 1})
    assert (lake.read().num_rows, lake.version_of("copy")) == (20, 1)


def test_an_import_shipped_by_a_lost_spool_is_not_shipped_again(lake: Lake, tmp_path: Path) -> None:
    lost = Spool(tmp_path / "lost.sqlite")
    for chunk in range(3):
        lost.accept(tick(DAY + chunk, origin="import:ff"), key=f"import:ff:{chunk}")
    ship(lost, lake)
    assert lake.version_of("import:ff") == 2
    fresh = Spool(tmp_path / "fresh.sqlite")
    fresh.raise_floor(lake.highest_seq() >> ROW_BITS)
    for chunk in range(5):  # the importer starts from the beginning
        fresh.accept(tick(DAY + chunk, origin="import:ff"), key=f"import:ff:{chunk}")
    assert ship(fresh, lake) == 40
    assert (lake.version_of("import:ff"), every_row(lake).num_rows) == (4, 100)
    assert lake.version_of(fresh.app_id) == fresh.highest()


def test_an_import_is_undone_as_a_whole(lake: Lake, spool: Spool) -> None:
    archive = Archive(lake, spool)
    spool.accept(many(3, 50, step=3600))
    before = archive.read()
    for chunk in range(2):
        table = many(3, 30, start=DAY + chunk * 30 * 3600, step=3600, origin="import:ff")
        spool.accept(table, key=f"import:ff:{chunk}")
        ship(spool, lake)
    assert plain(archive.read()) != plain(before)
    mark = lake.highest_seq()
    touched = undo_import(spool, lake, "import:ff")
    assert plain(archive.read()) == plain(before)
    assert touched["first"].to_pylist() == [DAY] * 3
    assert touched["last"].to_pylist() == [DAY + 59 * 3600] * 3
    new = [(row["point"], row["first"], row["last"]) for row in plain(archive.touched(mark))]
    assert new == [(row["point"], row["first"], row["last"]) for row in plain(touched)]
    undone = archive.read(rejected=True)
    assert undone.filter(pc.equal(undone["reason"].cast(pa.string()), UNDONE)).num_rows == 2 * 3 * 30 + 6
    again = undo_import(spool, lake, "import:ff")  # killed half-way it is called again
    assert (again["first"].to_pylist(), again["last"].to_pylist()) == ([DAY] * 3, [DAY + 59 * 3600] * 3)
    assert plain(archive.read()) == plain(before)
    assert undo_import(spool, lake, "import:00").num_rows == 0


def test_of_an_import_undone_nothing_is_shown_as_the_newest_value(lake: Lake, spool: Spool) -> None:
    spool.accept(many(3, 5, step=3600))
    ship(spool, lake)
    before = plain(spool.latest())
    spool.accept(many(4, 5, start=DAY + 90 * 86_400, step=3600, origin="import:ff"), key="import:ff:0")
    undo_import(spool, lake, "import:ff")
    assert plain(spool.latest()) == before, "the fourth series has no reading any more"
    spool.accept(many(4, 1, start=DAY + 86_400))
    assert spool.latest().num_rows == 4
