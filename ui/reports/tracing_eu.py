"""What stands behind a line of the EU's sheet: the figure of the books it is, the lines it follows from, records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.reports.eed import indicators
from ui.figures.eed import CATEGORY
from ui.reports.printed import eu_rows
from ui.tracing.figure import trace_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.service import Service
    from ui.tracing.points import Bearing

Row = dict[str, Any]
FIGURE: Final = {  # the figure of the books behind an indicator, and the role of those of its points that count
    "EDC": ("facility_energy_kwh", ""),
    "EDC-BG": ("facility_energy_kwh", "genset"),
    "EIT": ("it_energy_kwh", ""),
    "WIN": ("wue", ""),
    "EREUSE": ("erf", "heat_export"),
    "ERES-TOT": ("ref", ""),
    "ERES-GOO": ("ref", ""),
    "ERES-PPA": ("ref", ""),
    "ERES-OS": ("ref", ""),
    "PUE": ("pue", ""),
    "WUE": ("wue", ""),
    "ERF": ("erf", ""),
    "REF": ("ref", ""),
}
PARTS: Final = {  # what an indicator follows from by Annex III and IV
    "PUE": ("EDC", "EIT"),
    "WUE": ("WIN", "EIT"),
    "ERF": ("EREUSE", "EDC"),
    "REF": ("ERES-TOT", "EDC"),
    "ERES-TOT": ("ERES-GOO", "ERES-PPA", "ERES-OS"),
    "SIZE": ("PDIT",),
}
FACT: Final = "eed_fact"


def eu_line(content: Row, name: str) -> Row | None:
    """Return the line of the EU's sheet that a name means: `s/EU II.1.d EDC`, without the site in a site's report."""
    rows = {key_of(row): row for row in eu_rows(content)}
    return rows.get(name) or rows.get(f"{content['subject']}/{name}")


def key_of(row: Row) -> str:
    """Return the name by which a line is traced."""
    return f"{row['subject']}/{row['name']}"


def eu_head(row: Row) -> Row:
    """Return the line as it is printed."""
    return {**row, "kind": "line", "name": key_of(row), "text": row["reason"] or row["method"]}


def eu_behind(service: Service, content: Row, row: Row, memo: dict[Bearing, Row]) -> Iterator[Row]:
    """Yield what stands behind a line: the lines it follows from, the figure with its points, records."""
    code = _code(row)
    yield from _lines(content, row, PARTS.get(code, ()))
    yield from _records(content, row, code)
    if code in FIGURE:
        name, role = FIGURE[code]
        site = service.settings.site(row["subject"])
        found = trace_rows(service, site, name, row["start"], row["end"], category=CATEGORY, memo=memo)
        yield from (one for one in found if _counts(one, role))
    elif row["method"] == "site file":
        yield {"kind": "note", "name": content["config_hash"], "text": "site file, as it is kept under this hash"}


def _counts(one: Row, role: str) -> bool:
    return not role or (one["kind"] != "figure" and one.get("role", role) == role)


def _code(row: Row) -> str:
    """The code without doubles: the Regulation has TIN twice."""
    of = {(one.clause, one.published_code or one.code): one.code for one in indicators(row["edition"])}
    return of[row["clause"], row["code"]]


def _lines(content: Row, row: Row, codes: tuple[str, ...]) -> Iterator[Row]:
    for one in eu_rows(content):
        if one["subject"] == row["subject"] and _code(one) in codes:
            text = one["reason"] or one["method"]
            yield {"kind": "part", "name": key_of(one), "value": one["value"], "unit": one["unit"], "text": text}


def _records(content: Row, row: Row, code: str) -> Iterator[Row]:
    """The approved records of an indicator, with who entered and who approved each."""
    part = next(one for one in content["sites"] if one["id"] == row["subject"])
    for one in part["records"]:
        if one["kind"] == FACT and one["subject"] == code:
            said = one["text"] or f"{one['value']:g} {one['unit']}"
            people = f"entered by {one['entered_by']}, approved by {one['approved_by']}"
            text = f"{one['from']} to {one['to']}: {said}, {people}"
            yield {**one, "kind": "record", "of": FACT, "name": one["id"], "text": text}
