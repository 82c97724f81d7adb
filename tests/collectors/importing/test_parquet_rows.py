"""Parquet by the same mapping as CSV, whatever types its columns have."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.importing.chunk import ROWS_PER_CHUNK
from collectors.importing.mapping import Mapping
from collectors.importing.reading_files import FileRows, read_rows
from config.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

STAMP = 1_773_446_400
MOMENT = datetime(2026, 3, 14, tzinfo=UTC)


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Path:  # noqa: ANN401 - whatever Parquet takes
    path = folder / "readings.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


@pytest.mark.parametrize(
    ("time", "form", "zone"),
    [
        (pa.array([MOMENT], pa.timestamp("us", "UTC")), "iso", None),
        (pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("ms")), "iso", "UTC"),
        (pa.array(["2026-03-14T00:00:00Z"]), "iso", None),
        (pa.array(["2026-03-14T00:00:00Z"], pa.large_string()), "iso", None),
        (pa.array([STAMP]), "epoch_s", None),
        (pa.array([STAMP * 1e3]), "epoch_ms", None),
    ],
)
def test_times_of_any_type(tmp_path: Path, time: pa.Array, form: str, zone: str | None) -> None:
    path = written(tmp_path, {"time": time, "meter": ["srv-1"], "metric": ["power"], "value": [1.0], "unit": ["W"]})
    (chunk,) = read_rows(path, Mapping(format="parquet", site="t", time_format=form, time_zone=zone))
    (row,) = chunk.table.to_pylist()
    assert row == {
        "line": 1, "point": "t/srv-1", "metric": "power", "time": STAMP, "value": 1.0, "quality": "measured",
        "reason": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        pa.array([7, None], pa.int32()), pa.array([7, None], pa.float32()),
        pa.array([Decimal("7.00"), None], pa.decimal128(9, 2)),
        pa.array(["7", None]), pa.array(["7", ""]).dictionary_encode(),
    ],
)  # fmt: skip
def test_values_of_any_type_and_null_for_the_judge(tmp_path: Path, value: pa.Array) -> None:
    path = written(
        tmp_path, {"time": [MOMENT, MOMENT], "meter": pa.array(["a", "a"]).dictionary_encode(), "value": value}
    )
    (chunk,) = read_rows(path, Mapping(format="parquet", site="t", metric="power", unit="kW"))
    first, second = chunk.table["value"].to_pylist()
    assert (first, math.isnan(second)) == (7000.0, True)


def test_a_null_time_or_point_sets_the_row_aside(tmp_path: Path) -> None:
    path = written(tmp_path, {"time": [MOMENT, None, MOMENT], "meter": ["a", "a", None], "value": [1.0, 2.0, 3.0]})
    (chunk,) = read_rows(path, Mapping(format="parquet", site="t", metric="power", unit="W"))
    assert chunk.table.num_rows == 1
    assert [(reject.line, reject.reason) for reject in chunk.rejects] == [(2, "time is empty"), (3, "point is empty")]
    assert chunk.rejects[0].text == ",a,2.0"


def test_chunks_do_not_depend_on_row_groups(tmp_path: Path) -> None:
    count = ROWS_PER_CHUNK + 5
    columns = {"time": pa.array(range(count)), "meter": ["a"] * count, "value": pa.array(range(count))}
    for size in (70_000, count):
        path = written(tmp_path, columns, row_group_size=size)
        mapping = Mapping(format="parquet", site="t", time_format="epoch_s", metric="power", unit="W")
        chunks = list(FileRows(path, mapping).chunks())
        assert [chunk.table.num_rows for chunk in chunks] == [ROWS_PER_CHUNK, 5]
        assert chunks[1].table["line"].to_pylist()[0] == ROWS_PER_CHUNK + 1
        assert chunks[1].done == path.stat().st_size


def test_columns_of_lists_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"time": [MOMENT], "meter": ["a"], "value": [[1.0]]})
    with pytest.raises(InputError, match=r'column "value" holds list<.*>: only times may hold times'):
        list(read_rows(path, Mapping(format="parquet", site="t", metric="power", unit="W")))


def test_times_are_no_values(tmp_path: Path) -> None:
    path = written(tmp_path, {"time": [MOMENT], "meter": ["a"], "value": [MOMENT]})
    with pytest.raises(InputError, match='column "value" holds timestamp'):
        list(read_rows(path, Mapping(format="parquet", site="t", metric="power", unit="W")))
