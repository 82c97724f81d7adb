"""Line protocol as bytes: what the library's own serialiser means, read back by a small reader of the format."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.store.influx.lines import BYTES_MAX, LINES_MAX, Lines, lines_of
from tests.collectors.store.tables import many, readings

T = 1_795_400_000
NAMES = st.text(
    st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Cn", "Co", "Cf"], blacklist_characters="\\\xa0"),
    min_size=1,
)
SAYABLE = NAMES.filter(lambda text: text.isprintable() and "\\" not in text)
Parsed = tuple[str, dict[str, str], dict[str, Any], int]


def texts(lines: Lines) -> list[str]:
    """The lines one by one, cut where `ends` says."""
    return [bytes(lines.cut(at, at + 1).body).decode() for at in range(len(lines))]


def parsed(line: str) -> Parsed:
    """A line by the rules of the format: escaped signs belong to their word."""
    head, fields, time = re.split(
        r'(?<!\\) (?=(?:[^"\\]|\\.)*(?:"(?:[^"\\]|\\.)*"(?:[^"\\]|\\.)*)*$)', line.rstrip("\n")
    )
    measurement, *tags = re.split(r"(?<!\\),", head)
    pairs = dict(re.split(r"(?<!\\)=", tag, maxsplit=1) for tag in tags)
    return (
        _plain(measurement),
        {name: _plain(value) for name, value in pairs.items()},
        {name: _value(text) for name, text in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*),?', fields)},
        int(time),
    )


def _plain(word: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", word)


def _value(text: str) -> Any:  # noqa: ANN401
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return int(text[:-1]) if text.endswith("i") else float(text)


def test_a_line_says_everything_of_a_reading() -> None:
    lines, left = lines_of(readings([("fra1/a", "power", T, 400.0)]))
    assert texts(lines) == [
        f'power,point=fra1/a,site=fra1 value=400,seq=0i,quality=0i,origin="bmc-1",device_time=0i {T}\n'
    ]
    assert left == []


def test_estimated_readings_and_device_times_are_told() -> None:
    table = readings([("a", "power", T, 1.0), ("a", "power", T + 1, 2.0)], quality="estimated")
    at = table.schema.get_field_index("device_time")
    table = table.set_column(at, table.schema.field(at), pa.array([None, 77], pa.int64()))
    found = [parsed(line) for line in texts(lines_of(table)[0])]
    assert [fields["device_time"] for _, _, fields, _ in found] == [0, 77]
    assert [fields["quality"] for _, _, fields, _ in found] == [1, 1]
    assert found[0][1] == {"point": "a"}


def test_refused_readings_go_to_quarantine_with_value_and_reason() -> None:
    table = readings([("fra1/a", "power", T, math.nan)], quality="rejected", reason='below "0"\nback\\slash')
    ((measurement, tags, fields, time),) = [parsed(line) for line in texts(lines_of(table)[0])]
    assert (measurement, time) == ("quarantine", T)
    assert tags == {"metric": "power", "point": "fra1/a", "site": "fra1"}
    assert math.isnan(float(fields["value"]))
    assert fields["reason"] == 'below "0" back\\slash'


@given(SAYABLE, SAYABLE, st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 4_000_000_000), st.text())
def test_any_reading_comes_back_from_its_line(point: str, origin: str, value: float, time: int, reason: str) -> None:
    good = readings([(point, "power", time, value)], origin=origin)
    ((measurement, tags, fields, at),) = [parsed(line) for line in texts(lines_of(good)[0])]
    assert (measurement, tags["point"], at, fields["value"]) == ("power", point, time, value)
    assert fields["origin"] == origin
    bad = readings([(point, "power", time, value)], quality="rejected", reason=reason)
    ((_, _, fields, _),) = [parsed(line) for line in texts(lines_of(bad)[0])]
    assert float(fields["value"]) == value
    assert fields["reason"] == " ".join(reason.splitlines())


def test_it_means_what_the_librarys_own_serialiser_means() -> None:
    from influxdb_client.client.write.point import Point

    start: Any = Point
    table = many(100, 100, start=T)
    ours = {(p[1]["point"], p[3]): p for p in (parsed(line) for line in texts(lines_of(table)[0]))}
    for row in table.to_pylist():
        point = start(row["metric"]).tag("point", row["point"]).tag("site", "fra1").field("value", row["value"])
        point = (
            point.field("seq", row["seq"]).field("quality", 0).field("origin", row["origin"]).field("device_time", 0)
        )
        theirs = parsed(point.time(row["time"], "s").to_line_protocol())
        assert ours[row["point"], row["time"]] == theirs


@pytest.mark.parametrize("name", ["", "a\nb", "back\\slash", "tab\t"])
def test_a_name_that_no_line_can_say_is_set_aside(name: str) -> None:
    lines, (left,) = lines_of(readings([(name, "power", T, 1.0), ("ok", "power", T, 1.0)]))
    assert len(lines) == 1
    assert "backslash" in left.reason


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_good_reading_must_be_a_number(value: float) -> None:
    lines, left = lines_of(readings([("a", "power", T, value)]))
    assert (len(lines), len(left)) == (0, 1)


def test_only_the_highest_sequence_of_a_second_is_written() -> None:
    table = sequenced(readings([("a", "power", T, 1.0), ("b", "power", T, 5.0), ("a", "power", T, 2.0)]))
    assert [parsed(line)[2]["value"] for line in texts(lines_of(table)[0])] == [2.0, 5.0]


def test_requests_are_of_bounded_size_and_hold_every_line_once() -> None:
    lines, _ = lines_of(many(500, 70, start=T))
    requests = list(lines.requests())
    assert all(len(one) <= LINES_MAX and len(one.body) <= BYTES_MAX for one in requests)
    assert b"".join(bytes(one.body) for one in requests) == bytes(lines.body)
    long = Lines(memoryview(b"x" * 9_000_000), np.array([4_000_000, 8_000_000, 9_000_000]), np.array([1, 2, 3]))
    assert [len(one) for one in long.requests()] == [1, 2]
    huge = Lines(memoryview(b"x" * 9_000_000), np.array([9_000_000]), np.array([1]))
    assert [len(one) for one in huge.requests()] == [1]


def test_no_readings_are_no_lines() -> None:
    lines, left = lines_of(readings([]))
    assert (len(lines), left, list(lines.requests())) == (0, [], [])


def sequenced(table: pa.Table) -> pa.Table:
    at = table.schema.get_field_index("seq")
    return table.set_column(at, table.schema.field(at), pa.array(range(table.num_rows), pa.int64()))
