"""Rows on a terminal: a JSON list for programs, aligned columns for people. Nothing else goes to stdout."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any

from config.errors import InputError
from config.reading.wording import EXACT
from ui.format import MISSING, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # full-width ones too
_MAX_WIDTH = 72


def show(
    rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str], empty: str, as_csv: bool = False
) -> None:
    """Print `rows`: all keys as JSON or CSV, or `columns` as text; `empty` is what people read where there is none.

    Raises:
        InputError: both forms for programs are asked for.
    """
    if as_json and as_csv:
        message = "--json and --csv are two forms of the same rows: give one of them."
        raise InputError(message)
    if as_json or as_csv:
        (print_json if as_json else print_csv)(rows)
        return
    lines = [[_cell(row.get(column)) for column in columns] for row in rows]
    sys.stdout.writelines(_aligned([list(columns), *lines]) if lines else [f"{empty}\n"])


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as a JSON list, one object a line; a year of rows never stands in memory as text."""
    separator = "["
    for row in rows:
        sys.stdout.write(f"{separator}\n  {json.dumps(row, ensure_ascii=False, allow_nan=False)}")
        separator = ","
    sys.stdout.write("\n]\n" if separator == "," else "[]\n")


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV, all keys of the first row as its header; what is no text or number is JSON.

    A text that a spreadsheet would take for a formula is led by an apostrophe (OWASP, CSV injection).
    """
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: csv_cell(value) for key, value in row.items()})


def csv_cell(value: object) -> object:
    """Return a value as a cell of CSV: nested ones as JSON, and no text that a spreadsheet takes for a formula."""
    if isinstance(value, (dict, list, tuple)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _cell(value: object) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, float):
        value = round(value, EXACT)
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) >= 1 else _below_one(value)
    text = " ".join(str(value).split())
    return text if len(text) <= _MAX_WIDTH else f"{text[: _MAX_WIDTH - 1]}…"


def _below_one(value: float) -> str:
    """Four digits, or as many as keep a share from reading 1."""
    digits = next(digits for digits in range(4, EXACT + 1) if abs(float(f"{value:.{digits}g}")) < 1)
    return f"{value:.{digits}g}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell + " " * (widest - width(cell)) for cell, widest in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip() + "\n"
