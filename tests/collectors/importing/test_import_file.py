"""An import is accepted exactly once, resumes after a kill, can be undone as a whole, and says what it left out."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.importing.import_file import ImportResult, import_file
from collectors.importing.mapping import Mapping
from collectors.importing.preview import preview
from collectors.importing.readmit import readmit
from collectors.importing.undo import undo_import
from collectors.judge import judge_readings
from collectors.overlaps import overlaps_of
from collectors.reading import Quality, Reading
from collectors.store.open import Stores, open_stores
from collectors.store.shipper import ship
from config.errors import InputError
from config.loading import load_settings
from tests.collectors.importing.site import SITE, site_settings

if TYPE_CHECKING:
    from config.site import Settings

NOW = 1_800_000_000
STAMP = 1_773_446_400
HEAD = "time,meter,metric,value,unit\n"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return site_settings(tmp_path)


@pytest.fixture
def stores(settings: Settings) -> Stores:
    return open_stores(settings)


def line(second: int, value: str, point: str = "srv-1", metric: str = "power", unit: str = "W") -> str:
    return f"2026-03-14T00:{second // 60:02d}:{second % 60:02d}Z,{point},{metric},{value},{unit}\n"


def written(folder: Path, *lines: str, name: str = "readings.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + "".join(lines))
    return path


def standing(stores: Stores) -> list[tuple[str, str, int, float]]:
    rows = stores.archive.read().select(["point", "metric", "time", "value"]).to_pylist()
    return [tuple(row.values()) for row in rows]


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


def test_an_undone_import_gives_way_to_what_stood_and_can_be_repeated(
    tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    import_file(written(tmp_path, line(0, "100"), name="old.csv"), None, settings, stores, now=NOW)
    path = written(tmp_path, line(0, "200"), line(10, "210"), name="new.csv")
    wrong = import_file(path, None, settings, stores, now=NOW)
    undone = undo_import(wrong.origin[:16], stores, now=NOW)
    assert (undone.file, undone.series, undone.first, undone.last) == ("new.csv", 1, STAMP, STAMP + 10)
    assert [row[3] for row in standing(stores)] == [100.0]
    with pytest.raises(InputError, match=r"\(new.csv\) was undone already"):
        undo_import(wrong.origin, stores, now=NOW)
    again = import_file(path, None, settings, stores, now=NOW)
    assert not again.already
    assert [row[3] for row in standing(stores)] == [200.0, 210.0]


def test_what_an_undone_import_kept_out_counts_in_its_place(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    """A meter's late amounts met those of a file that was to fill the gap; with the file gone they are all there is."""

    def told(*seconds: int, quality: Quality = Quality.MEASURED) -> None:
        found = [Reading("t/srv-1", "energy", datetime.fromtimestamp(STAMP + at, UTC), 0.1, quality) for at in seconds]
        judged, _ = judge_readings(found, settings, origin="ingest:hall", now=NOW)
        stores.spool.accept(overlaps_of(settings, stores).table(judged)[0])

    amounts = [line(at, "0.2", metric="energy", unit="kWh") for at in (0, 900, 1800)]
    stopgap = import_file(written(tmp_path, *amounts), None, settings, stores, now=NOW)
    later = import_file(
        written(tmp_path, line(10, "0.3", metric="energy", unit="kWh"), name="b.csv"), None, settings, stores, now=NOW
    )
    stores.state.note_undone(later.origin, at=NOW)  # a server leaves what was refused of it as it is
    told(20, 920)
    told(1820, quality=Quality.ESTIMATED)
    assert [row[3] for row in standing(stores)] == [0.2, 0.2, 0.2]
    undone = undo_import(stopgap.origin, stores, now=NOW)
    assert readmit(undone, settings, stores, now=NOW) == 3
    found = stores.archive.read().select(["time", "value", "quality", "reason"]).to_pylist()
    assert [(row["time"] - STAMP, row["value"], row["quality"], row["reason"]) for row in found] == [
        (20, 0.1, "measured", None),
        (920, 0.1, "measured", None),
        (1820, 0.1, "estimated", None),
    ]
    gauges = import_file(written(tmp_path, line(0, "200"), name="w.csv"), None, settings, stores, now=NOW)
    assert readmit(undo_import(gauges.origin, stores, now=NOW), settings, stores, now=NOW) == 0


def test_undoing_what_never_was_lists_what_was(tmp_path: Path, settings: Settings, stores: Stores) -> None:
    with pytest.raises(InputError, match="names no import: nothing was imported yet"):
        undo_import("import:0", stores, now=NOW)
    import_file(written(tmp_path, line(0, "100")), None, settings, stores, now=NOW)
    with pytest.raises(InputError, match=r'"import:xxxxxxxx" names 0 imports: choose one of import:\w{12} \(readings'):
        undo_import("import:xxxxxxxx", stores, now=NOW)


@pytest.mark.parametrize("cut", [0, 3, 7, 14])
def test_an_import_is_not_undone_by_a_word_that_hardly_names_it(
    cut: int, tmp_path: Path, settings: Settings, stores: Stores
) -> None:
    only = import_file(written(tmp_path, line(0, "100")), None, settings, stores, now=NOW)
    with pytest.raises(InputError, match=r"is too short to name an import: write import: and 8 or more characters"):
        undo_import(only.origin[:cut], stores, now=NOW)
    assert len(standing(stores)) == 1


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


KILLED = """
import os, signal, sys
from pathlib import Path
from collectors.importing.import_file import import_file
from collectors.importing.mapping import Mapping
from collectors.store.open import open_stores
from config.loading import load_settings
path, at = Path(sys.argv[1]), float(sys.argv[2])
settings = load_settings(path.parent / "wattlas.toml")
def progress(done, whole):
    if done >= at * whole:
        os.kill(os.getpid(), signal.SIGKILL)
import_file(path, Mapping(time_format="epoch_s"), settings, open_stores(settings), now=1_800_000_000, progress=progress)
"""


def test_a_killed_import_goes_on_where_it_was_and_can_be_undone(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    path = tmp_path / "large.csv"
    rows = [f"{STAMP + row},srv-{row % 2 + 1},power,{100 + row % 900},W\n" for row in range(450_000)]
    path.write_text(HEAD + "".join(rows))
    for share in (0.6, 0.8):  # after the first chunk, after the second
        done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(share)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
    stores = open_stores(settings)
    (note,) = stores.state.imports()
    assert note.rows == 0, "an import that did not end has no rows noted"
    assert 0 < stores.archive.read().num_rows < 450_000
    mapping = Mapping(time_format="epoch_s")
    result = import_file(path, mapping, settings, stores, now=NOW)
    assert (result.rows, result.chunks, result.already) == (450_000, 3, False)
    assert len(list(stores.spool.batches(0))) == 3, "each chunk was accepted once"
    ship(stores.spool, stores.lake, now=NOW)
    found = stores.archive.read(columns=["point", "time", "value"])
    assert found.num_rows == 450_000
    assert sum(found["value"].to_pylist()) == sum(100 + row % 900 for row in range(450_000))


def test_an_import_killed_and_undone_can_be_repeated(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    path = tmp_path / "small.csv"
    path.write_text(HEAD + f"{STAMP},srv-1,power,100,W\n")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), "1.0"], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    stores = open_stores(settings)
    undo_import(stores.state.imports()[0].origin, stores, now=NOW)
    assert standing(stores) == []
    result = import_file(path, Mapping(time_format="epoch_s"), settings, stores, now=NOW)
    assert not result.already
    assert len(standing(stores)) == 1


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
