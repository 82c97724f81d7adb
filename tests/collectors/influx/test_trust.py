"""The books never rely on a server that lacks readings which they were made from."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.collectors.store.tables import readings
from tests.peers.influx_server import Peer, influxd, running
from ui.cli import main
from ui.service import Service, open_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.peer
NOW = int(time.time())
START = NOW // 3600 * 3600 - 6 * 3600
SITE = """
[company]
name = "A"
currency = "EUR"
[store]
data = "data"
kind = "{kind}"
{more}
[[sites]]
id = "t"
name = "T"
zone = "DE"
time_zone = "UTC"
[[points]]
id = "srv-1"
site = "t"
role = "server"
interval_s = {{ power = 60 }}
"""


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    with running(influxd(tmp_path_factory.mktemp("influxd"))) as one:
        yield one


@pytest.fixture
def site(peer: Peer, tmp_path: Path) -> Site:
    for name in ("raw", "hourly"):
        peer.order(f'DROP DATABASE "{name}"')
    one = Site(tmp_path, peer)
    one.is_on("influxdb")
    return one


class Site:
    """One site file and its data folder, on a lake or on a server."""

    def __init__(self, folder: Path, peer: Peer) -> None:
        self.folder, self.peer, self.path = folder, peer, folder / "wattlas.toml"

    def is_on(self, kind: str) -> None:
        more = f'url = "{self.peer.url}"\nbucket_raw = "raw"\nbucket_hourly = "hourly"' if kind == "influxdb" else ""
        self.path.write_text(SITE.format(kind=kind, more=more))
        assert kind == "lake" or self.run("store", "init") == 0

    def run(self, *argv: str) -> int:
        return main(["--config", str(self.path), *argv])

    def service(self) -> Service:
        return open_service(self.path, None)

    def take(self, minutes: range, watts: float) -> None:
        rows = [("t/srv-1", "power", START + 60 * minute, watts) for minute in minutes]
        self.service().stores.spool.accept(readings(rows))

    def booked(self) -> float:
        rows = self.service().stores.books.rows(["t/srv-1"], ["energy"])
        return float(sum(kwh or 0.0 for kwh in rows["energy_kwh"].to_pylist()))

    def keep(self) -> None:
        service = self.service()
        service.ship()
        service.keep_books()
        service.ship()

    def stored(self, text: str, db: str = "raw") -> list[list[Any]]:
        answer = json.loads(self.peer.ask("/query", db=db, q=text, epoch="s"))
        return [row for one in answer["results"][0].get("series", []) for row in one["values"]]


def test_a_lake_not_migrated_stops_the_books_and_a_late_reading_destroys_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.is_on("lake")
    site.take(range(180), 600.0)
    site.keep()
    booked = site.booked()
    assert booked == pytest.approx(1.8, rel=0.02)
    site.is_on("influxdb")
    site.take(range(31, 32), 600.0)
    site.service().ship()
    assert site.run("ledger", "keep") == 2
    assert "lie in the lake alone" in capsys.readouterr().err
    site.run("doctor", "--json")
    assert "run `wattlas store migrate`" in capsys.readouterr().out
    assert site.run("store", "check") == 2
    assert site.booked() == booked
    assert site.run("store", "migrate") == 0
    assert site.run("store", "check") == 0
    site.keep()
    assert site.booked() == pytest.approx(booked)


def test_after_a_migration_the_ledger_reads_again_what_came_over(site: Site) -> None:
    site.is_on("lake")
    site.take(range(180), 600.0)
    service = site.service()
    service.ship()
    service.keep_books()
    rows = service.stores.books.rows()
    at = rows.schema.get_field_index("energy_kwh")

    zero = [0.0] * rows.num_rows
    wrong = rows.set_column(at, rows.schema.field(at), [zero])
    service.stores.books.write(wrong, watermark={}, cause="damage", now=NOW)
    assert site.booked() == 0.0
    site.is_on("influxdb")
    assert site.run("store", "migrate") == 0
    site.keep()
    assert site.booked() == pytest.approx(1.8, rel=0.02)
    service = site.service()
    assert service.stores.archive.touched(service.stores.books.watermark("ledger:sequence")).num_rows == 0


def test_a_server_that_lost_its_readings_stops_the_books_until_init(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.take(range(180), 600.0)
    site.keep()
    booked = site.booked()
    site.peer.order('DROP DATABASE "raw"')
    site.peer.order('CREATE DATABASE "raw"')
    site.take(range(31, 32), 600.0)
    site.service().ship()
    assert site.run("ledger", "keep") == 2
    assert "lost readings that it had" in capsys.readouterr().err
    site.run("doctor", "--json")
    assert "wattlas store init" in capsys.readouterr().out
    assert site.run("store", "check") == 2
    assert site.booked() == booked
    assert site.run("store", "init") == 0
    assert "181 that the spool still holds are sent again" in capsys.readouterr().out
    assert site.run("store", "check") == 0
    site.keep()
    assert site.booked() == pytest.approx(booked)
    assert site.stored("SELECT count(value) FROM power")[0][1] == 180


def test_a_server_restored_from_a_backup_older_than_the_last_flush_is_noticed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.take(range(60), 600.0)
    site.keep()
    for text in ('DROP DATABASE "saved"', 'CREATE DATABASE "saved"'):
        site.peer.order(text)
    site.peer.order("SELECT * INTO saved.autogen.:MEASUREMENT FROM raw../.*/ GROUP BY *")
    site.take(range(60, 120), 600.0)
    site.keep()
    booked = site.booked()
    for text in ('DROP DATABASE "raw"', 'CREATE DATABASE "raw"'):
        site.peer.order(text)
    site.peer.order("SELECT * INTO raw.autogen.:MEASUREMENT FROM saved.autogen./.*/ GROUP BY *")
    assert site.stored("SELECT count(value) FROM power")[0][1] == 60
    assert site.stored("SELECT count(alive) FROM wattlas_journal")[0][1] >= 1  # an older mark is there
    site.take(range(120, 121), 600.0)
    site.service().ship()
    assert site.run("ledger", "keep") == 2
    assert "lost readings that it had" in capsys.readouterr().err
    assert site.booked() == booked


def test_time_whose_readings_a_server_lost_for_good_is_frozen(site: Site) -> None:
    site.take(range(60), 600.0)
    site.keep()
    booked = site.booked()
    spool = site.service().stores.spool
    spool.purge(spool.highest(), 0, int(time.time()) + 60)  # the grace is over
    assert spool.backlog(0).rows == 0
    for text in ('DROP DATABASE "raw"', 'CREATE DATABASE "raw"'):
        site.peer.order(text)
    assert site.run("store", "init") == 0
    site.take(range(20, 21), 6000.0)  # late: alone it would leave a row of one minute where an hour stood
    site.keep()
    assert site.stored("SELECT count(value) FROM power")[0][1] == 1
    assert site.booked() == booked


def test_a_restored_folder_sends_nothing_again_and_books_what_the_server_has_beyond_it(site: Site) -> None:
    site.take(range(60), 600.0)
    site.keep()
    assert site.run("backup", str(site.folder / "b.tar")) == 0
    site.take(range(120), 300.0)  # newer values over the older ones, and an hour more
    site.keep()
    highest = site.service().stores.spool.highest()
    booked = site.booked()
    (site.folder / "data").rename(site.folder / "lost")
    assert site.run("restore", str(site.folder / "b.tar")) == 0
    site.take(range(150, 151), 300.0)
    service = site.service()
    assert service.ship() == 1
    assert site.stored("SELECT count(value), sum(value) FROM power")[0][1:] == [121, 121 * 300]
    site.keep()
    assert site.booked() == pytest.approx(booked, rel=0.01)
    assert service.stores.spool.highest() > highest
    site.take(range(5, 6), 900.0)
    assert service.stores.archive.read(start=START + 300, end=START + 301)["value"].to_pylist() == [900.0]


def test_a_server_that_is_lost_after_a_restore_gets_all_that_the_spool_holds(site: Site) -> None:
    site.take(range(60), 600.0)
    site.keep()
    assert site.run("backup", str(site.folder / "b.tar")) == 0
    site.peer.order('DROP DATABASE "raw"')
    (site.folder / "data").rename(site.folder / "lost")
    assert site.run("restore", str(site.folder / "b.tar")) == 0
    assert site.run("store", "init") == 0
    assert site.service().ship() == 60
    assert site.stored("SELECT count(value) FROM power")[0][1] == 60


def test_lines_sent_again_never_overwrite_newer_ones_and_reach_the_ledger(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    conflict = f"power,point=z value=1i {START}"
    server = site.service().stores.influx
    assert server is not None
    server.server.write("raw", f"{conflict}\n".encode())  # whole numbers: the server refuses ours
    site.take(range(60), 600.0)
    site.take(range(60, 63), 300.0)
    site.keep()
    assert site.booked() == 0.0
    site.peer.ask("/query", db="raw", q='DROP MEASUREMENT "power"')
    site.take(range(50, 60), 1200.0)  # newer than the lines that wait
    site.keep()
    assert site.run("store", "dead-letters", "--requeue", "--yes") == 0
    assert "53 lines were taken, 10 left out as the server has newer values, 0 are" in capsys.readouterr().out
    assert site.stored("SELECT count(value), sum(value) FROM power")[0][1:] == [63, 50 * 600 + 10 * 1200 + 3 * 300]
    site.keep()
    assert site.booked() == pytest.approx(50 / 60 * 0.6 + 10 / 60 * 1.2, rel=0.05)
    assert site.run("store", "dead-letters") == 0
    assert "No line was refused" in capsys.readouterr().out


def csv(site: Site, name: str, minutes: range, watts: float) -> str:
    lines = (f"{START + 60 * minute},t/srv-1,power,{watts},W" for minute in minutes)
    path = site.folder / name
    path.write_text("\n".join(["time,point,metric,value,unit", *lines, ""]))
    return str(path)


def test_an_import_and_its_undoing_are_in_the_hourly_copy_at_once(site: Site) -> None:
    assert site.run("import", csv(site, "a.csv", range(180), 600.0)) == 0
    hours = "SELECT sum(kwh) FROM energy_hourly"
    assert site.stored(hours, db="hourly")[0][1] == pytest.approx(site.booked())
    assert site.booked() == pytest.approx(1.8, rel=0.02)
    assert site.run("import", csv(site, "b.csv", range(60, 120), 1200.0)) == 0
    assert site.stored(hours, db="hourly")[0][1] == pytest.approx(site.booked())
    origin = site.service().stores.state.imports()[-1].origin
    assert site.run("import", "--undo", origin) == 0
    assert site.stored(hours, db="hourly")[0][1] == pytest.approx(site.booked())


def test_an_import_with_the_server_away_is_accepted_and_says_so(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    file = csv(site, "a.csv", range(180), 600.0)
    site.peer.kill()
    try:
        assert site.run("import", file) == 2
    finally:
        site.peer.start()
    told = capsys.readouterr()
    assert "180 readings imported" in told.out
    assert "are accepted and wait in the spool, but the books are behind: InfluxDB at" in told.err
    site.keep()
    assert site.booked() == pytest.approx(1.8, rel=0.02)


def test_an_import_that_the_server_refuses_is_no_plain_success(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    server = site.service().stores.influx
    assert server is not None
    server.server.write("raw", f"power,point=z value=1i {START}\n".encode())
    assert site.run("import", csv(site, "a.csv", range(30), 600.0)) == 2
    assert "InfluxDB refused 30 of the 30 readings of a.csv" in capsys.readouterr().err


def test_readings_later_than_the_bucket_keeps_are_told_once(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.take(range(-600 * 1440, -600 * 1440 + 5), 600.0)
    site.service().ship()
    site.run("doctor", "--json")
    assert "later than bucket_raw" not in capsys.readouterr().out
    assert site.run("store", "check") == 0
    assert "5 readings came later than bucket_raw keeps them" in capsys.readouterr().out
    assert site.run("store", "check") == 0
    assert "later than bucket_raw" not in capsys.readouterr().out


def test_what_an_undone_correction_had_written_over_comes_back_as_documented(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    older = csv(site, "a.csv", range(180), 600.0)
    assert site.run("import", older) == 0
    assert site.run("import", csv(site, "b.csv", range(60, 120), 1200.0)) == 0
    origins = {note.file: note.origin for note in site.service().stores.state.imports()}
    assert site.run("import", "--undo", origins["b.csv"]) == 0
    assert "undo that import too, then import its file again" in capsys.readouterr().out
    assert site.booked() == pytest.approx(1.2, rel=0.05)
    assert site.run("import", "--undo", origins["a.csv"]) == 0
    assert site.run("import", older) == 0
    assert site.booked() == pytest.approx(1.8, rel=0.02)
    assert site.service().stores.archive.read()["value"].to_pylist() == [600.0] * 180
