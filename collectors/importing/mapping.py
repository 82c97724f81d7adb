"""The mapping: how a foreign file is to be understood, written as TOML and saved by name.

A long table has one reading per row, a wide one a column per series (`[columns]`), line protocol a series per field
(`[fields]`). What is not said is never guessed silently: units and time zones have no default.

    format = "csv"                      # csv | parquet | lines
    delimiter = ";"
    decimal = ","
    time_column = "Zeit"                # or ["Datum", "Uhrzeit"], joined by a space
    time_format = "%d.%m.%Y %H:%M"      # iso | epoch_s | epoch_ms | epoch_us | epoch_ns | a strptime format
    time_zone = "Europe/Berlin"         # of times without an offset of their own
    point_column = "Zaehler"
    metric = "energy"                   # the same for every row; else metric_column
    unit = "kWh"                        # the same for every row; else unit_column, or [units] by metric
    stamp = "start"                     # an `energy` row is stamped with the start of its interval
    [points]
    "Zaehler 7" = "fra1/pdu-a"          # their name = our point
    [columns."GPU 1 (kW)"]              # wide tables
    point = "fra1/srv-1"
    metric = "power"
    unit = "kW"
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from config.errors import InputError
from config.reading.depth import DEEPEST, too_deep

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = 2  # part of every origin: a reader that cuts or understands files differently must not resume older imports
EPOCHS_PER_S = {"epoch_s": 1, "epoch_ms": 1_000, "epoch_us": 1_000_000, "epoch_ns": 1_000_000_000}
PRECISIONS_PER_S = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
PROBE = datetime(2031, 10, 25, 17, 46, 58, tzinfo=UTC)  # no two of its fields are alike
CODECS = {"utf-8": "utf-8", "gbk": "gb18030"}  # GB 18030 is the superset in which GBK files are written today

Text = Annotated[str, Field(min_length=1)]


class MappingShelf(Protocol):
    """What the state store offers for mappings: their JSON by name."""

    def save_mapping(self, name: str, text: str) -> None:
        """Keep a mapping, replacing one of that name."""

    def load_mapping(self, name: str) -> str | None:
        """The mapping of that name, or None."""

    def mapping_names(self) -> list[str]:
        """Names of all mappings kept."""


class Column(BaseModel):
    """One column of a wide table: which series it holds and in which unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    point: Text
    metric: Text
    unit: Text | None = None


class LineField(BaseModel):
    """One field of line protocol: which metric it holds and in which unit, in lines that have these tags."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: Text
    unit: Text | None = None
    tags: dict[str, str] = {}
    """Telegraf's ipmi_sensor has watts, volts and rpm in one field: `tags = { unit = "watts" }`."""


