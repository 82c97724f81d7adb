"""A mapping for the plain shapes, guessed from a file's own words; what was guessed is said, sentence by sentence.

Units and time zones are never guessed: a file that does not say them is refused with the remedy.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.importing.blocks import open_text, refuse_lone_returns
from collectors.importing.mapping import CODECS, Mapping, mapping_of
from collectors.importing.parquet_rows import open_parquet, parquet_header
from config.catalogue import metrics
from config.errors import InputError
from config.reading.wording import listed

if TYPE_CHECKING:
    from pathlib import Path

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SNIFFED_LINES = 50
LINE_BYTES = 1 << 20
WORDS = {
    "time_column": ("time", "timestamp", "datetime", "date_time", "zeit", "zeitstempel", "datum", "时间", "日期"),
    "point_column": ("point", "meter", "meter_id", "device", "zaehler", "zähler", "测点", "电表"),
    "metric_column": ("metric", "measurement", "指标"),
    "value_column": ("value", "wert", "messwert", "reading", "数值", "值"),
    "unit_column": ("unit", "einheit", "单位"),
}
SERIES = re.compile(r"(?P<point>\S+?)[ .:](?P<metric>[a-z_]+)(?: *[\[(](?P<unit>[^\])]+)[\])])?")
DOTTED = re.compile(r"\d\d?\.\d\d?\.\d{4}( \d\d?:\d\d(:\d\d)?)?")
EPOCH_DIGITS = {10: "epoch_s", 13: "epoch_ms", 16: "epoch_us", 19: "epoch_ns"}
EPOCH_SAID = {"epoch_s": "seconds", "epoch_ms": "milliseconds", "epoch_us": "microseconds", "epoch_ns": "nanoseconds"}
LINE_NAMES = (".lp", ".line", ".influx")


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping, and in words what of it was guessed."""

    mapping: Mapping
    said: tuple[str, ...]


def guess_mapping(path: Path, given: dict[str, Any] | None = None) -> Guess:
    """Guess how a file is to be understood; keys in `given` (what the user said) are kept as they are.

    Raises:
        InputError: the file has no plain shape; the sentence says what to write.
    """
    keys = dict(given or {})
    said: list[str] = []
    keys.setdefault("format", _format(path))
    if keys["format"] == "lines":
        if "fields" not in keys:
            msg = f"{path.name}: line protocol does not say what it measures: give a mapping with its [fields]."
            raise InputError(msg)
        return Guess(mapping_of(keys, where=path.name), ())
    if not path.is_file():
        msg = f"{path}: there is no such file: correct its path."
        raise InputError(msg)
    is_parquet = keys["format"] == "parquet"
    names, first = (parquet_header(path), _parquet_cells(path)) if is_parquet else _csv_cells(path, keys, said)
    header = [name.strip() for name in names]
    _columns(path, header, keys, said)
    _time_format(header, first, keys, said)
    return Guess(mapping_of(keys, where=path.name), tuple(said))


def _format(path: Path) -> str:
    if path.suffix.lower() in {".parquet", ".pq"}:
        return "parquet"
    return "lines" if path.suffix.lower() in LINE_NAMES else "csv"


def _parquet_cells(path: Path) -> list[str]:
    with open_parquet(path) as file:
        row = next(file.iter_batches(batch_size=1), None)
        cells = row.to_pylist()[0].values() if row is not None and row.num_rows else ()
    return [str(cell) if isinstance(cell, str | int) else "" for cell in cells]


def _csv_cells(path: Path, keys: dict[str, Any], said: list[str]) -> tuple[list[str], list[str]]:
    """Header and first row of a CSV file; guesses its delimiter and decimal sign."""
    with open_text(path) as file:
        for _ in range(int(keys.get("skip_lines", 0))):
            file.readline(LINE_BYTES)
        raw = [line for _ in range(SNIFFED_LINES) if (line := file.readline(LINE_BYTES)).strip()]
    if not raw:
        msg = f"{path.name}: there is no header and no reading in it: the file is empty."
        raise InputError(msg)
    refuse_lone_returns(raw[0], path)
    encoding = keys.get("encoding", "utf-8")
    try:
        lines = [line.decode(CODECS.get(encoding, "utf-8")).rstrip("\r\n") for line in raw]
    except UnicodeDecodeError:
        other = "gbk" if encoding == "utf-8" else "utf-8"
        msg = f"{path.name}: its first lines are not {encoding}: say its encoding (--encoding {other})."
        raise InputError(msg) from None
    if "delimiter" not in keys:
        counts = {sign: lines[0].count(sign) for sign in DELIMITERS}
        best = max(counts, key=lambda sign: counts[sign])
        if counts[best] and best != ",":
            keys["delimiter"] = best
            said.append(f"columns are separated by {DELIMITERS[best]}")
    rows = [row for line in lines for row in _cells(line, keys.get("delimiter", ","))]
    header = list(keys.get("names") or rows.pop(0))
    _decimal(header, rows, keys, said)
    return header, rows[0] if rows else []


