"""Law: the same readings, written in any supported shape, come back the same."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.importing.mapping import CODECS, Mapping
from collectors.importing.reading_files import read_rows

if TYPE_CHECKING:
    from pathlib import Path

POINTS = ["t/srv-1", "t/pdu-a", "u/机柜 7"]
UNITS = {"power": {"W": 1.0, "kW": 1e3}, "energy_counter": {"kWh": 1.0, "MWh": 1e3}, "temperature": {"degC": 1.0}}
FRACTIONS = {"epoch_s": "", "epoch_ms": "250", "epoch_us": "000999", "epoch_ns": "000000001"}
START = 1_767_225_600  # 2026-01-01T00:00:00Z: no clock is changed in the two months drawn from here

Row = tuple[str, str, int, float]


@dataclass(frozen=True)
class Dialect:
    """One way to write numbers, times and text."""

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"
    bom: bool = False
    end: str = "\n"
    time_format: str = "iso"
    time_zone: str | None = None

    def mapping(self, **keys: Any) -> Mapping:  # noqa: ANN401 - keys of a mapping
        own = {
            "delimiter": self.delimiter, "decimal": self.decimal, "thousands": self.thousands,
            "encoding": self.encoding, "time_format": self.time_format, "time_zone": self.time_zone,
        }  # fmt: skip
        return Mapping.model_validate(own | keys)

    def time(self, seconds: int) -> str:
        if self.time_format.startswith("epoch"):
            return f"{seconds}{FRACTIONS[self.time_format]}"
        moment = datetime.fromtimestamp(seconds, ZoneInfo(self.time_zone) if self.time_zone else UTC)
        if self.time_format != "iso":
            return moment.strftime(self.time_format)
        return moment.replace(tzinfo=None).isoformat(" ") if self.time_zone else moment.isoformat()

    def number(self, value: float) -> str:
        whole, _, rest = f"{value:,.3f}".partition(".")
        return whole.replace(",", self.thousands) + self.decimal + rest

    def encoded(self, table: list[list[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.end).writerows(table)
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.getvalue().encode(CODECS[self.encoding])


dialects = st.builds(
    lambda signs, code, end, time: Dialect(signs[0], signs[1], signs[2], code[0], code[1], end, time[0], time[1]),
    st.sampled_from(
        [(",", ".", ""), (";", ",", ""), (";", ",", "."), ("\t", ".", ","), ("|", ".", "'"), (",", ".", " ")]
    ),
    st.sampled_from([("utf-8", False), ("utf-8", True), ("gbk", False)]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(
        [
            ("iso", None), ("iso", "Europe/Berlin"), ("iso", "Asia/Kolkata"), ("%d.%m.%Y %H:%M:%S", "America/New_York"),
            ("%Y%m%d%H%M%S%z", None), ("epoch_s", None), ("epoch_ms", None), ("epoch_us", None), ("epoch_ns", None),
        ]
    ),
)  # fmt: skip
times = st.integers(0, 59 * 86_400).map(lambda offset: START + offset)
values = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
rows = st.lists(
    st.tuples(st.sampled_from(POINTS), st.sampled_from(sorted(UNITS)), times, values), min_size=1, max_size=60
)


def read(path: Path, mapping: Mapping) -> list[Row]:
    chunks = list(read_rows(path, mapping))
    assert [reject for chunk in chunks for reject in chunk.rejects] == []
    return [
        (row["point"], row["metric"], row["time"], row["value"]) for chunk in chunks for row in chunk.table.to_pylist()
    ]


def assert_same(found: list[Row], expected: list[Row]) -> None:
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert [row[3] for row in found] == pytest.approx([row[3] for row in expected], rel=1e-12, abs=1e-12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("round_trip")


@settings(max_examples=150, deadline=None)
@given(rows=rows, dialect=dialects, data=st.data())
def test_long(folder: Path, rows: list[Row], dialect: Dialect, data: st.DataObject) -> None:
    written = [["Zeit", "Ort", "Was", "Wert", "Einheit"]]
    expected = []
    for point, metric, seconds, value in rows:
        unit = data.draw(st.sampled_from(sorted(UNITS[metric])))
        written.append([dialect.time(seconds), point, metric, dialect.number(value), unit])
        factor = -1.0 if metric == "power" and value in {-1.0, 32767.0, 65535.0} else UNITS[metric][unit]
        expected.append((point, metric, seconds, value if factor < 0 else value * factor))
    path = folder / "long.csv"
    path.write_bytes(dialect.encoded(written))
    names = {
        "time_column": "Zeit",
        "point_column": "Ort",
        "metric_column": "Was",
        "value_column": "Wert",
        "unit_column": "Einheit",
    }
    assert_same(read(path, dialect.mapping(**names)), expected)


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(st.tuples(times, st.lists(st.none() | values, min_size=3, max_size=3)), min_size=1, max_size=40),
    dialect=dialects,
)
def test_wide(folder: Path, lines: list[tuple[int, list[float | None]]], dialect: Dialect) -> None:
    series = {
        "A (kW)": ("t/a", "power", "kW", 1e3),
        "B": ("t/b", "energy_counter", "kWh", 1.0),
        "C": ("t/a", "temperature", "degC", 1.0),
    }
    written = [["time", "remark", *series]]
    expected = []
    for seconds, cells in lines:
        written.append([dialect.time(seconds), "ok", *("" if cell is None else dialect.number(cell) for cell in cells)])
        for (point, metric, _, factor), cell in zip(series.values(), cells, strict=True):
            if cell is not None:
                scaled = cell if metric == "power" and cell in {-1.0, 32767.0, 65535.0} else cell * factor
                expected.append((point, metric, seconds, scaled))
    path = folder / "wide.csv"
    path.write_bytes(dialect.encoded(written))
    columns = {
        name: {"point": point, "metric": metric, "unit": unit} for name, (point, metric, unit, _) in series.items()
    }
    assert_same(read(path, dialect.mapping(columns=columns)), expected)


@settings(max_examples=50, deadline=None)
@given(rows=rows, group=st.integers(1, 70))
def test_parquet(folder: Path, rows: list[Row], group: int) -> None:
    path = folder / "rows.parquet"
    points, names, seconds, numbers = (list(column) for column in zip(*rows, strict=True))
    columns = {
        "time": pa.array([datetime.fromtimestamp(s, UTC) for s in seconds]),
        "point": points, "metric": names, "value": numbers, "unit": [next(iter(UNITS[name])) for name in names],
    }  # fmt: skip
    pq.write_table(pa.table(columns), path, row_group_size=group)
    assert_same(read(path, Mapping(format="parquet")), rows)


@settings(max_examples=100, deadline=None)
@given(rows=rows, digits=st.sampled_from([("s", 0), ("ms", 3), ("us", 6), ("ns", 9)]))
def test_line_protocol(folder: Path, rows: list[Row], digits: tuple[str, int]) -> None:
    precision, zeros = digits
    path = folder / "rows.lp"
    lines = []
    for point, metric, seconds, value in rows:
        tag = point.replace(" ", "\\ ")
        number = f"{int(value)}i" if value == int(value) else repr(value)
        lines.append(f'm\\ 1,at={tag},x=y {metric}={number},note="a b,c=\\"d" {seconds}{"0" * zeros}')
    path.write_text("\n".join(lines), encoding="utf-8")
    fields = {metric: {"metric": metric, "unit": next(iter(units))} for metric, units in UNITS.items()}
    mapping = {"format": "lines", "point_tags": "{at}", "precision": precision, "fields": fields}
    assert_same(read(path, Mapping.model_validate(mapping)), rows)
