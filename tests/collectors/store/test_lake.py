"""The lake and the shipper: once each, the highest sequence stands, readers see one moment (design 3)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.store.archive import Archive
from collectors.store.batches import ROW_BITS
from collectors.store.lake import UNDONE, Lake, append
from collectors.store.layout import READINGS
from collectors.store.locks import writer_lock
from collectors.store.parquet import Where
from collectors.store.shipper import ship, undo_import
from collectors.store.spool import Spool
from config.errors import StoreUnavailable
from tests.collectors.store.tables import DAY, DAY_S, many, plain, readings, tick, values

if TYPE_CHECKING:
    from collectors.store.delta import Writer


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool" / "spool.sqlite")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def every_row(lake: Lake) -> pa.Table:
    """All rows in the lake, none chosen or left out."""
    tables = lake.table.snapshot().read(Where())
    return pa.concat_tables([READINGS.schema.empty_table(), *tables])


def test_an_absent_lake_reads_as_empty(lake: Lake, spool: Spool) -> None:
    assert lake.read().schema == READINGS.schema
    assert (
        lake.read().num_rows == lake.touched(-1).num_rows == lake.series(None, "power", DAY, DAY + 9, 5).num_rows == 0
    )
    assert (lake.version_of("x"), lake.highest_seq(), lake.compact(DAY), lake.expire(DAY), lake.vacuum()) == (
        -1,
        -1,
        0,
        0,
        0,
    )
    assert ship(spool, lake) == 0


def test_shipped_rows_are_what_was_accepted(lake: Lake, spool: Spool) -> None:
    spool.accept(many(5, 100))
    accepted = spool.after(0)
    assert ship(spool, lake, grace_s=0, now=DAY) == 500
    assert spool.backlog(0).batches == 0
    table = lake.read()
    assert table.schema == READINGS.schema
    assert plain(table) == sorted(plain(accepted), key=lambda row: (row["point"], row["metric"], row["time"]))
    assert ship(spool, lake) == 0


def test_the_spools_tail_is_seen_before_it_is_shipped(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY))
    ship(spool, lake)
    spool.accept(tick(DAY + 10))
    assert lake.read().num_rows == 20
    both = lake.read(spool=spool)
    ship(spool, lake)
    assert plain(both) == plain(lake.read()) == plain(lake.read(spool=spool))


def test_of_one_second_the_later_accepted_stands(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY, value=1.0))
    ship(spool, lake)
    spool.accept(tick(DAY, value=2.0))
    assert set(lake.read(spool=spool)["value"].to_pylist()) == {2.0}
    ship(spool, lake)
    spool.accept(tick(DAY, value=3.0, points=10))
    assert lake.read(spool=spool)["value"].to_pylist() == [3.0] * 10 + [2.0] * 10


def test_rejected_readings_never_shadow_good_ones(lake: Lake, spool: Spool) -> None:
    spool.accept(readings([("a/x", "power", DAY, 5.0), ("a/x", "power", DAY + 1, 6.0)]))
    spool.accept(readings([("a/x", "power", DAY, 65535.0)], quality="rejected", reason="sentinel"))
    for _ in range(2):  # from the spool's tail, then from the lake
        assert values(lake.read(spool=spool)) == [("a/x", DAY, 5.0), ("a/x", DAY + 1, 6.0)]
        every = lake.read(spool=spool, rejected=True)
        assert [(row["value"], row["reason"]) for row in plain(every)] == [
            (5.0, None),
            (65535.0, "sentinel"),
            (6.0, None),
        ]
        ship(spool, lake)


def test_points_metrics_and_spans_are_chosen_exactly(lake: Lake, spool: Spool) -> None:
    rows = [
        (f"a/{p}", metric, DAY + day * DAY_S + second, 1.0)
        for p in "xyz"
        for metric in ("power", "energy")
        for day in (-1, 0, 1)
        for second in (0, 43_200)
    ]
    spool.accept(readings(rows[::2]))
    ship(spool, lake)
    spool.accept(readings(rows[1::2]))

    def asked(**where: object) -> set[tuple[str, str, int]]:
        found = lake.read(spool=spool, **where)  # type: ignore[arg-type]
        return {(row["point"], row["metric"], row["time"]) for row in plain(found)}

    every = {row[:3] for row in rows}
    assert asked() == every
    assert asked(points=["a/y"]) == asked(points="a/y") == {row for row in every if row[0] == "a/y"}
    assert asked(points=["a/0", "a/x", "a/q"], metrics=["energy"]) == {r for r in every if r[:2] == ("a/x", "energy")}
    assert asked(points=[]) == set()
    for start, end in ((DAY, DAY + 43_200), (DAY + 1, DAY + DAY_S), (None, DAY), (DAY + 43_200, None), (DAY, DAY)):
        inside = {row for row in every if (start is None or row[2] >= start) and (end is None or row[2] < end)}
        assert asked(start=start, end=end) == inside


def test_columns_come_as_asked(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY))
    ship(spool, lake)
    assert lake.read(columns=["value", "time"], spool=spool).column_names == ["value", "time"]


def test_each_flush_is_one_commit_that_carries_the_spools_number(lake: Lake, spool: Spool) -> None:
    for second in range(7):
        spool.accept(tick(DAY + second))
    ship(spool, lake)
    assert lake.version_of(spool.app_id) == 7
    assert lake.table.snapshot().version == 1  # creation is version 0


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


def test_other_keys_ship_as_any_batch(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY), key="refused:0a1b")
    assert ship(spool, lake) == 20


def test_a_lake_that_cannot_be_written_leaves_everything_in_the_spool(tmp_path: Path, spool: Spool) -> None:
    (tmp_path / "lake").write_text("in the way")
    spool.accept(tick(DAY))
    with pytest.raises(StoreUnavailable):
        ship(spool, Lake(tmp_path / "lake"), grace_s=0)
    assert spool.backlog().rows == 20
    (tmp_path / "lake").unlink()
    assert ship(spool, Lake(tmp_path / "lake"), grace_s=0) == 20


def test_a_commit_that_another_program_beat_is_made_again(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY))
    ship(spool, lake)
    spool.accept(tick(DAY + 1))
    rows, tries = spool.after(lake.version_of(spool.app_id)), []

    def body(writer: Writer) -> int:
        tries.append(writer.snapshot.version)
        if len(tries) < 3:  # a program that knows nothing of our locks
            DeltaTable(lake.table.root).alter.set_table_properties({"delta.appendOnly": "false"})
        append(writer, rows, {"x": len(tries)})
        return writer.snapshot.version

    assert lake.table.write(body) == 3
    assert tries == [1, 2, 3]
    assert (lake.read().num_rows, lake.version_of("x")) == (40, 3)


def test_a_lock_that_is_never_released_is_named(tmp_path: Path) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with writer_lock(tmp_path / "ledger.lock"):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    with (
        pytest.raises(StoreUnavailable, match=r"ledger is being written by another process"),
        writer_lock(tmp_path / "ledger.lock", patience_s=0.1),
    ):
        pass
    done.set()
    holder.join()


def test_touched_names_what_arrived_since(lake: Lake, spool: Spool) -> None:
    archive = Archive(lake, spool)
    spool.accept(readings([("a/x", "power", DAY + 5, 1.0), ("a/y", "power", DAY, 1.0)]))
    ship(spool, lake)
    mark = lake.highest_seq()
    assert archive.touched(mark).num_rows == 0
    spool.accept(
        readings([("a/x", "power", DAY - 90_000, 1.0), ("a/x", "power", DAY, 1.0), ("a/x", "energy", DAY, 1.0)])
    )
    expected = [("a/x", "energy", DAY, DAY), ("a/x", "power", DAY - 90_000, DAY)]
    for _ in range(2):
        assert [(r["point"], r["metric"], r["first"], r["last"]) for r in plain(archive.touched(mark))] == expected
        assert archive.touched(-1).num_rows == 3
        ship(spool, lake)
    lake.compact(DAY + 9 * DAY_S)
    assert [(r["point"], r["metric"], r["first"], r["last"]) for r in plain(archive.touched(mark))] == expected
    assert archive.touched(lake.highest_seq()).num_rows == 0


def test_series_are_downsampled_in_the_store(lake: Lake, spool: Spool) -> None:
    table = many(3, 4000, start=DAY + DAY_S - 20_000)  # across midnight
    spool.accept(table)
    ship(spool, lake)
    spool.accept(readings([("fra1/srv-0001", "power", DAY + DAY_S, 5000.0)]))
    start, end = DAY + DAY_S - 20_000, DAY + DAY_S + 20_000
    found = lake.series(["fra1/srv-0001"], "power", start, end, 7, spool)
    width = -(-40_000 // 7)
    rows = {row["time"]: row["value"] for row in plain(lake.read(["fra1/srv-0001"], spool=spool))}
    assert found.num_rows == 7
    for row in plain(found):
        inside = [value for time, value in rows.items() if row["time"] <= time < row["time"] + width]
        assert (row["min"], row["max"], row["readings"]) == (min(inside), max(inside), len(inside))
        assert row["mean"] == pytest.approx(np.mean(inside))
    assert found["time"].to_pylist() == [start + width * bucket for bucket in range(7)]


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


def test_compaction_keeps_every_row_and_sorts_closed_days(lake: Lake, spool: Spool) -> None:
    for second in range(0, 3 * DAY_S, 7200):
        spool.accept(tick(DAY + second))
        spool.accept(tick(DAY + second, value=1.0, points=3))
        ship(spool, lake)
    rows, chosen = every_row(lake), lake.read()
    assert lake.compact(DAY + 2 * DAY_S) == 2
    files = lake.table.snapshot().labels()
    assert [files.count(label) for label in ("2026-03-14", "2026-03-15", "2026-03-16")] == [1, 1, 12]
    assert sorted(plain(rows), key=lambda r: r["seq"]) == sorted(plain(every_row(lake)), key=lambda r: r["seq"])
    assert plain(lake.read()) == plain(chosen)
    assert lake.compact(DAY + 2 * DAY_S) == 0
    spool.accept(tick(DAY + 5))  # late
    ship(spool, lake)
    assert lake.compact(DAY + 2 * DAY_S) == 1


def test_small_files_of_an_open_day_are_merged_once_there_are_many(lake: Lake, spool: Spool) -> None:
    for second in range(40):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    assert lake.compact(DAY) == 1
    assert len(lake.table.snapshot().labels()) == 1
    assert lake.read().num_rows == 800
    assert lake.compact(DAY) == 0


def test_expire_drops_whole_days_only(lake: Lake, spool: Spool) -> None:
    for day in range(3):
        spool.accept(tick(DAY + day * DAY_S))
    ship(spool, lake)
    assert lake.expire(DAY + DAY_S + 5) == 1
    assert sorted(set(lake.read()["time"].to_pylist())) == [DAY + DAY_S, DAY + 2 * DAY_S]
    assert lake.expire(DAY + DAY_S + 5) == 0


def test_vacuum_spares_what_a_reader_of_today_may_hold(lake: Lake, spool: Spool) -> None:
    for second in range(3):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    old = lake.table.snapshot()
    lake.compact(DAY + DAY_S)
    assert lake.vacuum() == 0
    assert sum(table.num_rows for table in old.read(Where())) == 60


def test_vacuum_deletes_what_was_removed_a_day_ago_and_a_reader_recovers(
    lake: Lake, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in range(3):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    orphan = lake.table.root / "day=2026-03-14" / "part-of-a-killed-writer.parquet"
    orphan.write_bytes(b"PAR1")
    os.utime(orphan, (DAY, DAY))
    old = lake.table.snapshot()
    two_days_ago = time.time() - 2 * DAY_S
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: two_days_ago)
        lake.compact(DAY + DAY_S)
    assert lake.vacuum() == 4
    assert not orphan.exists()
    with pytest.raises(FileNotFoundError):
        old.read(Where())
    seen: list[int] = []

    def body(snapshot: object) -> int:
        found = old if not seen else snapshot
        seen.append(1)
        return sum(table.num_rows for table in found.read(Where()))  # type: ignore[attr-defined]

    assert lake.table.read(body) == 60
    assert len(seen) == 2
    assert lake.version_of(spool.app_id) == 3
    spool.accept(tick(DAY + 9))
    assert ship(spool, lake) == 20


def test_the_log_stays_short_and_numbers_survive_checkpoints(lake: Lake, spool: Spool) -> None:
    for second in range(52):
        spool.accept(tick(DAY + second, points=1))
        ship(spool, lake)
    assert lake.version_of(spool.app_id) == 52
    assert any(file.name.endswith("checkpoint.parquet") for file in (lake.table.root / "_delta_log").iterdir())
    assert lake.read().num_rows == 52


def test_a_reading_of_a_day_needs_no_pandas(tmp_path: Path, lake: Lake, spool: Spool) -> None:
    spool.accept(many(50, 20))
    ship(spool, lake)
    lake.compact(DAY + DAY_S)
    spool.accept(tick(DAY + 5000))
    code = (
        "import sys; from pathlib import Path; from collectors.store.open import Stores;"
        "stores = Stores(Path(sys.argv[1]));"
        "assert stores.archive.read(points=['fra1/srv-0001'], metrics=['power'], start=1, end=2**40).num_rows == 21;"
        "assert 'pandas' not in sys.modules, 'pandas costs a second'; assert 'pyarrow.dataset' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


STEP = st.one_of(
    st.tuples(
        st.just("accept"),
        st.lists(
            st.tuples(
                st.sampled_from(["a/x", "a/y"]),
                st.sampled_from(["power", "energy"]),
                st.integers(0, 6).map(lambda n: DAY - 3 + n if n < 4 else DAY + DAY_S * (n - 4)),
                st.floats(0, 100, allow_nan=False),
                st.booleans(),
            ),
            min_size=1,
            max_size=8,
        ),
    ),
    st.tuples(st.sampled_from(["ship", "compact"]), st.just(None)),
)


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_highest_sequence_stands_whatever_the_order_of_jobs(
    steps: list[tuple[str, list[tuple[str, str, int, float, bool]] | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    spool, lake = Spool(folder / "spool.sqlite"), Lake(folder / "lake")
    model: dict[tuple[str, str, int], float] = {}
    for step, rows in steps:
        if rows is not None:
            good = [row for row in rows if row[4]]
            table = pa.concat_tables(
                [
                    readings([row[:4] for row in good]),
                    readings([row[:4] for row in rows if not row[4]], quality="rejected", reason="test"),
                ]
            )
            spool.accept(table)
            model |= {(point, metric, time): value for point, metric, time, value, _ in good}
        elif step == "ship":
            ship(spool, lake, grace_s=0, now=DAY)
        else:
            lake.compact(DAY + DAY_S)
        seen = {(r["point"], r["metric"], r["time"]): r["value"] for r in plain(lake.read(spool=spool))}
        assert seen == model
    spool.close()


def test_files_log_and_folders_are_synced_before_the_spool_forgets(
    lake: Lake, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, int]] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), spool.backlog(0).rows))
        sync(descriptor)

    spool.accept(tick(DAY))
    spool.accept(tick(DAY + DAY_S))
    monkeypatch.setattr(os, "fsync", noted)
    ship(spool, lake, grace_s=0, now=DAY)
    root = lake.table.root
    data = [str(root / path) for path in lake.table.snapshot().sizes()]
    log = str(root / "_delta_log" / f"{1:020d}.json")
    order = [path for path, _ in synced]
    folders = [str(root / "day=2026-03-14"), str(root / "day=2026-03-15"), str(root), str(root / "_delta_log")]
    assert {*data, *folders, log} <= set(order)
    assert max(order.index(path) for path in data) < order.index(log)
    assert all(rows == 40 for path, rows in synced if path in {*data, *folders, log})
    assert spool.backlog(0).rows == 0
