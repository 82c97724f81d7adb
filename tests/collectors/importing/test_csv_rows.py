"""CSV in its many dialects gives the same readings; bad lines are set aside by number and change no other line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from collectors.importing.chunk import ROWS_PER_CHUNK
from collectors.importing.mapping import Column, Mapping
from collectors.importing.reading_files import FileRows, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.importing.chunk import Reject

STAMP = 1_773_446_400  # 2026-03-14T00:00:00Z
LONG = "time,point,metric,value,unit\n"


def understood(
    folder: Path, content: str | bytes, mapping: Mapping, name: str = "readings.csv"
) -> tuple[list[tuple[Any, ...]], list[Reject]]:
    """Rows (line, point, metric, time, value) and rejects of a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    chunks = list(read_rows(path, mapping))
    rows = [tuple(row.values())[:5] for chunk in chunks for row in chunk.table.to_pylist()]
    return rows, [reject for chunk in chunks for reject in chunk.rejects]


def test_the_plain_long_shape_needs_no_mapping(tmp_path: Path) -> None:
    rows, rejects = understood(tmp_path, LONG + "2026-03-14T00:00:00Z,srv-1,power,204.7,W\n", Mapping(site="t"))
    assert rows == [(2, "t/srv-1", "power", STAMP, 204.7)]
    assert rejects == []


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_do_not_matter(tmp_path: Path, start: str, end: str) -> None:
    content = start + LONG + f"2026-03-14T00:00:00Z,srv-1,power,1,W\r\n\r\n2026-03-14T00:00:10Z,t/srv-1,power,2,W{end}"
    rows, rejects = understood(tmp_path, content, Mapping(site="t"))
    assert [(row[0], row[4]) for row in rows] == [(2, 1.0), (4, 2.0)]
    assert {row[1] for row in rows} == {"t/srv-1"}
    assert rejects == []


def test_a_german_export(tmp_path: Path) -> None:
    mapping = Mapping(
        delimiter=";", decimal=",", thousands=".", skip_lines=2, time_column=("Datum", "Uhrzeit"),
        time_zone="Europe/Berlin", time_format="%d.%m.%Y %H:%M", point_column="Zähler", value_column="Stand",
        metric="energy_counter", unit="MWh",
        points={"Zähler 7": "fra1/pdu-a"},
    )  # fmt: skip
    content = "Export\nvom 14.03.2026\nDatum;Uhrzeit;Zähler;Stand\n14.03.2026;01:00;Zähler 7;1.234,5\n"
    assert understood(tmp_path, content, mapping) == ([(4, "fra1/pdu-a", "energy_counter", STAMP, 1_234_500.0)], [])


def test_a_chinese_export(tmp_path: Path) -> None:
    mapping = Mapping(
        encoding="gbk", time_column="时间", time_zone="Asia/Shanghai", point_column="电表", metric_column="指标",
        value_column="数值", unit_column="单位", points={"一号柜|甲": "sha1/pdu-1"}, metrics={"有功功率": "power"},
        delimiter="|",
    )  # fmt: skip
    content = '时间|电表|指标|数值|单位\n2026-03-14 08:00:00|"一号柜|甲"|有功功率|1.5|kW\n'.encode("gbk")
    assert understood(tmp_path, content, mapping) == ([(2, "sha1/pdu-1", "power", STAMP, 1500.0)], [])


def test_a_wide_table(tmp_path: Path) -> None:
    mapping = Mapping(
        site="t",
        columns={
            "P1": Column(point="srv-1", metric="power", unit="kW"),
            "T1": Column(point="srv-1", metric="temperature"),
        },
        units={"temperature": "degF"},
    )
    content = "time,P1,note,T1\n2026-03-14T00:00:00Z,0.2,x,212\n2026-03-14T00:00:10Z,,,50\n2026-03-14T00:00:20Z,nan,,\n"
    rows, rejects = understood(tmp_path, content, mapping)
    assert [row[:4] for row in rows] == [
        (2, "t/srv-1", "power", STAMP),
        (2, "t/srv-1", "temperature", STAMP),
        (3, "t/srv-1", "temperature", STAMP + 10),
        (4, "t/srv-1", "power", STAMP + 20),
    ]
    assert [row[4] for row in rows[:3]] == pytest.approx([200.0, 100.0, 10.0])
    assert math.isnan(rows[3][4])
    assert rejects == []


