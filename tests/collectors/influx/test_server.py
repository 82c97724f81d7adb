"""The store on a real InfluxDB 1.6.7: every promise of the shipper and the archive, with nothing played."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from collectors.arrays import numpy_of
from collectors.store.archive import Archive
from collectors.store.influx import bootstrap
from collectors.store.influx.letters import Requeued, requeue
from config.errors import StoreUnavailable
from tests.collectors.influx.shop import Shop, shop
from tests.collectors.store.tables import DAY_S, ledger, many, readings, tick
from tests.peers.influx_server import Peer, influxd, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.alone]
NOW = int(time.time())
RECENT = NOW - NOW % 900 - 7200


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