def _cells(line: str, delimiter: str) -> list[list[str]]:
    """The cells of one line; none where it cannot be read, for the import tells of that by its number."""
    try:
        return list(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []


def _decimal(header: list[str], rows: list[list[str]], keys: dict[str, Any], said: list[str]) -> None:
    """A comma in numbers that a semicolon or tab separates is a decimal sign, unless it could group thousands."""
    if "decimal" in keys or "thousands" in keys or keys.get("delimiter", ",") == ",":
        return
    cells = [cell.strip() for row in rows for cell in row[: len(header)]]
    commas = [cell for cell in cells if re.fullmatch(r"[-+]?\d+,\d+", cell)]
    if commas and not any(re.fullmatch(r"[-+]?\d*\.\d+", cell) for cell in cells):
        clear = [cell for cell in commas if not re.fullmatch(r"[-+]?\d{1,3},\d{3}", cell)]
        if clear:
            keys["decimal"] = ","
            said.append(f'the comma is the decimal sign (as in "{clear[0]}")')


def _columns(path: Path, header: list[str], keys: dict[str, Any], said: list[str]) -> None:
    """Which columns hold what: our own words first, then known other ones, then a series per column."""
    lower = [name.lower() for name in header]
    for key, words in WORDS.items():
        fixed = key.removesuffix("_column")
        if key in keys or fixed in keys:
            continue
        found = next((header[lower.index(word)] for word in words if word in lower), None)
        if found is None or found in {"time", "point", "meter", "metric", "value", "unit"}:
            continue
        keys[key] = found
        said.append(f'column "{found}" is the {fixed}')
    if "columns" not in keys and keys.get("value_column", "value") not in header:
        _wide(path, header, keys, said)


def _wide(path: Path, header: list[str], keys: dict[str, Any], said: list[str]) -> None:
    """Columns named `point metric [unit]` are a wide table."""
    time = keys.get("time_column", "time")
    columns = {}
    for name in header:
        found = SERIES.fullmatch(name)
        if name != time and found is not None and found["metric"] in metrics():
            columns[name] = {key: text for key, text in found.groupdict().items() if text}
    if not columns or any(key in keys for key in ("point", "metric", "point_column", "metric_column")):
        msg = (
            f"{path.name}: its columns ({listed(header, limit=8)}) are neither time, point, metric, value, unit nor "
            'named "point metric [unit]": '
            + ("is the delimiter right?" if len(header) == 1 else "say in a mapping what they hold.")
        )
        raise InputError(msg)
    keys["columns"] = columns
    said.append(f"{len(columns)} columns hold one series each ({listed(columns, limit=3)})")
    left = [name for name in header if name not in columns and name != time]
    if left:
        said.append(f"columns left alone: {listed(left)}")


def _time_format(header: list[str], first: list[str], keys: dict[str, Any], said: list[str]) -> None:
    """Counts since 1970 by their number of digits, and dd.mm.yyyy; slashes could mean two things: not guessed."""
    name = keys.get("time_column", "time")
    if "time_format" in keys or not isinstance(name, str) or name not in header or header.index(name) >= len(first):
        return
    cell = first[header.index(name)].strip()
    if cell.isdigit() and len(cell) in EPOCH_DIGITS:
        keys["time_format"] = EPOCH_DIGITS[len(cell)]
        said.append(f"times are {EPOCH_SAID[keys['time_format']]} since 1970 (UTC)")
        return
    dotted = DOTTED.fullmatch(cell)
    if dotted:
        keys["time_format"] = "%d.%m.%Y" + (" %H:%M" if dotted[1] else "") + (":%S" if dotted[2] else "")
        said.append(f'times are day.month.year (as in "{cell}")')
