"""Plain shapes need no mapping; whatever was guessed is said, and units and zones never are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.importing.guessing import guess_mapping
from collectors.importing.mapping import Mapping
from config.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "given", "mapping", "said"),
    [
        ("time,meter,metric,value,unit\n2026-03-14T00:00:00Z,a,power,1,W\n", {}, {}, []),
        (
            "time,point,metric,value,unit\n1773446400,a,power,1,W\n", {},
            {"time_format": "epoch_s"}, ["seconds since 1970"],
        ),
        (
            "Timestamp;Device;Measurement;Value;Unit\n1773446400000;a;power;1;W\n", {},
            {
                "delimiter": ";", "time_column": "Timestamp", "point_column": "Device", "metric_column": "Measurement",
                "value_column": "Value", "unit_column": "Unit", "time_format": "epoch_ms",
            },
            ["semicolons", '"Timestamp" is the time', '"Device" is the point', '"Measurement" is the metric',
             '"Value" is the value', '"Unit" is the unit', "milliseconds since 1970"],
        ),
        (
            "Zeit\tZähler\tWert\n14.03.2026 00:15\t7\t12,50\n", {"metric": "energy", "unit": "kWh"},
            {"delimiter": "\t", "decimal": ",", "time_column": "Zeit", "point_column": "Zähler", "value_column": "Wert",
             "metric": "energy", "unit": "kWh", "time_format": "%d.%m.%Y %H:%M"},
            ["tabs", 'decimal sign (as in "12,50")', '"Zeit"', '"Zähler"', '"Wert"', "day.month.year"],
        ),
        (
            "time;point;value\n2026-03-14;a;1,234\n", {"metric": "power"},
            {"delimiter": ";", "metric": "power"}, ["semicolons"],
        ),
        (
            "time,srv-1 power [W],srv-1 temperature (degC),note\n2026-03-14T00:00:00Z,1,2,x\n", {},
            {"columns": {
                "srv-1 power [W]": {"point": "srv-1", "metric": "power", "unit": "W"},
                "srv-1 temperature (degC)": {"point": "srv-1", "metric": "temperature", "unit": "degC"},
            }},
            ["2 columns hold one series each", "columns left alone: note"],
        ),
    ],
)  # fmt: skip
def test_a_plain_csv(
    tmp_path: Path, content: str, given: dict[str, Any], mapping: dict[str, Any], said: list[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    guess = guess_mapping(path, given)
    assert guess.mapping == Mapping.model_validate({"format": "csv"} | mapping)
    assert len(guess.said) == len(said)
    for sentence, part in zip(guess.said, said, strict=True):
        assert part in sentence


def test_a_plain_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {
        "timestamp": [datetime(2026, 3, 14, tzinfo=UTC)],
        "meter": ["a"],
        "metric": ["power"],
        "value": [1.0],
        "unit": ["W"],
    }
    pq.write_table(pa.table(columns), path)
    guess = guess_mapping(path)
    assert guess.mapping == Mapping(format="parquet", time_column="timestamp")
    assert guess.said == ('column "timestamp" is the time',)
    pq.write_table(pa.table(columns | {"timestamp": [1773446400000]}), path)
    assert guess_mapping(path).mapping.time_format == "epoch_ms"


def test_the_users_word_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("zeit;wert\n14.03.2026;1\n")
    given = {
        "delimiter": ";",
        "time_column": "zeit",
        "time_format": "%m.%d.%Y",
        "value_column": "wert",
        "point": "a",
        "metric": "power",
    }
    assert guess_mapping(path, given).mapping == Mapping.model_validate({"format": "csv"} | given)


@pytest.mark.parametrize(
    ("name", "content", "given", "said"),
    [
        ("a.csv", b"a,b\n1,2\n", {}, "its columns (a, b) are neither time, point, metric, value, unit nor named"),
        ("a.csv", b"", {}, "there is no header and no reading in it"),
        ("a.csv", b"\n\n", {}, "there is no header and no reading in it"),
        ("a.csv", "电表,value\n".encode("gbk"), {}, "its first lines are not utf-8: say its encoding (--encoding gbk)"),
        ("a.csv", b"\xff\xfea\x00", {}, "this file is UTF-16: save it as UTF-8"),
        ("a.lp", b"m w=1 1\n", {}, "line protocol does not say what it measures"),
        ("a.parquet", b"PAR", {}, "this is no Parquet file"),
    ],
)
def test_what_has_no_plain_shape_is_refused(
    tmp_path: Path, name: str, content: bytes, given: dict[str, Any], said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        guess_mapping(path, given)
    assert said in str(caught.value)


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        guess_mapping(tmp_path / "a.csv")


def test_line_protocol_by_what_the_user_said(tmp_path: Path) -> None:
    given = {"point_tags": "{host}", "fields": {"w": {"metric": "power", "unit": "W"}}}
    assert guess_mapping(tmp_path / "a.lp", given).mapping.format == "lines"
