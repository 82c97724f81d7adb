"""What two reports of a period are compared by: figures, their values of the year before, and the EU's sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ui.reports.content import all_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
BEFORE: Final = "@year_before"
EU: Final = "EU "
ABSENT: Final = "N/A"


def printed(content: Row) -> list[Row]:
    """Return all of it as subject, name, unit and value; None where there is none."""
    rows = all_figures(content)
    former = [{**row, "name": f"{row['name']}{BEFORE}", "value": row["year_before"]} for row in rows if _former(row)]
    return [*rows, *former, *eu_rows(content)]


def eu_rows(content: Row) -> Iterator[Row]:
    """Yield each line of the EU's sheet with its subject, under a name that no other line has: `EU II.1.d EDC`."""
    for part in content["sites"]:
        for row in part.get("eed", ()):
            value = None if row["value"] == ABSENT else row["value"]
            yield {**row, "subject": part["id"], "name": f"{EU}{row['clause']} {row['code']}", "value": value}


def _former(row: Row) -> bool:
    return "year_before" in row
