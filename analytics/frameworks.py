"""Figures as a reporting framework prints them: in its unit, under its code, or N/A with the reason."""

from __future__ import annotations

import re
from math import fsum, prod
from typing import TYPE_CHECKING, Any, Final

from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.reports.frameworks import Line

    Figures = Mapping[str, Mapping[str, Any]]

DUST: Final = 1e-9  # of the largest term: what is left of equal ones
SCOPE_2: Final = "2"
RATIO: Final = "1"  # the unit of figures that have none
NAME: Final = re.compile(r"[a-z]\w*")
TERM: Final = re.compile(r"([+-]?)([^+-]+)")
WORDS: Final = {"*": " x ", "+": " + ", "-": " - "}


def framework_rows(lines: Iterable[Line], figures: Figures, *, hosted: str | None) -> list[dict[str, Any]]:
    """Return one row a line: its value in the framework's unit, None with the reason where a figure has none.

    Args:
        lines: of one or more frameworks.
        figures: rows of figures by name, with value, unit and reason.
        hosted: why not all electricity of the site is of scope 2; None where it is.

    A line is a sum of products of figures: bought electricity times the matched share is what was bought green. Where
    it has an `over` it is a share of that.
    """
    return [_row(line, figures, hosted if line.scope == SCOPE_2 else None) for line in lines]


def names_in(text: str) -> list[str]:
    """Return the figures that a line is made of.

    >>> names_in("bought_energy_kwh x ref - pue")
    ['bought_energy_kwh', 'ref', 'pue']
    """
    return [name for name in NAME.findall(text) if name != "x"]


def _row(line: Line, figures: Figures, refused: str | None) -> dict[str, Any]:
    row = {
        "framework": line.framework,
        "code": line.code,
        "name_en": line.name_en,
        "name_zh": line.name_zh,
        "unit": line.unit,
        "figures": _words(line.figures) + (f" / ({_words(line.over)})" if line.over else ""),
        "basis": line.basis,
    }
    absent = line.absent or refused
    value, reason = (None, absent) if absent else _value(line, figures)
    return row | {"value": value, "reason": reason}


def _words(text: str) -> str:
    return "".join(WORDS.get(sign, sign) for sign in text)


def _value(line: Line, figures: Figures) -> tuple[float | None, str | None]:
    used = [figures[name] for name in dict.fromkeys(names_in(f"{line.figures} {line.over}"))]
    absent = next((one for one in used if one["value"] is None), None)
    if absent is not None:
        return None, absent["reason"]
    value = _sum(line.figures, figures)
    if not line.over:
        unit = next((one["unit"] for one in used if one["unit"] != RATIO), "ratio")
        return convert(value, unit, line.unit), None
    whole = _sum(line.over, figures)
    if whole <= 0:
        return None, "no energy was used in this period"
    return convert(value / whole, "ratio", line.unit), None


def _sum(text: str, figures: Figures) -> float:
    found = [(sign, prod(figures[name]["value"] for name in of.split("*"))) for sign, of in TERM.findall(text)]
    terms = [-value if sign == "-" else value for sign, value in found]
    total = fsum(terms)
    return total if abs(total) > DUST * max(map(abs, terms)) else 0.0