def test_a_bad_cell_of_a_wide_table_costs_that_cell_and_a_bad_time_the_line(tmp_path: Path) -> None:
    columns = {name: Column(point=name, metric="power", unit="W") for name in ("a", "b")}
    content = "time,a,b\n2026-03-14T00:00:00Z,1,x\nnever,1,2\n"
    rows, rejects = understood(tmp_path, content, Mapping(site="t", columns=columns))
    assert [row[:2] for row in rows] == [(2, "t/a")]
    assert [(reject.line, reject.reason) for reject in rejects] == [
        (2, 'column "b": value "x" is no number with decimal sign \'.\''),
        (3, 'time "never" is not ISO 8601 (such as 2026-03-14T00:00:00Z)'),
    ]


def test_a_file_without_header_is_named_by_the_mapping(tmp_path: Path) -> None:
    mapping = Mapping(names=("time", "value"), point="t/srv-1", metric="power", unit="W")
    assert understood(tmp_path, "2026-03-14T00:00:00Z,5\n", mapping)[0] == [(1, "t/srv-1", "power", STAMP, 5.0)]


@pytest.mark.parametrize(("stamp", "moved"), [("end", 0), ("start", 900)])
def test_an_interval_stamped_with_its_start_is_moved_to_its_end(tmp_path: Path, stamp: str, moved: int) -> None:
    path = tmp_path / "e.csv"
    path.write_text(LONG + "2026-03-14T00:00:00Z,p,energy,1,kWh\n2026-03-14T00:00:00Z,p,power,1,W\n")
    mapping = Mapping.model_validate({"site": "t", "stamp": stamp})
    (chunk,) = FileRows(path, mapping, length_s=lambda _point, _metric: 900.0).chunks()
    assert chunk.table["time"].to_pylist() == [STAMP + moved, STAMP]


def test_values_that_say_nothing_and_sentinels_are_kept_for_the_judge(tmp_path: Path) -> None:
    cells = ["", "nan", "-1", "65535", "4294967295"]
    content = LONG + "".join(f"2026-03-14T00:00:0{row}Z,p,power,{cell},kW\n" for row, cell in enumerate(cells))
    rows, rejects = understood(tmp_path, content, Mapping(site="t"))
    assert rejects == []
    assert all(math.isnan(row[4]) for row in rows[:2])
    assert [row[4] for row in rows[2:]] == [-1.0, 65535.0, 4294967295.0], "a sentinel is not a number of kW"


def test_each_bad_line_is_set_aside_with_its_number_text_and_reason(tmp_path: Path) -> None:
    good = "2026-03-14T00:00:00Z,srv-1,power,1,W"
    bad = {
        "never,srv-1,power,1,W": "is not ISO 8601",
        ",srv-1,power,1,W": "time is empty",
        "2026-03-14T00:00:00Z,,power,1,W": "point is empty",
        "2026-03-14T00:00:00Z,srv-1,,1,W": "metric is empty",
        "2026-03-14T00:00:00Z,srv-1,power,twelve,W": 'value "twelve" is no number',
        "2026-03-14T00:00:00Z,srv-1,power,1,": "unit is empty",
        "2026-03-14T00:00:00Z,srv-1,power,1,watz": '"watz" is no known unit',
        "2026-03-14T00:00:00Z,srv-1,power,1,degC": "they measure different things",
        "2026-03-14T00:00:00Z,srv-1,power,1": "the line has 4 columns where the header has 5",
        "2026-03-14T00:00:00Z,srv-1,power,1,W,": "the line has 6 columns where the header has 5",
        '2026-03-14T00:00:00Z,"srv-1,power,1,W': "a quote that is not closed",
        "2026-02-29T00:00:00Z,srv-1,power,1,W": "does not exist in the calendar",
    }
    lines = [line for text in bad for line in (good, text)]
    rows, rejects = understood(tmp_path, LONG + "\n".join([*lines, good]), Mapping(site="t"))
    assert [row[0] for row in rows] == [2 * row + 2 for row in range(len(bad) + 1)]
    assert [reject.text for reject in rejects] == list(bad)
    assert [reject.line for reject in rejects] == [2 * row + 3 for row in range(len(bad))]
    for reject, reason in zip(rejects, bad.values(), strict=True):
        assert reason in reject.reason, reject


