"""A mapping says one thing once; every mistake in it gets a sentence that names the key and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.importing.mapping import Mapping, load_mapping, mapping_of, read_mapping, save_mapping
from config.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {"w": {"metric": "power", "unit": "W"}}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"delimeter": ";"}, "m.toml: key delimeter is unknown"),
        ({"columns": {"a": {"point": "p", "metric": "power", "unti": "W"}}}, "key columns.a.unti is unknown"),
        ({"columns": {"a": {"metric": "power"}}}, "columns.a.point"),
        ({"format": "xlsx"}, "m.toml: format: Input should be 'csv', 'parquet' or 'lines'"),
        ({"time_zone": "Berlin"}, 'time zone "Berlin" is unknown: write an IANA name'),
        ({"time_zone": "../etc/passwd"}, 'time zone "../etc/passwd" is unknown'),
        ({"time_format": "german"}, 'time_format "german" does not name a day: write iso, epoch_s'),
        ({"time_format": "%H:%M"}, 'time_format "%H:%M" does not name a day'),
        ({"time_format": "%d.%m. %H:%M"}, "does not name a day"),
        ({"time_format": "%d.%m.%Y %H:%M %Z"}, "use %z for offsets, or time_zone"),
        ({"time_format": "%d.%m.%Y %Q"}, "does not name a day"),
        ({"point": "a", "point_column": "b"}, "point and point_column are both given: keep the one that holds"),
        ({"metric": "a", "metric_column": "b"}, "metric and metric_column are both given"),
        ({"decimal": ",", "thousands": ",", "delimiter": ";"}, 'decimal and thousands are both ","'),
        ({"decimal": ","}, 'decimal and delimiter are both ",": name the delimiter'),
        ({"delimiter": ";;"}, "delimiter: String should have at most 1 character"),
        ({"skip_lines": -1}, "skip_lines: Input should be greater than or equal to 0"),
        ({"columns": {"a": {"point": "p", "metric": "power"}}, "metric": "power"}, "columns describes a wide table"),
        ({"format": "lines"}, 'format = "lines" needs point_tags'),
        ({"format": "lines", "fields": FIELDS}, 'format = "lines" needs point_tags'),
        ({"stamp": "middle"}, "stamp: Input should be 'end' or 'start'"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        mapping_of(table, where="m.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("m.toml: ")
    assert str(caught.value).endswith(".")
    assert len(str(caught.value).splitlines()) == 1


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        mapping_of({"a": 1, "stamp": 2}, where="m.toml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_mapping_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        'time_column = ["Datum", "Zeit"]\n[columns."GPU 1"]\npoint = "fra1/srv-1"\nmetric = "power"\nunit = "kW"\n'
    )
    mapping = read_mapping(path)
    assert mapping.time_columns == ("Datum", "Zeit")
    assert mapping.columns["GPU 1"].unit == "kW"


@pytest.mark.parametrize(
    ("content", "said"), [(b"a = ", "this is no TOML"), (b"\xff", "cannot be read"), (None, "cannot be read")]
)
def test_an_unreadable_mapping_names_its_file(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "m.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_mapping(path)
    assert str(path) in str(caught.value)


class Shelf:
    """The state store's part for mappings, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def save_mapping(self, name: str, text: str) -> None:
        self.kept[name] = text

    def load_mapping(self, name: str) -> str | None:
        return self.kept.get(name)

    def mapping_names(self) -> list[str]:
        return list(self.kept)


def test_a_saved_mapping_comes_back_the_same() -> None:
    shelf = Shelf()
    mapping = Mapping.model_validate(
        {"time_column": ["a", "b"], "time_zone": "Asia/Shanghai", "points": {"一": "s/p"}, "columns": {}, "unit": "W"}
    )
    save_mapping("meter export", mapping, shelf)
    assert load_mapping("meter export", shelf) == mapping
    assert load_mapping("meter export", shelf).fingerprint() == mapping.fingerprint()
    with pytest.raises(
        InputError, match='mapping "other" was never saved: choose one of those saved \\(meter export\\)'
    ):
        load_mapping("other", shelf)


def test_the_fingerprint_moves_with_what_is_said_and_with_nothing_else() -> None:
    plain = Mapping()
    assert plain.fingerprint() == Mapping(delimiter=",", time_column="time").fingerprint()
    assert (
        len(
            {
                plain.changed(**{key: word}).fingerprint()
                for key, word in [("unit", "W"), ("metric", "W"), ("site", "W")]
            }
        )
        == 3
    )


def test_a_change_is_checked_and_none_changes_nothing() -> None:
    mapping = Mapping(metric="power")
    assert mapping.changed(unit=None, site="t") == Mapping(metric="power", site="t")
    with pytest.raises(InputError, match="metric and metric_column are both given"):
        mapping.changed(metric_column="m")


@pytest.mark.parametrize("text", ["x = " + "[" * 5000 + "]" * 5000, ".".join("a" * 5000) + " = 1"])
def test_a_mapping_nested_without_end_is_refused_in_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(InputError, match="tables stand in each other more than 32 deep: write it flatter"):
        read_mapping(tmp_path / "m.toml")
