"""The template of records as a workbook: the table to fill in, and a sheet that explains each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.records.kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXPLAINED = ("kind", "what it is", "unit (or one like it)", "from / to", "subject")
SPANS = {"period": "first and last day", "date": "one day in from, to left empty"}


def write_workbook(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write the rows as texts on the first sheet, and the kinds on the second; no cell is ever a formula."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        table = book.add_worksheet("records")
        table.set_column(0, len(rows[0]) - 1, 16, text)
        table.freeze_panes(1, 0)
        for at, row in enumerate(rows):
            table.write_row(at, 0, row, bold if at == 0 else None)
        explained = book.add_worksheet("kinds")
        explained.set_column(0, len(EXPLAINED) - 1, 34)
        explained.write_row(0, 0, EXPLAINED, bold)
        for at, one in enumerate(kinds().values(), start=1):
            explained.write_row(at, 0, (one.name, one.title, one.unit or "text", SPANS[one.span], one.subject))
