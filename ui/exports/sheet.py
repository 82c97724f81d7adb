"""One printed table: what PDF and workbook lay out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]
TO: Final = " \u2013 "


def sheet(
    title: str, head: list[str], rows: list[list[str]], *, numbers: Sequence[int], widths: Sequence[float] = ()
) -> Row:
    """Return a table with its heads.

    Args:
        title: its heading.
        head: names of its columns.
        rows: cells.
        numbers: columns, from 0, that stand at the right.
        widths: shares of the page's width; 0 is as wide as its words. None given: every column is.
    """
    return {
        "title": title,
        "head": head,
        "rows": rows,
        "numbers": list(numbers),
        "widths": list(widths or [0] * len(head)),
    }


def heads(lang: str, *keys: str) -> list[str]:
    """Return names of columns in a language."""
    return [t(f"report.{key}", lang) for key in keys]
