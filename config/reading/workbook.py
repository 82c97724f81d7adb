"""Rows of an XLSX sheet as texts, read by openpyxl: values alone, no formula is computed and no macro runs."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from config.errors import InputError
from config.reading.wording import remedy

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

LARGEST_BYTES = 50_000_000  # of one part, unpacked: a workbook that unpacks to more is a trap
MOST_ROWS = 200_000
UNREADABLE = "this is no XLSX workbook that can be read ({}); save it as XLSX or CSV again."


def sheet_rows(path: Path, sheet: str | None = None) -> list[list[str]]:
    """Return the rows of a sheet (the first without a name) as texts; empty cells are empty texts, dates ISO 8601.

    Raises:
        InputError: the file is no workbook, is too large, has no such sheet, or holds a formula without its value.
    """
    _refuse_traps(path)
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        values = load_workbook(path, read_only=True, data_only=True)
        formulas = load_workbook(path, read_only=True)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
    ) as error:
        msg = f"{path.name}: {UNREADABLE.format(error)}"
        raise InputError(msg) from None
    try:
        name = _named(values, sheet, path)
        return _texts(values, formulas, name, path)
    finally:
        values.close()
        formulas.close()


def _texts(values: Workbook, formulas: Workbook, name: str, path: Path) -> list[list[str]]:
    rows = []
    pairs = zip(values[name].iter_rows(values_only=True), formulas[name].iter_rows(values_only=True), strict=False)
    for number, (row, written) in enumerate(pairs, start=1):
        if number > MOST_ROWS:
            msg = f"{path.name}: the sheet has more than {MOST_ROWS:,} rows; split it."
            raise InputError(msg)
        for value, formula in zip(row, written, strict=False):
            if value is None and isinstance(formula, str) and formula.startswith("="):
                msg = (
                    f"{path.name} row {number}: a formula has no value; open and save the workbook, or write the value."
                )
                raise InputError(msg)
        rows.append([_text(value) for value in row])
    return rows


def _named(book: Workbook, sheet: str | None, path: Path) -> str:
    names = [str(name) for name in book.sheetnames]
    wanted = names[0] if sheet is None and names else str(sheet)
    if wanted not in names:
        msg = f'{path.name}: there is no sheet "{wanted}"; {remedy(wanted, names)}'
        raise InputError(msg)
    return wanted


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def _refuse_traps(path: Path) -> None:
    """Refuse what is no archive, and parts that unpack to more than a table can hold.

    Raises:
        InputError: as said.
    """
    try:
        with zipfile.ZipFile(path) as book:
            largest = max((part.file_size for part in book.infolist()), default=0)
    except (zipfile.BadZipFile, OSError) as error:
        msg = f"{path.name}: {UNREADABLE.format(error)}"
        raise InputError(msg) from None
    if largest > LARGEST_BYTES:
        msg = f"{path.name}: a part of it unpacks to more than {LARGEST_BYTES // 1_000_000} MB; save the table alone."
        raise InputError(msg)
