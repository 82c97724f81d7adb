"""The store on a real InfluxDB 1.6.7: every promise of the shipper and the archive, with nothing played."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from collectors.arrays import numpy_of
from collectors.store.archive import Archive
from collectors.store.influx import bootstrap
from collectors.store.influx.letters import Requeued, requeue
from collectors.store.influx.query import command, select
from config.errors import ConfigError, StoreUnavailable
from tests.collectors.influx.shop import Shop, shop
from tests.collectors.store.tables import DAY_S, ledger, many, readings, tick
from tests.peers.influx_server import Peer, influxd, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.alone]
NOW = int(time.time())
RECENT = NOW - NOW % 900 - 7200


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with running(influxd(tmp_path_factory.mktemp("influxd"))) as one:
        yield one


@pytest.fixture
def place(peer: Peer, tmp_path: Path) -> Shop:
    for name in ("raw", "hourly"):
        peer.order(f'DROP DATABASE "{name}"')
    one = shop(tmp_path / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly")
    bootstrap.init(one.influx.server, raw_retention_months=13)
    return one


def stored(peer: Peer, text: str, db: str = "raw") -> list[list[object]]:
    answer = json.loads(peer.ask("/query", db=db, q=text, epoch="s"))
    return [row for one in answer["results"][0].get("series", []) for row in one["values"]]


def test_the_highest_sequence_of_a_second_stands(place: Shop, peer: Peer) -> None:
    for value in (100.0, 200.0, 150.0):
        place.stores.spool.accept(readings([("fra1/a", "power", RECENT, value)]))
        place.ship()
    found = place.stores.archive.read(start=RECENT, end=RECENT + 1)
    assert found["value"].to_pylist() == [150.0]
    assert stored(peer, "SELECT value, seq FROM power") == [[RECENT, 150, place.stores.spool.highest() << 20]]


def test_rows_shipped_in_one_flush_keep_the_highest_too(place: Shop) -> None:
    for value in (100.0, 200.0, 150.0):
        place.stores.spool.accept(readings([("fra1/a", "power", RECENT, value)]))
    place.ship()
    assert place.stores.archive.read()["value"].to_pylist() == [150.0]


def test_it_reads_what_the_lake_would_read(place: Shop) -> None:
    spool = place.stores.spool
    spool.accept(many(30, 200, start=RECENT))
    spool.accept(readings([("fra1/x y,z=1", "temperature", RECENT, 21.25), ("fra1/é", "humidity", RECENT + 1, 1e-7)]))
    spool.accept(
        readings([("fra1/srv-0001", "power", RECENT + 5, float("nan"))], quality="rejected", reason='not "a" n')
    )
    place.ship()
    spool.accept(many(30, 10, start=RECENT + 1000, origin="import:x"))
    spool.accept(readings([("fra1/srv-0001", "power", RECENT + 3, -1.0)], quality="rejected", reason="low"))
    spool.accept(readings([("fra1/srv-0002", "power", RECENT + 7, 5.0)], quality="estimated"))
    other = Archive(place.stores.lake, spool)
    wheres: tuple[dict[str, Any], ...] = (
        {},
        {"start": RECENT + 100, "end": RECENT + 1500},
        {"points": ["fra1/srv-0001", "fra1/srv-0002"], "rejected": True},
        {"metrics": ["humidity", "temperature"]},
        {"points": []},
    )
    for where in wheres:
        mine, theirs = place.stores.archive.read(**where), other.read(**where)
        assert mine.schema == theirs.schema
        assert [str(row) for row in mine.to_pylist()] == [str(row) for row in theirs.to_pylist()]


def test_it_sums_up_what_the_lake_would_sum_up(place: Shop) -> None:
    spool = place.stores.spool
    spool.accept(many(5, 300, start=RECENT))
    place.ship()
    spool.accept(many(5, 3, start=RECENT + 2000))
    other = Archive(place.stores.lake, spool)
    for start, end, most in ((RECENT, RECENT + 3600, 7), (RECENT + 11, RECENT + 2990, 50), (RECENT, RECENT + 99, 400)):
        mine = place.stores.archive.series(["fra1/srv-0001", "fra1/srv-0003"], "power", start, end, most)
        theirs = other.series(["fra1/srv-0001", "fra1/srv-0003"], "power", start, end, most)
        for name in ("point", "time", "min", "max", "readings"):
            assert mine[name].to_pylist() == theirs[name].to_pylist()
        assert np.allclose(numpy_of(mine["mean"]), numpy_of(theirs["mean"]), rtol=1e-12)


def test_touched_holds_what_the_lake_says_and_never_less(place: Shop) -> None:
    spool, other = place.stores.spool, Archive(place.stores.lake, place.stores.spool)
    marks = []
    for number in range(6):
        spool.accept(tick(RECENT + 60 * number, points=3))
        marks.append((spool.highest() << 20) | 0xFFFFF)
        if number in (1, 3):
            place.ship()
    for mark in (-1, *marks):
        mine = {(r["point"], r["metric"]): r for r in place.stores.archive.touched(mark).to_pylist()}
        for row in other.touched(mark).to_pylist():
            one = mine[row["point"], row["metric"]]
            assert one["first"] <= row["first"]
            assert one["last"] == row["last"]
            assert one["seq"] == row["seq"]
    assert place.stores.archive.touched(marks[-1]).num_rows == 0


def test_booked_spans_are_folded_and_remembered(place: Shop) -> None:
    spool = place.stores.spool
    for number in range(4):
        spool.accept(tick(RECENT + 60 * number, points=2))
        place.ship()
    mark = (spool.highest() - 1 << 20) | 0xFFFFF
    place.influx.journal.fold(mark)
    (row, _) = place.stores.archive.touched(mark).to_pylist()
    assert (row["first"], row["last"]) == (RECENT + 180, RECENT + 180)
    (row, _) = place.stores.archive.touched(-1).to_pylist()
    assert (row["first"], row["last"]) == (RECENT, RECENT + 180)


def test_lines_that_are_refused_stand_alone_with_the_servers_words(place: Shop, peer: Peer) -> None:
    place.influx.server.write("raw", f"humidity,point=z value=1i {RECENT}\n".encode())
    rows = [(f"fra1/{n}", "humidity" if n % 1000 == 7 else "power", RECENT + n % 60, float(n)) for n in range(3000)]
    place.stores.spool.accept(readings(rows))
    place.ship()
    assert stored(peer, "SELECT count(value) FROM power") == [[0, 2997]]
    letters = place.influx.journal.dead_letters()
    assert len(letters) == 3
    assert all("field type conflict" in one.words and one.line.startswith("humidity,") for one in letters)
    assert requeue(place.influx, at=NOW) == Requeued(taken=0, older=0, refused=3)
    peer.order("DROP DATABASE raw")
    peer.order("CREATE DATABASE raw")
    assert requeue(place.influx, at=NOW) == Requeued(taken=3, older=0, refused=0)
    assert place.influx.journal.dead_letters() == []


def test_a_body_too_large_is_halved(tmp_path: Path) -> None:
    with running(influxd(tmp_path / "small", max_body=60_000)) as small:
        one = shop(tmp_path / "data", small.url, bucket_raw="raw", bucket_hourly="hourly")
        bootstrap.init(one.influx.server, raw_retention_months=13)
        one.stores.spool.accept(many(200, 40, start=RECENT))
        assert one.ship() == 8000
        assert stored(small, "SELECT count(value) FROM power") == [[0, 8000]]
        assert one.influx.journal.dead_count() == 0


def test_readings_past_the_buckets_retention_are_counted_as_expired(place: Shop, peer: Peer) -> None:
    old = [("fra1/a", "power", RECENT - 500 * DAY_S + n, 1.0) for n in range(30)]
    new = [("fra1/a", "power", RECENT + n, 1.0) for n in range(20)]
    place.stores.spool.accept(readings(old + new))
    place.ship()
    assert stored(peer, "SELECT count(value) FROM power") == [[0, 20]]
    assert place.influx.journal.count("expired") == 30
    assert place.influx.journal.dead_count() == 0


def test_killed_three_times_while_400_000_readings_ship_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    whole, batches = 400_000, 40
    peer = influxd(tmp_path / "influxd")
    with running(peer):
        one = shop(tmp_path / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly", timeout_s=5.0)
        bootstrap.init(one.influx.server, raw_retention_months=13)
        for number in range(batches):
            one.stores.spool.accept(many(1000, whole // batches // 1000, start=RECENT + 100 * number))
        expected = float(sum(numpy_of(one.stores.spool.after(0)["value"])))
        done = threading.Event()
        murderer = threading.Thread(target=_kill_thrice, args=(peer, done))
        murderer.start()
        failures = 0
        while one.stores.spool.backlog(one.influx.archive.shipped()).rows or murderer.is_alive():
            try:
                one.ship()
            except StoreUnavailable:
                failures += 1
                time.sleep(0.05)
        murderer.join()
        assert failures
        ((_, count, total),) = stored(peer, "SELECT count(value), sum(value) FROM power")
        assert count == whole
        assert total == pytest.approx(expected, rel=1e-12)


def _kill_thrice(peer: Peer, done: threading.Event) -> None:
    for pause in (0.3, 0.4, 0.5):
        time.sleep(pause)
        peer.kill()
        time.sleep(0.2)
        peer.start()
    done.set()


def test_an_older_batch_sent_again_does_not_win(place: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, write = place.stores.spool, place.influx.server.write
    spool.accept(readings([("fra1/a", "power", RECENT, 1.0)]))
    place.ship()

    def lost_answer(bucket: str, body: bytes) -> None:
        write(bucket, body)
        message = "the answer was lost"
        raise StoreUnavailable(message)

    spool.accept(readings([("fra1/a", "power", RECENT, 2.0)]))
    monkeypatch.setattr(place.influx.server, "write", lost_answer)
    with pytest.raises(StoreUnavailable):
        place.ship()
    monkeypatch.setattr(place.influx.server, "write", write)
    spool.accept(readings([("fra1/a", "power", RECENT, 3.0)]))
    place.ship()
    assert place.stores.archive.read()["value"].to_pylist() == [3.0]


def test_the_server_away_is_one_sentence_and_collection_goes_on(place: Shop, peer: Peer) -> None:
    place.influx.adopt()
    peer.kill()
    try:
        place.stores.spool.accept(tick(RECENT))
        with pytest.raises(StoreUnavailable, match="cannot be reached: start it"):
            place.ship(now=NOW)
        assert place.influx.ship(now=NOW + 1) == 0  # a back-off lasts
        trouble = place.influx.journal.trouble()
        assert trouble is not None
        assert trouble.since == NOW
        place.stores.spool.accept(tick(RECENT + 1))
        assert place.stores.spool.latest().num_rows == 20
    finally:
        peer.start()
    assert place.ship() == 40
    assert place.influx.journal.trouble() is None


def test_hours_of_the_ledger_are_mirrored_and_rewritten(place: Shop, peer: Peer) -> None:
    books, hour = place.stores.books, RECENT - RECENT % 3600
    rows = ledger(3, 8, start=hour)
    books.write(rows, watermark={}, cause="test", now=NOW)
    place.ship()
    wanted = sum(rows["energy_kwh"].to_pylist())
    ((_, total),) = stored(peer, "SELECT sum(kwh) FROM energy_hourly", db="hourly")
    assert total == pytest.approx(wanted)
    assert len(stored(peer, "SELECT kwh FROM energy_hourly", db="hourly")) == 6
    books.write(ledger(3, 8, start=hour, seed=5), watermark={}, cause="late", now=NOW)
    place.ship()
    found = stored(peer, "SELECT kwh, measured, missing, seconds, rev FROM energy_hourly", db="hourly")
    assert sum(float(str(row[1])) for row in found) == pytest.approx(
        sum(ledger(3, 8, start=hour, seed=5)["energy_kwh"].to_pylist())
    )
    assert {tuple(row[2:]) for row in found} == {(1, 0, 3600, 1)}


def test_a_full_spool_drops_the_oldest_readings_and_counts_them(place: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = place.stores.spool
    monkeypatch.setattr(place.influx.server, "write", _away)
    for number in range(40):
        spool.accept(many(500, 20, start=RECENT + 200 * number))
    size = place.influx.shipper.held_bytes()
    object.__setattr__(place.settings, "spool_max_gb", size * 0.5 / 1e9)
    with pytest.raises(StoreUnavailable):
        place.ship()
    dropped = place.influx.journal.count("dropped")
    assert 150_000 < dropped < 330_000
    assert place.influx.shipper.held_bytes() < size * 0.5
    left = spool.after(place.influx.archive.shipped())
    assert left.num_rows == 400_000 - dropped
    assert numpy_of(left["time"]).min() > RECENT


def _away(bucket: str, body: bytes) -> None:
    message = "away"
    raise StoreUnavailable(message)


def test_a_migration_is_exact_and_can_be_stopped(place: Shop, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.store.influx.migrate import migrate
    from collectors.store.shipper import ship as ship_to_lake

    day = RECENT - RECENT % DAY_S - 3 * DAY_S
    for number in range(3):
        place.stores.spool.accept(many(10, 500, start=day + number * DAY_S, step=60))
    place.stores.spool.accept(many(10, 500, start=day, step=60))  # a correction of the first day
    place.stores.spool.accept(readings([("fra1/a", "power", day, 9e9)], quality="rejected", reason="above"))
    ship_to_lake(place.stores.spool, place.stores.lake)
    before = Archive(place.stores.lake, place.stores.spool).read(rejected=True)
    place.stores.spool.accept(readings([("fra1/srv-0001", "power", day, 77.0)]))  # live, after the switch
    assert place.ship() == 1
    write = place.influx.server.write
    sent: list[int] = []

    def dies_soon(bucket: str, body: bytes) -> None:
        if body.startswith(b"power") and len(sent) == 1:
            _away(bucket, body)
        if body.startswith(b"power"):
            sent.append(len(body))
        write(bucket, body)

    monkeypatch.setattr(place.influx.server, "write", dies_soon)
    with pytest.raises(StoreUnavailable):
        migrate(place.influx, at=NOW)
    monkeypatch.setattr(place.influx.server, "write", write)
    done = migrate(place.influx, at=NOW)
    assert (done.days, done.skipped) == (2, 1)
    assert migrate(place.influx, at=NOW).days == 0
    after = place.stores.archive.read(rejected=True)
    assert after.num_rows == before.num_rows
    mine, theirs = after.to_pylist(), before.to_pylist()
    different = [(m, t) for m, t in zip(mine, theirs, strict=True) if m != t]
    assert len(different) == 1
    assert different[0][0]["value"] == 77.0


def test_a_journal_that_is_lost_learns_what_the_server_has(place: Shop) -> None:
    place.stores.spool.accept(many(5, 100, start=RECENT))
    place.stores.spool.accept(readings([("fra1/q", "power", RECENT, -1.0)], quality="rejected", reason="low"))
    place.ship()
    before = place.stores.archive.read(rejected=True)
    other = Shop(place.data.with_name("other"), place.settings)
    assert other.stores.archive.read(rejected=True).equals(before)


def test_an_import_undone_is_withdrawn_and_told_to_the_ledger(place: Shop) -> None:
    spool, archive = place.stores.spool, place.stores.archive
    spool.accept(many(3, 50, start=RECENT))
    spool.accept(many(3, 50, start=RECENT + 2000, origin="import:x"))
    mark = (spool.highest() << 20) | 0xFFFFF
    for _ in range(2):  # a second time changes nothing
        touched = place.stores.undo_import("import:x", now=NOW)
        assert "import:x" not in place.stores.spool.latest()["origin"].to_pylist()
        assert {(r["first"], r["last"]) for r in touched.to_pylist()} == {(RECENT + 2000, RECENT + 2490)}
    assert archive.read().num_rows == 150
    assert archive.touched(mark).num_rows == 3
    place.ship()
    found = archive.read(rejected=True)
    assert found.num_rows == 300
    assert set(found["reason"].to_pylist()) == {None, "import undone"}
    sums = archive.series(None, "power", RECENT, RECENT + 3600, 10)
    assert sum(sums["readings"].to_pylist()) == 150
    spool.accept(many(3, 50, start=RECENT + 2000, origin="import:x"))
    place.ship()
    assert archive.read().num_rows == 300


def test_what_others_write_into_the_bucket_is_left_out(place: Shop) -> None:
    place.stores.spool.accept(tick(RECENT, points=2))
    foreign = f"power value=5 {RECENT}\npower,point=fra1/srv-0000 value=7 {RECENT + 1}\ncpu,host=a load=1 {RECENT}\n"
    place.influx.server.write("raw", foreign.encode())
    place.ship()
    assert place.stores.archive.read(rejected=True).num_rows == 2


def test_a_long_range_is_asked_in_slices(place: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    place.stores.spool.accept(many(2, 240, start=RECENT - 10 * DAY_S, step=3600))
    place.ship()
    asked: list[str] = []
    documents = place.influx.server.documents

    def heard(query: dict[str, str], **more: str) -> list[object]:
        asked.append(query["params"])
        return documents(query, **more)

    monkeypatch.setattr(place.influx.server, "documents", heard)
    assert place.stores.archive.read().num_rows == 480
    assert 5 <= len(asked) <= 6
    spans = [json.loads(one) for one in asked]
    assert all(one["end"] - one["start"] <= 48 * 3600 * 10**9 for one in spans)


def test_a_shorter_retention_is_found(place: Shop, peer: Peer) -> None:
    peer.order('ALTER RETENTION POLICY "autogen" ON "raw" DURATION 30d SHARD DURATION 1d')
    bad = [one for one in bootstrap.check(place.influx.server, raw_retention_months=13) if not one.ok]
    assert [one.sentence.split(":")[0] for one in bad] == [
        "Bucket raw keeps readings 30 days and should keep them 398 days"
    ]


def test_a_bucket_that_is_missing_is_one_sentence(peer: Peer, tmp_path: Path) -> None:
    one = shop(tmp_path / "data", peer.url, bucket_raw="nowhere")
    one.stores.spool.accept(tick(RECENT))
    with pytest.raises(StoreUnavailable, match="run `wattlas store init`"):
        one.ship()
    assert one.stores.spool.backlog().rows == 20


def test_a_login_of_least_privilege_is_enough_and_init_says_what_it_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = influxd(tmp_path / "locked", auth=True)
    with running(peer):
        peer.order("CREATE USER \"boss\" WITH PASSWORD 'geheim' WITH ALL PRIVILEGES")
        monkeypatch.setitem(os.environ, "INFLUX_PASSWORD", "geheim")
        boss = shop(tmp_path / "boss", peer.url, user="boss", password={"env": "INFLUX_PASSWORD"})
        bootstrap.init(boss.influx.server, raw_retention_months=13)
        command(boss.influx.server, "CREATE USER \"wattlas\" WITH PASSWORD 'geheim'")
        for name in ("energy_raw", "energy_hourly"):
            command(boss.influx.server, f'GRANT ALL ON "{name}" TO "wattlas"')
        login = {"user": "wattlas", "password": {"env": "INFLUX_PASSWORD"}}
        one = shop(tmp_path / "data", peer.url, **login)
        assert all(found.ok for found in bootstrap.init(one.influx.server, raw_retention_months=13))
        one.stores.spool.accept(tick(RECENT))
        assert one.ship() == 20
        assert one.stores.archive.read().num_rows == 20
        other = shop(tmp_path / "other", peer.url, bucket_raw="new", **login)
        with pytest.raises(
            ConfigError, match=r'may not create bucket new .*`influx -execute \'CREATE DATABASE "new" WITH'
        ):
            bootstrap.init(other.influx.server, raw_retention_months=13)
        assert not any(found.ok for found in bootstrap.check(other.influx.server, raw_retention_months=13)[1:2])


def test_with_authentication_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = influxd(tmp_path / "locked", auth=True)
    with running(peer):
        peer.order("CREATE USER \"boss\" WITH PASSWORD 'geheim' WITH ALL PRIVILEGES")
        monkeypatch.setitem(os.environ, "INFLUX_PASSWORD", "geheim")
        login = {"user": "boss", "password": {"env": "INFLUX_PASSWORD"}}
        one = shop(tmp_path / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly", **login)
        assert all(found.ok for found in bootstrap.init(one.influx.server, raw_retention_months=13))
        one.stores.spool.accept(tick(RECENT))
        assert one.ship() == 20
        assert one.stores.archive.read().num_rows == 20
        monkeypatch.setitem(os.environ, "INFLUX_PASSWORD", "falsch")
        wrong = shop(tmp_path / "data", peer.url, bucket_raw="raw", bucket_hourly="hourly", **login)
        wrong.stores.spool.accept(tick(RECENT + 1))
        with pytest.raises(StoreUnavailable, match="does not accept our token or password"):
            wrong.ship()
        assert select(one.influx.server, "raw", "count(value)", "power", span=(RECENT, RECENT + 9))[0].rows[0][1] == 1
