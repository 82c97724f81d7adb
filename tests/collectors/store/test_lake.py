"""The lake and the shipper: once each, the highest sequence stands, readers see one moment (design 3)."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.store.archive import Archive
from collectors.store.lake import Lake, append
from collectors.store.layout import READINGS
from collectors.store.locks import writer_lock
from collectors.store.shipper import ship
from collectors.store.spool import Spool
from config.errors import StoreUnavailable
from tests.collectors.store.tables import DAY, DAY_S, many, plain, readings, tick, values

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.delta import Writer


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
