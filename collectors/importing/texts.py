"""Columns of text to numbers: a fast path for whole columns, halves where it fails, one by one at the end.

So one bad cell in 200,000 costs a few milliseconds and still gets a reason of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.importing.mapping import Mapping

SLOW_BELOW = 64  # columns this short are read cell by cell once they hold a mistake
NO_VALUE = ("nan", "null", "none", "na", "n/a", "#n/a")  # how exports write a number that is none
SHOWN_CHARACTERS = 60  # of a cell, in a sentence
TEXT_SHOWN_MAX = 10_000  # characters of a line that is set aside

Bad = dict[int, str]  # row -> why it is set aside


def shown(text: str) -> str:
    """`text` as it may stand in a sentence: quoted and not endless."""
    return f'"{text}"' if len(text) <= SHOWN_CHARACTERS else f'"{text[:SHOWN_CHARACTERS]}..."'


def by_halves(
    texts: pa.Array,
    *,
    fast: Callable[[pa.Array], np.ndarray[Any, Any]],
    slow: Callable[[str], Any],
    empty: np.ndarray[Any, Any],
) -> tuple[np.ndarray[Any, Any], Bad]:
    """Convert a column: `fast` for a stretch of it, `slow` for one cell; both raise ValueError, `slow` with the reason.

    Returns the converted column (last axis = rows; bad cells hold `empty`) and the bad cells.
    """
    try:
        return fast(texts), {}
    except ValueError:  # pa.ArrowInvalid is one
        pass
    if not len(texts):
        return np.empty((*empty.shape, 0), empty.dtype), {}
    if len(texts) > SLOW_BELOW:
        middle = len(texts) // 2
        left, bad = by_halves(texts[:middle], fast=fast, slow=slow, empty=empty)
        right, more = by_halves(texts[middle:], fast=fast, slow=slow, empty=empty)
        return np.concatenate([left, right], axis=-1), bad | {middle + row: why for row, why in more.items()}
    bad = {}
    cells = []
    for row, text in enumerate(texts.to_pylist()):
        try:
            cells.append(np.asarray(slow(text), dtype=empty.dtype))
        except ValueError as error:
            cells.append(empty)
            bad[row] = str(error)
    return np.stack(cells, axis=-1), bad


class NumberText:
    """Reads numbers written with one decimal and one thousands sign."""

    def __init__(self, decimal: str, thousands: str) -> None:
        """Groups must hold three digits, so that 1,5 is never read as 15."""
        self.decimal, self.thousands = decimal, thousands
        grouped = rf"|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else ""
        point = re.escape(decimal)
        digits = rf"(?:(?:\d+{grouped})(?:{point}\d*)?|{point}\d+)"
        self.pattern = rf"^[-+]?(?:{digits}(?:[eE][-+]?\d+)?|(?i:inf|infinity))$"
        self._compiled = re.compile(self.pattern, re.ASCII)

    def column(self, texts: pa.Array) -> np.ndarray[Any, Any]:
        """A column in which every cell is a number."""
        if self.decimal != "." or self.thousands:
            if not pc.all(pc.match_substring_regex(texts, self.pattern)).as_py():
                raise ValueError
            texts = pc.replace_substring(pc.replace_substring(texts, self.thousands or " ", ""), self.decimal, ".")
        return np.asarray(pc.cast(texts, pa.float64()))

    def cell(self, text: str) -> float:
        """One cell: empty and its spellings are NaN."""
        if not text or text.lower() in NO_VALUE:
            return float("nan")
        if self._compiled.match(text) is None:
            thousands = f" and thousands sign {self.thousands!r}" if self.thousands else ""
            msg = f"value {shown(text)} is no number with decimal sign {self.decimal!r}{thousands}"
            raise ValueError(msg)
        plain = text.replace(self.thousands, "") if self.thousands else text
        return float(plain.replace(self.decimal, "."))


def numbers(column: pa.Array, mapping: Mapping) -> tuple[np.ndarray[Any, Any], Bad]:
    """A column of values as float64: an empty cell and its spellings are NaN, anything else unreadable is bad."""
    if not pa.types.is_string(column.type):  # Parquet gives numbers; null is NaN
        return np.asarray(pc.fill_null(pc.cast(column, pa.float64(), safe=False), float("nan"))), {}
    reading = NumberText(mapping.decimal, mapping.thousands)
    texts = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    return by_halves(texts, fast=reading.column, slow=reading.cell, empty=np.array(np.nan))
