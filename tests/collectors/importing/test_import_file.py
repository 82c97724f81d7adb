"""An import is accepted exactly once and says what it left out."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from collectors.importing.import_file import ImportResult, import_file
from collectors.importing.mapping import Mapping
from collectors.importing.preview import preview
from collectors.store.open import Stores, open_stores
from config.errors import InputError
from config.loading import load_settings
from tests.collectors.importing.site import SITE, site_settings
from tests.collectors.importing.written import NOW, STAMP, line, standing, written

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings


def test_readings_land_in_the_archive_in_our_units(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = written(tmp_path, line(0, "0.2", unit="kW"), line(0, "3600000", metric="energy_counter", unit="J"))
    result = import_file(path, None, settings, stores, now=NOW)
    found = standing(stores)
    assert [row[:3] for row in found] == [("t/srv-1", "energy_counter", STAMP), ("t/srv-1", "power", STAMP)]
    assert [row[3] for row in found] == pytest.approx([1.0, 200.0])
    assert result == ImportResult(result.origin, 2, 0, 0, 1, STAMP, STAMP, already=False)
    assert set(stores.archive.read()["origin"].to_pylist()) == {result.origin}


def test_of_one_second_the_later_row_stands(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    import_file(written(tmp_path, line(0, "100"), line(10, "110"), line(0, "120")), None, settings, stores, now=NOW)
    assert [row[3] for row in standing(stores)] == [120.0, 110.0]


def test_refused_values_go_to_quarantine_with_a_reason_and_never_stand(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    cells = ["65535", "4294967295", "-1", "nan", "", "0", "3000"]
    path = written(tmp_path, *(line(row * 10, cell) for row, cell in enumerate(cells)), line(300, "200"))
    result = import_file(path, None, settings, stores, now=NOW)
    assert (result.rows, result.quarantined, result.rejected_lines) == (8, 7, 0)
    assert [row[3] for row in standing(stores)] == [200.0]
    rows = stores.archive.read(rejected=True).to_pylist()
    reasons = [row["reason"] for row in rows if row["quality"] == "rejected"]
    assert len(reasons) == 7
    assert all(reasons)


def test_a_repeated_import_changes_nothing_and_says_so(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = written(tmp_path, line(0, "100"))
    first = import_file(path, None, settings, stores, now=NOW)
    highest = stores.spool.highest()
    again = import_file(path.rename(tmp_path / "copy.csv"), None, settings, stores, now=NOW + 60)
    assert again == ImportResult(first.origin, 1, 0, 0, 1, STAMP, STAMP, already=True)
    assert stores.spool.highest() == highest
    (note,) = stores.state.imports()
    assert (note.origin, note.rows, note.file, note.imported_at) == (first.origin, 1, "readings.csv", NOW)


def test_another_mapping_is_another_import_and_the_former_is_named(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,meter,metric,value\n2026-03-14T00:00:00Z,srv-1,power,0.3\n")
    first = import_file(path, Mapping(unit="W"), settings, stores, now=NOW)
    second = import_file(path, Mapping(unit="kW"), settings, stores, now=NOW)
    assert second.origin != first.origin
    assert second.said == (
        f"this file was imported in another way before ({first.origin}): undo that one if it was wrong",
    )
    assert [row[3] for row in standing(stores)] == [300.0]


def test_a_file_whose_points_bounds_were_corrected_is_judged_anew(tmp_path: Path, stores: Stores) -> None:
    path = written(tmp_path, line(0, "300"), line(10, "3000"))
    narrow = site_settings(tmp_path)
    first = import_file(path, None, narrow, stores, now=NOW)
    assert (first.quarantined, [row[3] for row in standing(stores)]) == (1, [300.0])
    site_file = tmp_path / "wattlas.toml"
    site_file.write_text(SITE.replace("max_w = 2000.0", "max_w = 4000.0\nct_ratio = 1.25"))
    wide = load_settings(site_file)
    second = import_file(path, None, wide, stores, now=NOW + 60)
    assert (second.quarantined, second.already) == (0, False)
    (said,) = second.said
    assert said.startswith(f"this file was imported under other rules of the site file before ({first.origin}): good ")
    assert [row[3] for row in standing(stores)] == [375.0, 3750.0]
    assert import_file(path, None, wide, stores, now=NOW + 120).already
    back = import_file(path, None, narrow, stores, now=NOW + 180)
    assert not back.already
    assert standing(stores)[0][3] == 300.0
    assert import_file(path, None, narrow, stores, now=NOW + 240).already


def test_bad_lines_stand_in_a_file_of_their_own(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = written(tmp_path, line(0, "100"), "what,is\n", line(10, 'a "b"'))
    result = import_file(path, None, settings, stores, now=NOW)
    aside = stores.data / f"readings.{result.origin[7:15]}.rejected.csv"
    assert (result.rows, result.rejected_lines, result.rejects) == (1, 2, aside)
    with aside.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["line", "text", "reason"],
        ["3", "what,is", "the line has 2 columns where the header has 5"],
        ["4", line(10, 'a "b"').rstrip(), 'value "a "b"" is no number with decimal sign \'.\''],
    ]
    assert import_file(written(tmp_path, line(0, "100")), None, settings, stores, now=NOW).rejects is None
    assert aside.exists(), "another import of a file of that name leaves it alone"


def test_unknown_series_may_be_left_out_and_come_in_once_they_are_known(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    path = written(tmp_path, line(0, "100"), line(0, "5", point="srv-9"), line(0, "1", metric="volts", unit="V"))
    result = import_file(path, None, settings, stores, now=NOW, skip_unknown=True)
    assert (result.rows, result.rejected_lines) == (1, 2)
    assert result.rejects is not None
    text = result.rejects.read_text()
    assert "point t/srv-9 is unknown and left out" in text
    assert "metric volts is unknown and left out" in text
    known = '[[points]]\nid = "srv-9"\nsite = "t"\nrole = "server"\ninterval_s = { power = 10 }\n'
    more = import_file(path, None, site_settings(tmp_path, more=known), stores, now=NOW, skip_unknown=True)
    assert (more.rows, more.already) == (2, False)
    assert len(standing(stores)) == 2


def test_nothing_known_is_refused_even_when_unknown_may_be_left_out(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    with pytest.raises(InputError, match="none of its points and metrics is known"):
        import_file(written(tmp_path, line(0, "1", point="x")), None, settings, stores, now=NOW, skip_unknown=True)


def test_start_stamps_are_moved_by_the_declared_interval(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = written(tmp_path, line(0, "0.1", metric="energy", unit="kWh"))
    import_file(path, Mapping(stamp="start"), settings, stores, now=NOW)
    assert standing(stores) == [("t/srv-1", "energy", STAMP + 900, 0.1)]


def test_a_night_that_cannot_be_told_is_set_aside_from_its_first_row_on(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    hours = ["01:00", "02:00", "02:30", "02:10", "02:20", "02:05", "03:00"]
    path = written(tmp_path, *(f"2026-10-25 {hour},srv-1,power,100,W\n" for hour in hours))
    result = import_file(path, Mapping(time_zone="Europe/Berlin"), settings, stores, now=NOW)
    assert (result.rows, result.rejected_lines) == (2, 5)


def test_progress_goes_from_nothing_to_all(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = written(tmp_path, line(0, "100"))
    seen: list[tuple[int, int]] = []
    import_file(path, None, settings, stores, now=NOW, progress=lambda done, whole: seen.append((done, whole)))
    size = path.stat().st_size
    assert seen == [(size, 2 * size), (2 * size, 2 * size)]


def test_a_preview_shows_rows_as_understood_and_accepts_nothing(tmp_path: Path, settings: Settings) -> None:
    path = written(tmp_path, *(line(row, f"0.{row + 1}", unit="kW") for row in range(20)), "bad\n", name="b.csv")
    shown = preview(path, None, settings=settings)
    assert len(shown.rows) == 10
    first = shown.rows[0]
    assert (first.line, first.point, first.metric, first.value, first.unit) == (2, "t/srv-1", "power", 100.0, "W")
    assert first.time.isoformat() == "2026-03-14T00:00:00+00:00"
    assert [(reject.line, reject.text) for reject in shown.rejects] == [(22, "bad")]
    assert preview(path, None, 30, settings=settings).rows[-1].line == 21
    assert not (settings.store.data / "spool").exists()


def test_a_guess_is_said(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time;meter;metric;value;unit\n1773446400;srv-1;power;100;W\n")
    said = ("columns are separated by semicolons", "times are seconds since 1970 (UTC)")
    assert preview(path, None, settings=settings).said == said
    assert import_file(path, None, settings, stores, now=NOW).said == said


def test_every_shared_trace_is_read_without_a_lost_line(tmp_path: Path, truth: Path) -> None:
    for number, case in enumerate(sorted(truth.glob("*/readings.csv"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        meters = sorted({row.split(",")[1] for row in case.read_text().splitlines()[1:]})
        points = "".join(
            f'[[points]]\nid = "{meter}"\nsite = "t"\nrole = "other"\n'
            "interval_s = { power = 10, energy_counter = 60 }\n"
            for meter in meters
        )
        head = SITE[: SITE.index("[[points]]")]
        (folder / "wattlas.toml").write_text(head + points)
        settings = load_settings(folder / "wattlas.toml")
        result = import_file(case, None, settings, open_stores(settings), now=NOW)
        assert (result.rows, result.rejected_lines) == (len(case.read_text().splitlines()) - 1, 0), case
