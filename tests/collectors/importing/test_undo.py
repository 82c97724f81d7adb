"""An import is undone as a whole: what it had written over stands again, and what it kept out counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.importing.import_file import import_file
from collectors.importing.readmit import readmit
from collectors.importing.undo import undo_import
from collectors.judge import judge_readings
from collectors.overlaps import overlaps_of
from collectors.reading import Quality, Reading
from config.errors import InputError
from tests.collectors.importing.written import NOW, STAMP, line, standing, written

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.open import Stores
    from config.site import Settings


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
