"""The spool: accepted means fsynced, numbered once, and found again after anything (design 3)."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import apsw
import numpy as np
import pyarrow as pa
import pytest

from collectors.store.batches import ROW_BITS, ROWS_MAX, checked, pack, unpack
from collectors.store.spool import Backlog, RowsPurged, Spool
from config.errors import InputError, SchemaTooNew, StoreCorrupt, StoreUnavailable
from tests.collectors.store.tables import DAY, many, plain, readings, tick, values

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_come_back_as_accepted_with_their_sequences(spool: Spool) -> None:
    first, second = spool.accept(tick(DAY)), spool.accept(tick(DAY + 10, points=3))
    assert (first, second) == (1, 2)
    table = spool.after(0)
    assert (
        table.drop_columns("seq").to_pylist()
        == pa.concat_tables([tick(DAY), tick(DAY + 10, points=3)]).drop_columns("seq").to_pylist()
    )
    assert table["seq"].to_pylist() == [(1 << ROW_BITS) + i for i in range(20)] + [
        (2 << ROW_BITS) + i for i in range(3)
    ]
    assert plain(spool.after(1)) == plain(table.slice(20))
    assert spool.after(2).num_rows == 0


def test_all_columns_survive(spool: Spool) -> None:
    table = readings([("a/b", "power", DAY, 1.5)], quality="rejected", reason="sentinel", origin="import:ff")
    table = table.set_column(7, table.schema.field(7), pa.array([DAY - 3]))
    spool.accept(table)
    assert plain(spool.after(0).drop_columns("seq")) == plain(table.drop_columns("seq"))


def test_a_key_is_accepted_once(spool: Spool) -> None:
    assert spool.accept(tick(DAY), key="import:x:0") == 1
    assert spool.accept(tick(DAY), key="import:x:0") == 0
    assert spool.accept(tick(DAY), key="import:x:1") == 2
    assert [(batch.n, batch.key) for batch in spool.batches(0)] == [(1, "import:x:0"), (2, "import:x:1")]


def test_a_key_is_remembered_after_its_rows_are_purged(spool: Spool) -> None:
    spool.accept(tick(DAY), key="import:x:0")
    spool.mark_shipped(1, now=DAY)
    assert spool.purge(1, 0, DAY) == 1
    assert spool.accept(tick(DAY), key="import:x:0") == 0


def test_batches_stop_at_the_limit_but_give_one(spool: Spool) -> None:
    for second in range(5):
        spool.accept(tick(DAY + second))
    assert [batch.n for batch in spool.batches(0, 45)] == [1, 2]
    assert [batch.n for batch in spool.batches(2, 1)] == [3]
    assert [batch.n for batch in spool.batches(0)] == [1, 2, 3, 4, 5]


def test_only_batches_that_meet_the_span_are_unpacked(spool: Spool) -> None:
    for second in range(0, 50, 10):
        spool.accept(tick(DAY + second, points=1))
    assert spool.after(0, start=DAY + 10, end=DAY + 30)["time"].to_pylist() == [DAY + 10, DAY + 20]
    assert spool.after(0, start=DAY + 40)["time"].to_pylist() == [DAY + 40]
    assert spool.after(0, end=DAY)["time"].to_pylist() == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (tick(DAY).drop_columns("value"), "column value"),
        (tick(DAY).set_column(3, "value", pa.array(["x"] * 20)), "column value"),
        (
            tick(DAY).set_column(2, "time", pa.nulls(20, pa.int64())),
            "column time of the readings offered holds 20 nulls",
        ),
        (tick(10**15), "the years 1 to 9999"),
        (many(1, ROWS_MAX + 1), "too large"),
    ],
)
def test_what_does_not_fit_is_refused_whole(spool: Spool, table: pa.Table, said: str) -> None:
    with pytest.raises(InputError, match=said):
        spool.accept(table)
    assert spool.backlog() == Backlog(0, 0, None)


def test_plain_texts_and_slices_of_large_tables_are_taken(spool: Spool) -> None:
    texts = tick(DAY).set_column(0, "point", tick(DAY)["point"].cast(pa.string()))
    spool.accept(texts)
    wide = many(2000, 1)
    spool.accept(wide.slice(100, 5))
    spool.accept(pa.concat_tables([wide.slice(0, 2), tick(DAY, points=2)]))
    assert spool.after(1)["point"].to_pylist()[:5] == [f"fra1/srv-{p:04}" for p in range(100, 105)]
    assert len(spool.batches(1, 1)[0].rows["point"].chunk(0).dictionary) == 5


def test_an_empty_table_is_a_batch_without_rows(spool: Spool) -> None:
    assert spool.accept(readings([])) == 1
    assert spool.after(0).num_rows == 0
    assert spool.batches(0)[0].rows.num_rows == 0


def test_latest_is_the_newest_good_reading(spool: Spool) -> None:
    spool.accept(readings([("a/x", "power", DAY, 1.0), ("a/x", "power", DAY + 5, 2.0), ("a/y", "power", DAY, 9.0)]))
    spool.accept(readings([("a/x", "power", DAY + 3, 7.0)]))  # late: older than what is known
    spool.accept(readings([("a/x", "power", DAY + 9, 65535.0)], quality="rejected", reason="sentinel"))
    assert values(spool.latest()) == [("a/x", DAY + 5, 2.0), ("a/y", DAY, 9.0)]
    spool.accept(readings([("a/x", "power", DAY + 5, 3.0), ("a/x", "power", DAY + 5, 4.0)]))  # same second: the later
    assert values(spool.latest(points=["a/x"])) == [("a/x", DAY + 5, 4.0)]
    assert spool.latest(metrics=["energy"]).num_rows == 0
    assert spool.latest(points=[]).num_rows == 0


def test_latest_is_the_same_folded_or_not(spool: Spool) -> None:
    known: dict[str, tuple[int, float]] = {}
    for second in range(0, 300, 10):
        table = many(1000, 1, start=DAY + second * (-1 if second % 70 == 0 else 1))
        spool.accept(table)
        for point, time, value in values(table):
            if (time, 0) >= (known.get(point, (0, 0))[0], 0):
                known[point] = (time, value)
    assert {point: (time, value) for point, time, value in values(spool.latest())} == known
    spool.mark_shipped(30, now=DAY)
    spool.purge(30, 0, DAY)
    assert {point: (time, value) for point, time, value in values(spool.latest())} == known


@pytest.mark.parametrize("folded", [False, True])
def test_after_a_clock_was_set_back_latest_is_what_is_measured_now(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, *, folded: bool
) -> None:
    """The clock was two hours ahead for three readings; what they said is kept until its time is past."""
    clock, ahead = DAY + 1000, DAY + 1000 + 7200
    monkeypatch.setattr("collectors.store.spool.time.time", lambda: clock)

    def offered(at: int, value: float, origin: str = "bmc") -> None:
        spool.accept(readings([("a/x", "power", at, value)], origin=origin))
        if folded:
            spool.latest_of("nobody")  # folds whatever waits

    offered(clock, 1.0)
    clock = ahead  # read there as any other
    offered(ahead, 500.0)
    assert values(spool.latest(now=ahead)) == [("a/x", ahead, 500.0)]
    clock = DAY + 1060
    assert (values(spool.latest(now=clock)) == []) is folded, "with what is folded, the reading before is forgotten"
    offered(clock, 2.0)
    assert values(spool.latest(now=clock)) == [("a/x", clock, 2.0)]
    assert values(spool.latest(now=clock - 300)) == [("a/x", clock, 2.0)], "as much of the future as the judge takes"
    assert values(spool.latest()) == [("a/x", ahead, 500.0)]
    clock = ahead + 60  # the source has been silent since
    assert values(spool.latest(now=clock)) == [("a/x", ahead, 500.0)]
    offered(clock, 3.0)
    assert values(spool.latest(now=clock)) == [("a/x", clock, 3.0)]
    assert spool.after(0).num_rows == 4


def test_what_is_withdrawn_is_withdrawn_of_the_future_too(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.store.spool.time.time", lambda: DAY)
    spool.accept(readings([("a/x", "power", DAY, 1.0)]))
    spool.accept(readings([("a/x", "power", DAY + 9000, 2.0)], origin="import:1"))
    assert values(spool.latest_of("import:1")) == [("a/x", DAY + 9000, 2.0)]
    spool.replace_latest("import:1", [])
    assert values(spool.latest()) == [("a/x", DAY, 1.0)]


def test_a_spool_made_before_is_given_the_table_of_what_is_ahead(spool: Spool) -> None:
    spool.accept(tick(DAY))
    uuid = spool.uuid
    spool.close()
    old = apsw.Connection(str(spool.path))
    old.execute("DROP TABLE ahead")
    old.close()
    again = Spool(spool.path)
    assert (again.uuid, again.latest().num_rows) == (uuid, 20)


def test_purge_waits_for_grace_and_for_the_archive(spool: Spool) -> None:
    for second in range(4):
        spool.accept(tick(DAY + second))
    spool.mark_shipped(2, now=DAY)
    spool.mark_shipped(3, now=DAY + 100)
    assert spool.purge(3, 60, DAY + 59) == 0
    assert spool.purge(1, 60, DAY + 60) == 1  # the archive says it has 1 only
    assert spool.purge(4, 60, DAY + 60) == 1
    assert spool.purged() == 2
    assert spool.purge(4, 60, DAY + 160) == 1
    assert spool.backlog().batches == 1
    with pytest.raises(RowsPurged, match="read them from the archive"):
        spool.after(2)
    with pytest.raises(RowsPurged):
        spool.batches(0)
    assert spool.after(3).num_rows == 20


def test_numbers_are_never_used_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s.sqlite")
    spool.accept(tick(DAY))
    spool.mark_shipped(1, now=DAY)
    spool.purge(1, 0, DAY)
    spool.close()
    again = Spool(tmp_path / "s.sqlite")
    assert again.uuid == spool.uuid
    assert again.highest() == 1
    assert again.accept(tick(DAY)) == 2
    again.raise_floor(100)
    assert again.accept(tick(DAY)) == 101
    again.raise_floor(50)
    assert again.accept(tick(DAY)) == 102


def test_backlog_tells_what_waits(spool: Spool) -> None:
    assert spool.backlog() == Backlog(0, 0, None)
    spool.accept(tick(DAY))
    spool.accept(tick(DAY, points=2))
    waits = spool.backlog()
    assert (waits.batches, waits.rows) == (2, 22)
    assert waits.oldest is not None
    spool.mark_shipped(1, now=DAY)
    assert spool.backlog().rows == 2
    assert spool.backlog(after=2).batches == 0


def test_a_newer_schema_is_refused(spool: Spool) -> None:
    connection = apsw.Connection(str(spool.path))
    connection.execute("UPDATE meta SET v = '2' WHERE k = 'schema_version'")
    connection.close()
    with pytest.raises(SchemaTooNew, match=r"spool .*spool.sqlite has schema 2, this Wattlas knows 1: install"):
        Spool(spool.path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreCorrupt, match=r"spool\.sqlite is damaged"):
        Spool(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="check the data folder and its permissions"):
        Spool(tmp_path / "file" / "spool.sqlite")


def test_threads_and_processes_accept_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    code = (
        "import sys; from pathlib import Path; from collectors.store.spool import Spool;"
        "from tests.collectors.store.tables import DAY, tick;"
        "spool = Spool(Path(sys.argv[1]));"
        "[spool.accept(tick(DAY + i, origin=sys.argv[2])) for i in range(25)]"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(path), f"p{i}"]) for i in range(2)]
    spool = Spool(path)
    threads = [
        threading.Thread(target=lambda name=name: [spool.accept(tick(DAY + i, origin=name)) for i in range(25)])
        for name in ("t0", "t1")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(60) for other in others] == [0, 0]
    rows = spool.after(0)
    assert rows.num_rows == 4 * 25 * 20
    assert len(np.unique(rows["seq"].to_numpy())) == rows.num_rows
    assert sorted(batch.n for batch in spool.batches(0)) == list(range(1, 101))
    spool.close()


def test_a_bit_that_flips_in_a_batch_is_no_value(spool: Spool) -> None:
    n = spool.accept(tick(DAY))
    payload = pack(checked(tick(DAY)))
    for at in range(0, len(payload) - 8, 7):
        broken = bytearray(payload)
        broken[at] ^= 4
        with pytest.raises(StoreCorrupt, match=r"batch 1 of spool s cannot be read \(.*doctor --repair"):
            unpack(bytes(broken), n=n, where="s")
    with pytest.raises(StoreCorrupt):
        unpack(payload[:-300], n=n, where="s")
    assert unpack(payload[:-8], n=n, where="s").num_rows == 20, "of a version that wrote no checksum"
