"""An InfluxDB 1.6.7 set up, moved to and shared with others: migration, undoing, logins, buckets of other ages."""

from __future__ import annotations

import json
import os
import shutil
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from collectors.store.archive import Archive
from collectors.store.influx import bootstrap
from collectors.store.influx.health import findings
from collectors.store.influx.query import command, select
from config.errors import ConfigError, StoreUnavailable
from tests.collectors.influx.shop import Shop, shop
from tests.collectors.store.tables import DAY_S, many, readings, tick
from tests.peers.influx_server import Peer, influxd, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.alone]
NOW = int(time.time())
RECENT = NOW - NOW % 900 - 7200


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
            raise StoreUnavailable(bucket)
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


def test_two_data_folders_that_write_the_same_readings_are_named(
    place: Shop, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collectors.store.influx.beside.LOOK_S", 0.0)
    folders = {name: shop(tmp_path / name, peer.url, bucket_raw="raw", bucket_hourly="hourly") for name in "bc"}
    folders["a"] = place

    seconds = count(NOW - 300, 10)

    def goes_on(name: str, point: str) -> list[str]:
        at = next(seconds)
        folders[name].stores.spool.accept(readings([(point, "power", at, 1.0)]))
        folders[name].ship(now=at)
        return [one.sentence for one in findings(folders[name].stores.data) if not one.ok]

    for _ in range(3):
        assert goes_on("a", "fra1/a") == []
        assert goes_on("c", "ber1/a") == [], "a folder of another site"
    assert goes_on("b", "fra1/a") == [], "one that has gone looks so at first"
    assert goes_on("b", "fra1/a") == []
    (sentence,) = goes_on("a", "fra1/b")
    assert sentence == (
        f"Another data folder writes readings of fra1 into bucket raw at {peer.url} too, and of the same second "
        "only one of the two stands: stop one, or give it a bucket_raw of its own."
    )
    assert goes_on("c", "ber1/a") == []
    assert goes_on("b", "fra1/a") == [sentence]
    assert goes_on("b", "fra1/a") == [], "the other has stopped"


def test_a_copy_of_a_data_folder_that_goes_on_beside_it_is_named(
    place: Shop, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that was cloned: spool and journal say the same of who they are."""
    monkeypatch.setattr("collectors.store.influx.beside.LOOK_S", 0.0)
    seconds = count(NOW - 300, 10)

    def goes_on(one: Shop) -> list[str]:
        at = next(seconds)
        one.stores.spool.accept(readings([("fra1/a", "power", at, 1.0)]))
        one.ship(now=at)
        return [found.sentence for found in findings(one.stores.data) if not found.ok]

    for _ in range(3):
        assert goes_on(place) == []
    place.stores.spool.close()
    place.influx.journal.close()
    shutil.copytree(place.stores.data, tmp_path / "clone")
    clone = Shop(tmp_path / "clone", place.settings)
    assert goes_on(place) == [], "a copy that does nothing is a backup"
    assert goes_on(clone) == [], "it looks for the first time"
    (sentence,) = goes_on(place)
    assert sentence.startswith("Another data folder writes readings of fra1 into bucket raw")
    assert goes_on(clone) == [sentence]
    again = Shop(place.data, place.settings)
    assert goes_on(again) == [sentence], "what stood at the end stands until it is looked at again"
    assert goes_on(again) == [], "the clone has stopped"
