"""Which of our figures a reporting framework asks for, under which code and in which unit: an index, not a filing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("frameworks.csv")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a framework's table: its code and names, what it is made of, its unit.

    `figures` are names of figures joined by `*`, `+` and `-`; `over` is the same of what the line is a share of.
    """

    framework: str
    code: str
    name_en: str
    name_zh: str
    figures: str
    over: str
    unit: str
    basis: str
    absent: str = ""  # why the line can have no value
    scope: str = ""  # "2" where it has bought electricity as scope 2


@cache
def framework_lines() -> tuple[Line, ...]:
    """Return the lines of all frameworks in their order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Line(**row) for row in csv.DictReader(file))
