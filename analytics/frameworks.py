"""Figures as a reporting framework prints them: in its unit, under its code, or N/A with the reason."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final

from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.frameworks import Line

RATIO: Final = "1"  # the unit of figures that have none


def framework_rows(lines: Iterable[Line], figures: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a line: its value in the framework's unit, None with the reason where a figure has none.

    Args:
        lines: of one or more frameworks.
        figures: rows of figures by name, with value, unit and reason.

    A line of several figures is their product: bought electricity times the matched share is what was bought green.
    """
    return [_row(line, figures) for line in lines]


def _row(line: Line, figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    used = [figures[name] for name in line.figures]
    row = {
        "framework": line.framework,
        "code": line.code,
        "name_en": line.name_en,
        "name_zh": line.name_zh,
        "unit": line.unit,
        "figures": " x ".join(line.figures),
        "basis": line.basis,
    }
    if line.absent:
        return row | {"value": None, "reason": line.absent}
    absent = next((one for one in used if one["value"] is None), None)
    if absent is not None:
        return row | {"value": None, "reason": absent["reason"]}
    value = prod(one["value"] for one in used)
    unit = next((one["unit"] for one in used if one["unit"] != RATIO), "ratio")
    return row | {"value": convert(value, unit, line.unit), "reason": None}
