"""What is exported and imported again is what it was: values, CT ratio and all, and what each reading is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.importing.import_file import import_file
from collectors.store.open import open_stores
from config.loading import load_settings
from tests.collectors.importing.site import SITE
from ui.exporting import readings_for_people, write

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

NOW = 1_800_000_000
HEAD = "time,point,metric,value,unit,quality,reason\n"
ROWS = (
    "2026-03-14T00:00:00Z,srv-1,power,3.1,W,measured,\n"
    "2026-03-14T00:00:10Z,srv-1,power,4,W,estimated,\n"
    "2026-03-14T00:00:20Z,srv-1,power,5,W,rejected,the clamp was open\n"
    "2026-03-14T00:00:30Z,srv-1,power,6,W,,\n"
    "2026-04-14T00:00:00Z,srv-1,power,6,W,measured,\n"
    "2026-04-14T00:00:10Z,srv-1,power,65535,W,measured,\n"
    "2026-03-14T00:00:00Z,srv-1,temperature,21,degC,measured,\n"
)
TRANSFORMER = """ct_ratio = 20.0
changes = [{ from = 2026-04-01T00:00:00Z, ct_ratio = 40.0 }]
[[points]]
id = "srv-2\""""


def stored(folder: Path, path: Path) -> pa.Table:
    """Import a file into a store of its own and return all that the archive then holds."""
    folder.mkdir()
    site_file = folder / "wattlas.toml"
    site_file.write_text(SITE.replace('[[points]]\nid = "srv-2"', TRANSFORMER))
    settings = load_settings(site_file)
    stores = open_stores(settings)
    result = import_file(path, None, settings, stores, now=NOW)
    assert not result.rejected_lines
    table = stores.archive.read(rejected=True)
    write([readings_for_people(table, settings)], readings_for_people(table.slice(0, 0), settings), folder / "out.csv")
    write(
        [readings_for_people(table, settings)], readings_for_people(table.slice(0, 0), settings), folder / "o.parquet"
    )
    return table.select(["point", "metric", "time", "value", "quality", "reason"])


def test_export_and_import_are_each_others_inverse(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    path.write_text(HEAD + ROWS)
    first = stored(tmp_path / "a", path).to_pylist()
    assert [row["value"] for row in first] == pytest.approx([62, 80, 100, 120, 240, 2_621_400, 21])
    words = ["measured", "estimated", "rejected", "measured", "measured", "rejected", "measured"]
    assert [row["quality"] for row in first] == words
    assert first[2]["reason"] == "the clamp was open"
    assert [row["reason"] is None for row in first] == [word != "rejected" for word in words]
    for name in ("out.csv", "o.parquet"):
        again = stored(tmp_path / name.replace(".", "-"), tmp_path / "a" / name).to_pylist()
        values = [row.pop("value") for row in again]
        assert values == pytest.approx([row["value"] for row in first])
        assert again == [{key: cell for key, cell in row.items() if key != "value"} for row in first]


def test_a_column_of_that_name_that_tells_something_else_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE)
    settings = load_settings(path)
    file = tmp_path / "a.csv"
    file.write_text(HEAD + ROWS + "2026-03-14T00:01:00Z,srv-1,power,60,W,Good,\n")
    result = import_file(file, None, settings, open_stores(settings), now=NOW)
    assert result.rejected_lines == 1
    assert result.rejects is not None
    assert 'quality ""Good"" is none of measured, estimated' in result.rejects.read_text()
