"""Imports where the archive is a server: in it at once, accepted while it is away, and undone there too."""

from __future__ import annotations

import pytest

from tests.collectors.influx.served_site import START, Site

pytestmark = pytest.mark.peer


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
