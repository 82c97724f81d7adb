"""Rows of an XLSX sheet as texts: enough to take a published table of factors in, without a library of its own.

Source: ECMA-376 part 1, SpreadsheetML: cells of `xl/worksheets/sheet*.xml`, shared strings of `xl/sharedStrings.xml`.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from config.errors import InputError
from config.wording import remedy

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
LARGEST_BYTES = 50_000_000  # of one part, unpacked
LETTERS = 26


def sheet_rows(path: Path, sheet: str | None = None) -> list[list[str]]:
    """Return the rows of a sheet (the first without a name) as texts; empty cells are empty texts.

    Raises:
        InputError: the file is no workbook, is too large, or has no such sheet.
    """
    try:
        with zipfile.ZipFile(path) as book:
            part = _part_of(book, path, sheet)
            shared = _shared(book)
            return [_cells(row, shared) for row in _parsed(book, part).iter(f"{MAIN}row")]
    except (zipfile.BadZipFile, KeyError, ET.ParseError, OSError) as error:
        msg = f"{path.name}: this is no XLSX workbook that can be read ({error}); save it as XLSX or CSV again."
        raise InputError(msg) from None


def _parsed(book: zipfile.ZipFile, part: str) -> ET.Element:
    if book.getinfo(part).file_size > LARGEST_BYTES:
        msg = f"{part} is larger than {LARGEST_BYTES:,} bytes: save the table alone as CSV."
        raise InputError(msg)
    return ET.fromstring(book.read(part))  # noqa: S314 - expat bounds the growth of entities


def _part_of(book: zipfile.ZipFile, path: Path, sheet: str | None) -> str:
    sheets = {
        one.get("name", ""): one.get(RELATION, "") for one in _parsed(book, "xl/workbook.xml").iter(f"{MAIN}sheet")
    }
    name = next(iter(sheets)) if sheet is None else sheet
    if name not in sheets:
        msg = f'{path.name}: there is no sheet "{name}"; {remedy(name, sheets)}'
        raise InputError(msg)
    targets = {one.get("Id"): one.get("Target", "") for one in _parsed(book, "xl/_rels/workbook.xml.rels")}
    target = targets[sheets[name]].lstrip("/")
    return target if target.startswith("xl/") else f"xl/{target}"


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    items = _parsed(book, "xl/sharedStrings.xml").iter(f"{MAIN}si")
    return ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in items]


def _cells(row: ET.Element, shared: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{MAIN}c"):
        column = _column(cell.get("r", ""))
        found += [""] * (column - len(found))
        found.append(_text(cell, shared))
    return found


def _column(place: str) -> int:
    """Return the number of a cell's column, from 0: `C7` is 2."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return max(number - 1, 0)


def _text(cell: ET.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t")).strip()
    value = cell.findtext(f"{MAIN}v") or ""
    if cell.get("t") == "s" and value:
        return shared[int(value)].strip()
    return value.strip()
