"""The books never rely on a server that lacks readings which they were made from."""

from __future__ import annotations

import time

import pytest

from tests.collectors.influx.served_site import NOW, START, Site

pytestmark = pytest.mark.peer


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
