"""A report as XLSX: summary, course with a native chart, tables and lineage. Texts are texts, never formulas."""

from __future__ import annotations

import io
import json
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Final

from ui.exports.look import Look
from ui.format import iso
from ui.reports.hourly import USES
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import xlsxwriter

Row = dict[str, Any]
FIGURES: Final = (
    "subject",
    "section",
    "name",
    "value",
    "unit",
    "low",
    "high",
    "measured",
    "estimated",
    "missing",
    "year_before",
    "reason",
    "method",
)
HOURLY: Final = ("site", "start", "facility_w", *(f"{use}_w" for use in USES), "end")
TREND: Final = (
    "site",
    "start",
    "end",
    "facility_energy_kwh",
    "it_energy_kwh",
    "pue",
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
)
LINEAGE: Final = ("site", "figure", "kind", "name", "text")
FRAMEWORK: Final = ("site", "code", "name", "value", "unit", "reason", "figures", "basis")
EED: Final = ("site", "clause", "code", "name", "value", "unit", "reason", "method", "coverage", "start", "end")
FACTORS: Final = ("id", "value", "unit", "year", "zone", "basis", "source", "note")
NAME: Final = 31  # letters of a sheet's name at most
RESERVED: Final = "history"  # spreadsheets refuse a sheet of this name
OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def workbook(content: Row, figures: Sequence[Row], lang: str, *, at: datetime, look: Look | None = None) -> bytes:
    """Return the workbook of a report's content; values are those of the JSON, in the same units."""
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, OPTIONS) as book:
        book.set_properties(
            {"title": f"{t('report.title', lang)} {content['label']}", "created": at.replace(tzinfo=None)}
        )
        bold = book.add_format({"bold": True, "bottom": 1})
        named = [{**row, "name": t(f"figures.{row['name']}", lang)} for row in figures]
        _sheet(book, t("report.figures", lang), FIGURES, named, bold)
        for part in content["sites"]:
            _course(book, part, lang, bold, look or Look())
        trend = [{"site": part["id"], **one} for part in content["sites"] for one in part.get("trend", ())]
        _sheet(book, t("report.trend", lang), TREND, trend, bold)
        for kind, columns in ((t("report.hourly", lang), HOURLY), (t("report.lineage", lang), LINEAGE)):
            rows = [
                {"site": part["id"], **one}
                for part in content["sites"]
                for one in part.get("hourly" if columns is HOURLY else "lineage", ())
            ]
            sheet = _sheet(book, kind, columns, rows, bold)
            if columns is HOURLY and not rows:
                sheet.write_string(1, 0, t("report.hourly_none", lang))
        for kind in ("contracts", "records", "estimates", "targets", "measures", "savings", "milestones", "incidents"):
            rows = [{"site": part["id"], **one} for part in content["sites"] for one in part.get(kind, ())]
            _sheet(book, t(f"report.{kind}", lang), list(rows[0]) if rows else ["site"], rows, bold)
        _frameworks(book, content, lang, bold)
        _eed(book, content, lang, bold)
        uses = {use["id"]: use for row in figures for use in row["factors"]}
        _sheet(book, t("report.factors", lang), FACTORS, list(uses.values()), bold)
        _sheet(book, t("report.checks", lang), ("name", "level", "text", "remedy"), content["checks"], bold)
        facts = ("schema", "wattlas", "demo", "company", "subject", "label", "start", "end", "config_hash")
        _sheet(book, "Wattlas", ("key", "value"), [{"key": key, "value": content[key]} for key in facts], bold)
    return sink.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    bold: Any,  # noqa: ANN401 - a format
) -> Any:  # noqa: ANN401 - a worksheet
    sheet = book.add_worksheet(_free(book, name))
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(columns):
        sheet.write_string(0, column, title, bold)
        sheet.set_column(column, column, 24 if title in {"name", "text", "reason", "method", "source"} else 14)
    for at, row in enumerate(rows, start=1):
        for column, key in enumerate(columns):
            _cell(sheet, at, column, row.get(key))
    return sheet


def _free(book: xlsxwriter.Workbook, name: str) -> str:
    """A name that no sheet of the book has, whatever the case; a site may be called as another sheet is."""
    taken = {RESERVED, *(sheet.get_name().casefold() for sheet in book.worksheets())}
    tails = chain([""], (f" {number}" for number in count(2)))
    return next(one for one in (name[: NAME - len(tail)] + tail for tail in tails) if one.casefold() not in taken)


def _frameworks(book: xlsxwriter.Workbook, content: Row, lang: str, bold: Any) -> None:  # noqa: ANN401 - a format
    """One sheet a framework, each site's lines in it: the framework's own units, N/A with the reason."""
    rows = [
        {"site": part["id"], **one, "name": one[f"name_{lang}"]}
        for part in content["sites"]
        for one in part["frameworks"]
    ]
    for name in dict.fromkeys(one["framework"] for one in rows):
        mine = [
            one | {"value": "N/A" if one["value"] is None else one["value"]} for one in rows if one["framework"] == name
        ]
        _sheet(book, name, FRAMEWORK, mine, bold)


def _eed(book: xlsxwriter.Workbook, content: Row, lang: str, bold: Any) -> None:  # noqa: ANN401 - a format
    """The EU's sheet of a calendar year: figures apart from comments, the part that a site ran, nothing submitted."""
    rows = [
        {"site": part["id"], **one, **{key: iso(one[key]) for key in ("start", "end")}}
        for part in content["sites"]
        for one in part.get("eed", ())
    ]
    if rows:
        sheet = _sheet(book, "EU 2024-1364", EED, rows, bold)
        sheet.write_string(0, len(EED) + 1, t("report.unsubmitted", lang), bold)


def _cell(sheet: Any, row: int, column: int, value: object) -> None:  # noqa: ANN401 - a worksheet
    if value is None:
        sheet.write_blank(row, column, None)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _course(book: xlsxwriter.Workbook, part: Row, lang: str, bold: Any, look: Look) -> None:  # noqa: ANN401 - a format
    columns = ("start", "facility_energy_kwh", "it_energy_kwh", "pue", "emissions_location_kgco2e")
    sheet = _sheet(book, part["id"], columns, part["course"], bold)
    if not part["course"]:
        return
    chart, name = book.add_chart({"type": "column"}), sheet.get_name()
    last = len(part["course"])
    for column, title, colour in ((1, "facility", look.facility), (2, "it", look.it)):
        series: dict[str, Any] = {
            "name": t(f"report.{title}", lang),
            "categories": [name, 1, 0, last, 0],
            "values": [name, 1, column, last, column],
        }
        chart.add_series(series | ({"fill": {"color": colour}} if colour else {}))
    chart.set_title({"name": t("report.course", lang)})
    sheet.insert_chart(1, len(columns) + 1, chart, {"x_scale": 1.6, "y_scale": 1.2})