class Mapping(BaseModel):
    """How one kind of file is understood; every key is optional for a long CSV `time,point|meter,metric,value,unit`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["csv", "parquet", "lines"] = "csv"
    site: Text | None = None
    """Completes point names that hold no `/`."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", "'", " ", "_"] = ""
    encoding: Literal["utf-8", "gbk"] = "utf-8"
    skip_lines: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Lines above the header."""
    names: tuple[Text, ...] | None = None
    """Column names of a file that has no header line."""

    time_column: Text | tuple[Text, ...] = "time"
    time_format: Text = "iso"
    time_zone: Text | None = None
    fold: Literal["order", "refuse"] = "order"
    """Local hours that exist twice: first pass then second by the order of the rows, or set aside."""
    stamp: Literal["end", "start"] = "end"
    """Which end of its interval an `energy` row is stamped with; ours is the end."""

    point_column: Text | None = None
    metric_column: Text | None = None
    value_column: Text = "value"
    unit_column: Text | None = None
    quality_column: Text | None = None
    """Where a file says measured, estimated or rejected; a column `quality` is found without it."""
    point: Text | None = None
    metric: Text | None = None
    unit: Text | None = None

    points: dict[str, str] = {}
    metrics: dict[str, str] = {}
    units: dict[str, str] = {}
    """Unit by metric (our name of it) where no column says it."""
    columns: dict[str, Column] = {}

    precision: Literal["s", "ms", "us", "ns"] = "ns"
    point_tags: Text | None = None
    """Line protocol: how tags name the point, such as `{host}` or `{room}-{rack}`, or `{measurement}`."""
    fields: dict[str, LineField] = {}
    """Line protocol: `field` or `measurement.field` = metric and unit; fields not named here are left alone."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                msg = f'time zone "{name}" is unknown: write an IANA name such as "Europe/Berlin" or "UTC"'
                raise ValueError(msg) from None
        return name

    @field_validator("time_format")
    @classmethod
    def _readable_format(cls, text: str) -> str:
        if text == "iso" or text in EPOCHS_PER_S:
            return text
        known = f'write iso, {", ".join(EPOCHS_PER_S)} or a format such as "%d.%m.%Y %H:%M"'
        if "%Z" in text:  # names such as CET are many zones' and Python forgets them
            msg = f'time_format "{text}" reads a zone by its short name: use %z for offsets, or time_zone'
            raise ValueError(msg)
        try:
            read = datetime.strptime(PROBE.strftime(text), text)  # noqa: DTZ007 - a probe of the format alone
        except ValueError:
            read = None
        if read is None or read.date() != PROBE.date():
            msg = f'time_format "{text}" does not name a day: {known}'
            raise ValueError(msg)
        return text

    @model_validator(mode="after")
    def _one_way_to_say_each(self) -> Self:
        for name in ("point", "metric"):
            if getattr(self, name) and getattr(self, f"{name}_column"):
                msg = f"{name} and {name}_column are both given: keep the one that holds"
                raise ValueError(msg)
        if self.decimal == self.thousands:
            msg = f'decimal and thousands are both "{self.decimal}": name two different signs'
            raise ValueError(msg)
        if self.decimal == self.delimiter and self.format == "csv":
            msg = f'decimal and delimiter are both "{self.decimal}": name the delimiter, such as delimiter = ";"'
            raise ValueError(msg)
        if self.columns and (self.point_column or self.metric_column or self.point or self.metric):
            msg = (
                "columns describes a wide table, where point and metric stand per column: remove point and metric keys"
            )
            raise ValueError(msg)
        if self.format == "lines" and not (self.fields and self.point_tags):
            msg = 'format = "lines" needs point_tags (such as "{host}") and [fields] with metric and unit of each field'
            raise ValueError(msg)
        return self

    @property
    def time_columns(self) -> tuple[str, ...]:
        """Columns that make up the time, in order."""
        return (self.time_column,) if isinstance(self.time_column, str) else self.time_column

    def fingerprint(self) -> str:
        """SHA-256 over what this mapping says, so that a file understood differently is another import."""
        said = json.dumps(
            [LAYOUT, self.model_dump(mode="json", exclude_defaults=True)], sort_keys=True, ensure_ascii=False
        )
        return hashlib.sha256(said.encode()).hexdigest()

    def changed(self, **keys: object) -> Mapping:
        """This mapping with some keys replaced (None: left as they are), checked anew.

        Raises:
            InputError: the keys do not go together.
        """
        given = {key: value for key, value in keys.items() if value is not None}
        return mapping_of(self.model_dump(exclude_unset=True) | given, where="mapping")


def mapping_of(table: dict[str, Any], *, where: str) -> Mapping:
    """Build a mapping from a TOML or JSON table.

    Raises:
        InputError: one sentence per mistake, each naming `where` and the key.
    """
    try:
        return Mapping.model_validate(table)
    except ValidationError as error:
        raise InputError("\n".join(_sentence(where, mistake) for mistake in error.errors())) from None


def _sentence(where: str, mistake: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    key = ".".join(str(part) for part in mistake["loc"])
    if mistake["type"] == "extra_forbidden":
        return f"{where}: key {key} is unknown: remove or correct it (see the list in the manual of `wattlas import`)."
    said = str(mistake["msg"]).removeprefix("Value error, ")
    return f"{where}: {key + ': ' if key else ''}{said}."


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML file.

    Raises:
        InputError: the file cannot be read, is no TOML, or says something wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: this mapping cannot be read ({error}): name a TOML file in UTF-8."
        raise InputError(msg) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: this is no TOML ({error}): correct that place."
        raise InputError(msg) from None
    except RecursionError:
        table = None
    if table is None or too_deep(table):
        msg = f"{path}: tables stand in each other more than {DEEPEST} deep: write it flatter."
        raise InputError(msg)
    return mapping_of(table, where=str(path))


def save_mapping(name: str, mapping: Mapping, shelf: MappingShelf) -> None:
    """Keep `mapping` under `name` for later imports, replacing one of that name."""
    shelf.save_mapping(name, mapping.model_dump_json(exclude_defaults=True))


def load_mapping(name: str, shelf: MappingShelf) -> Mapping:
    """The mapping saved under `name`.

    Raises:
        InputError: none of that name; the sentence lists those that exist.
    """
    text = shelf.load_mapping(name)
    if text is None:
        known = ", ".join(sorted(shelf.mapping_names())) or "none yet"
        msg = f'mapping "{name}" was never saved: choose one of those saved ({known}) or give a TOML file.'
        raise InputError(msg)
    return mapping_of(json.loads(text), where=f'mapping "{name}"')
