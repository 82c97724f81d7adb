"""InfluxDB line protocol, its escapes, types and precisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.importing.mapping import Mapping
from collectors.importing.reading_files import FileRows, read_rows

if TYPE_CHECKING:
    from pathlib import Path

STAMP = 1_773_446_400
FIELDS = {"watts": {"metric": "power", "unit": "W"}, "rack.kwh": {"metric": "energy_counter", "unit": "kWh"}}


def mapping(**keys: Any) -> Mapping:  # noqa: ANN401 - keys of a mapping
    return Mapping.model_validate({"format": "lines", "point_tags": "t/{host}", "fields": FIELDS} | keys)


def rows_of(
    folder: Path, text: str, found: Mapping | None = None
) -> tuple[list[tuple[Any, ...]], list[tuple[int, str]]]:
    path = folder / "power.lp"
    path.write_text(text)
    chunks = list(read_rows(path, found or mapping()))
    rows = [tuple(row.values())[:5] for chunk in chunks for row in chunk.table.to_pylist()]
    return rows, [(reject.line, reject.reason) for chunk in chunks for reject in chunk.rejects]


@pytest.mark.parametrize(
    ("line", "point", "value"),
    [
        ("power,host=srv-1 watts=312.5 {}", "t/srv-1", 312.5),
        ("power,host=srv-1,room=a watts=312i,on=true {}", "t/srv-1", 312.0),
        ("power,room=a,host=srv-1 on=t,watts=7u {}", "t/srv-1", 7.0),
        ('power,host=srv-1 note="a, b=c \\" d",watts=1e3 {}', "t/srv-1", 1000.0),
        (r"pow\ er\,x,ro\=om=a\ b,host=srv\ 1\,a\=b watts=-2.5 {}", "t/srv 1,a=b", -2.5),
        ('power,host=srv-1 watts=5,note="time 12"  {}', "t/srv-1", 5.0),
    ],
)
def test_a_line_is_understood(tmp_path: Path, line: str, point: str, value: float) -> None:
    assert rows_of(tmp_path, "# comment\n\n" + line.format(f"{STAMP}000000001")) == (
        [(3, point, "power", STAMP, value)],
        [],
    )


@pytest.mark.parametrize(("precision", "digits"), [("s", 0), ("ms", 3), ("us", 6), ("ns", 9)])
def test_precisions(tmp_path: Path, precision: str, digits: int) -> None:
    line = f"power,host=a watts=1 {STAMP}{'9' * digits}"
    assert rows_of(tmp_path, line, mapping(precision=precision))[0][0][3] == STAMP


def test_a_field_of_one_measurement_may_be_named_alone(tmp_path: Path) -> None:
    text = f"rack,host=a kwh=2,watts=3 {STAMP}000000000\nother,host=a kwh=2 {STAMP}000000000\n"
    rows, rejects = rows_of(tmp_path, text)
    assert [(row[0], row[2], row[4]) for row in rows] == [(1, "energy_counter", 2.0), (1, "power", 3.0)]
    assert rejects == []


def test_points_may_be_made_of_measurement_and_several_tags(tmp_path: Path) -> None:
    line = f"m1,rack=r7,unit=u2 watts=1 {STAMP}000000000"
    assert rows_of(tmp_path, line, mapping(point_tags="t/{measurement}-{rack}-{unit}"))[0][0][1] == "t/m1-r7-u2"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("power,host=a watts=1", "the line has no time"),
        ("power,host=a watts=1 now", 'time "now" is not a count of ns since 1970'),
        (f"power,host=a watts=1 {STAMP}000000000000", "lies beyond the year 9999 in ns"),
        ("power,host=a", "the line is not `measurement,tag=value field=value time`"),
        ("power,host=a watts=true 1", 'field watts has "true", which is no number'),
        ('power,host=a watts="12" 1', 'field watts has ""12"", which is no number'),
        ("power,host=a watts=nan 1", 'field watts has "nan", which is no number'),
        ("power,host=a watts 1", 'field "watts" is not name=value'),
        ("power,room=a watts=1 1", "tag host, which names the point, is not in the line"),
        ("power,host watts=1 1", 'tag "host" is not name=value'),
    ],
)
def test_a_bad_line_is_set_aside(tmp_path: Path, line: str, reason: str) -> None:
    rows, rejects = rows_of(tmp_path, f"{line}\npower,host=a watts=1 {STAMP}000000000\n")
    assert [row[0] for row in rows] == [2]
    assert rejects[0][0] == 1
    assert reason in rejects[0][1]


def test_units_are_converted_and_starts_moved(tmp_path: Path) -> None:
    fields = {"wh": {"metric": "energy", "unit": "Wh"}, "kw": {"metric": "power"}}
    found = mapping(fields=fields, units={"power": "kW"}, stamp="start")
    path = tmp_path / "power.lp"
    path.write_text(f"m,host=a wh=500,kw=2 {STAMP}000000000\n")
    (chunk,) = FileRows(path, found, length_s=lambda _point, _metric: 900).chunks()
    assert chunk.table["value"].to_pylist() == [0.5, 2000.0]
    assert chunk.table["time"].to_pylist() == [STAMP + 900, STAMP]


def test_bytes_that_are_no_text_cost_their_line(tmp_path: Path) -> None:
    path = tmp_path / "power.lp"
    path.write_bytes(b"power,host=\xff watts=1 1\npower,host=a watts=1 1\n")
    (chunk,) = read_rows(path, mapping())
    assert (chunk.table.num_rows, chunk.rejects[0].reason) == (1, "the line is not utf-8")


def test_fields_left_alone_are_known(tmp_path: Path) -> None:
    path = tmp_path / "power.lp"
    path.write_text(f"power,host=a volts=1,watts=1 {STAMP}000000000\n")
    file = FileRows(path, mapping())
    list(file.chunks())
    assert file.fields_left == {"volts"}


def test_a_text_may_go_over_lines_and_what_is_in_it_is_no_line(tmp_path: Path) -> None:
    text = f'log,host=a msg="one\npower,host=a watts=9 1\n \\"two\\"",watts=2 {STAMP}000000000\n'
    assert rows_of(tmp_path, f"{text}power,host=b watts=1 {STAMP}000000000\n") == (
        [(1, "t/a", "power", STAMP, 2.0), (4, "t/b", "power", STAMP, 1.0)],
        [],
    )


def test_a_text_that_never_ends_costs_its_line_alone(tmp_path: Path) -> None:
    rows, rejects = rows_of(tmp_path, f'log,host=a msg="one 1\npower,host=a watts=1 {STAMP}000000000\n')
    assert [row[0] for row in rows] == [2]
    assert [line for line, _ in rejects] == [1]


def test_a_field_may_be_of_lines_with_some_tags_alone(tmp_path: Path) -> None:
    fields = {"value": {"metric": "power", "unit": "W", "tags": {"unit": "watts"}}}
    text = "ipmi,host=a,unit=watts value=7 {0}\nipmi,host=a,unit=rpm value=900 {0}\nipmi,host=a value=true {0}\n"
    rows, rejects = rows_of(tmp_path, text.format(f"{STAMP}000000000"), mapping(fields=fields))
    assert [row[4] for row in rows] == [7.0]
    assert rejects == []