def test_a_line_in_another_encoding_costs_that_line(tmp_path: Path) -> None:
    content = LONG.encode() + b"2026-03-14T00:00:00Z,p,power,1,W\n2026-03-14T00:00:00Z,\xb5,power,1,W\n"
    rows, rejects = understood(tmp_path, content, Mapping(site="t"))
    assert len(rows) == 1
    assert (rejects[0].line, rejects[0].reason) == (3, "the line is not utf-8")


def test_two_stray_quotes_do_not_swallow_the_lines_between(tmp_path: Path) -> None:
    good = "2026-03-14T00:00:00Z,p,power,1,W\n"
    content = (
        LONG + good + '2026-03-14T00:00:00Z,p,power,1,"W\n' + good * 3 + '2026-03-14T00:00:00Z,p,power,1,W"\n' + good
    )
    rows, rejects = understood(tmp_path, content, Mapping(site="t"))
    assert [row[0] for row in rows] == [2, 4, 5, 6, 8]
    assert [reject.line for reject in rejects] == [3, 7]


def test_a_bad_line_deep_in_a_large_file_is_found_and_chunks_are_even(tmp_path: Path) -> None:
    count = ROWS_PER_CHUNK + 30_000
    lines = [f"{STAMP + row},p{row % 7},power,{row % 1000}.5,W" for row in range(count)]
    lines[123_456] = "broken"
    lines[210_000] = f"{STAMP},p1,power,x,W"
    path = tmp_path / "large.csv"
    path.write_text(LONG + "\n".join(lines))
    mapping = Mapping(site="t", time_format="epoch_s")
    chunks = list(FileRows(path, mapping).chunks())
    assert [chunk.table.num_rows for chunk in chunks] == [ROWS_PER_CHUNK - 1, 29_999]
    assert [[reject.line for reject in chunk.rejects] for chunk in chunks] == [[123_458], [210_002]]
    assert chunks[0].table["line"].to_pylist()[123_455:123_457] == [123_457, 123_459]
    assert chunks[1].table["line"][0].as_py() == ROWS_PER_CHUNK + 2
    assert chunks[-1].done == path.stat().st_size


def test_a_file_of_nothing_but_mistakes_is_read_to_its_end(tmp_path: Path) -> None:
    rows, rejects = understood(tmp_path, LONG + "a,b\n" * 5000, Mapping(site="t"))
    assert rows == []
    assert [reject.line for reject in rejects] == list(range(2, 5002))


def test_local_hours_that_exist_twice_are_told_apart_in_long_and_wide_tables(tmp_path: Path) -> None:
    hours = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    long = LONG + "".join(f"2026-10-25 {hour},p,power,1,W\n2026-10-25 {hour},q,power,1,W\n" for hour in hours)
    wide = "time,a\n" + "".join(f"2026-10-25 {hour},1\n" for hour in hours)
    start = 1_792_884_600  # 2026-10-24T23:30:00Z
    expected = [start + row * 1800 for row in range(6)]
    rows, rejects = understood(tmp_path, long, Mapping(site="t", time_zone="Europe/Berlin"))
    assert ([row[3] for row in rows if row[1] == "t/q"], rejects) == (expected, [])
    columns = {"a": Column(point="p", metric="power", unit="W")}
    rows, rejects = understood(tmp_path, wide, Mapping(site="t", time_zone="Europe/Berlin", columns=columns))
    assert ([row[3] for row in rows], rejects) == (expected, [])
