"""`inventory.csv`: one row per point, with columns named like the keys of `[[points]]`.

    id,site,role,parents,max_w,source.host          a point; parents, feeds and tags are separated by ";"
    template                                        the template that fills empty cells; else the one whose pattern fits
    from                                            a change: what the filled cells say from that instant on
    source.kind, source.host, source.password.env   the point's source, by path

An empty cell says nothing; "-" clears what a template or an earlier row said. UTF-8, comma separated.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from config.errors import ConfigError
from config.points import Point
from config.reading.wording import remedy

if TYPE_CHECKING:
    from pathlib import Path

    from config.reading.fields import Raw

NUMBERS = frozenset(
    {
        "min_w",
        "max_w",
        "ct_ratio",
        "accuracy_pct",
        "register_step_kwh",
        "max_silence_s",
        "source.interval_s",
        "source.deadline_s",
    }
)
LISTS = frozenset({"parents", "feeds", "tags", "source.metrics"})
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
COLUMNS = (*(key for key in Point.model_fields if key not in {"changes", "meters"}), "template", "from")
CLEARED = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an inventory file: its number, and its filled cells by column."""

    line: int
    cells: dict[str, str]

    @property
    def id(self) -> str:
        """The id as written: with or without its site."""
        return self.cells.get("id", "")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is set aside: its line, why, and its cells."""

    line: int
    reason: str
    cells: dict[str, str]


def read_rows(path: Path) -> tuple[list[Row], list[Refused]]:
    """Read an inventory file; lines that cannot be a row are refused one by one.

    Raises:
        ConfigError: the file cannot be read at all, or its header names unknown columns; one sentence a line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        msg = f"{path}: there is no such file; correct file in [inventory], or write the file."
        raise ConfigError(msg) from None
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}); check its rights."
        raise ConfigError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8 (CSV UTF-8 in a spreadsheet)."
        raise ConfigError(msg) from None
    return _rows(text, path.name)


def _rows(text: str, file: str) -> tuple[list[Row], list[Refused]]:
    reader = csv.reader(StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    _check_header(header, file)
    rows: list[Row] = []
    refused: list[Refused] = []
    for values in reader:
        cells = {name: value.strip() for name, value in zip(header, values, strict=False) if value.strip()}
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            reason = f"has {len(values)} cells but the header has {len(header)}: add or remove commas"
            refused.append(Refused(reader.line_num, reason, cells))
        elif "id" not in cells:
            refused.append(Refused(reader.line_num, "has no id: fill the id cell", cells))
        else:
            rows.append(Row(reader.line_num, cells))
    return rows, refused


def _check_header(header: list[str], file: str) -> None:
    sentences = []
    if "id" not in header:
        hint = "separate the columns by commas" if len(header) == 1 and ";" in header[0] else "add it to the first line"
        sentences.append(f"{file} line 1: column id is missing; {hint}.")
    else:
        unknown = [name for name in header if name not in COLUMNS and not name.startswith("source.")]
        sentences += [f'{file} line 1: column "{name}" is not known; {_known(name)}' for name in unknown]
        twice = sorted({name for name in header if header.count(name) > 1})
        sentences += [f'{file} line 1: column "{name}" stands twice; remove one.' for name in twice]
    if sentences:
        raise ConfigError("\n".join(sentences))


def _known(name: str) -> str:
    hint = remedy(name, COLUMNS)
    return hint if hint.endswith("?") else f"{hint} or source.KEY."


def raw_cells(row: Row) -> Raw:
    """Return a row's cells as raw TOML values: numbers, flags, lists, and `source` as a table.

    Raises:
        ValueError: a cell cannot be read; the text is a sentence without full stop.
    """
    raw: Raw = {}
    for column, text in row.cells.items():
        if column in {"template", "from"}:
            continue
        *path, key = column.split(".")
        table = raw
        for part in path:
            table = table.setdefault(part, {})
        table[key] = _value(column, text)
    return raw


def _value(column: str, text: str) -> object:
    if text == CLEARED:
        return [] if column in LISTS else {} if column == "interval_s" else None
    if column in LISTS:
        return [part.strip() for part in text.split(";") if part.strip()]
    if column in NUMBERS:
        return _number(column, text)
    if column == "interval_s":
        return dict(_interval(part) for part in text.split(";") if part.strip())
    if column == "zero_ok":
        if text.lower() not in FLAGS:
            msg = f'{column} must be true or false, not "{text}"'
            raise ValueError(msg)
        return FLAGS[text.lower()]
    return text


def _number(column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        msg = f'{column} must be a number without unit, with a point as decimal mark, not "{text}"'
        raise ValueError(msg) from None


def _interval(part: str) -> tuple[str, float]:
    metric, equals, seconds = part.partition("=")
    if not equals:
        msg = f'interval_s must be like power=10;energy_counter=60, not "{part.strip()}"'
        raise ValueError(msg)
    return metric.strip(), _number("interval_s", seconds)


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write an inventory file with the columns that are filled, the known ones first; replaced in one step."""
    used = {column for row in rows for column in row.cells}
    columns = [column for column in COLUMNS if column in used or column == "id"]
    columns += sorted(used - set(columns))
    write_table(path, columns, [[row.cells.get(column, "") for column in columns] for row in rows])


def write_table(path: Path, columns: list[str], lines: list[list[str]]) -> None:
    """Write a CSV file beside its place and move it there, so that a reader never sees half of it."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text.getvalue(), encoding="utf-8")
    beside.replace(path)
