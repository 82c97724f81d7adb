"""The files of a report by their names: JSON, CSV, workbook and PDF in the languages asked for."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ui.exports.layout import layout
from ui.exports.pdf import pdf
from ui.exports.workbook import workbook
from ui.reports.content import all_figures, silent
from ui.reports.kept import as_bytes
from ui.tables import csv_cell
from ui.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collectors.store.reports import Report
    from ui.exports.look import Look

FORMATS: Final = ("pdf", "xlsx", "csv", "json")
WITHOUT_WORDS: Final = frozenset({"csv", "json"})  # the same in every language


def files(
    content: dict[str, Any],
    report: Report | None,
    *,
    formats: Iterable[str] = FORMATS,
    langs: Iterable[str] = LANGUAGES,
    look: Look | None = None,
    progress: Callable[[int, int], None] = silent,
) -> dict[str, bytes]:
    """Return file names and contents.

    Args:
        content: what the report says.
        report: who signed it; None for a draft.
        formats: of `FORMATS`.
        langs: of `LANGUAGES`.
        look: the company's logo and colours.
        progress: is told of files that are done, and of how many there are.

    Raises:
        InputError: there is no font for a language, or the logo cannot be drawn.
    """
    at = datetime.fromisoformat(content["end"])
    stem = file_stem(content["subject"], content["label"], demo=content["demo"])
    figures = all_figures(content)
    found: dict[str, bytes] = {}
    each = [(name, lang) for name in formats for lang in ([""] if name in WITHOUT_WORDS else langs)]
    for done, (name, lang) in enumerate(each):
        progress(done, len(each))
        if name == "json":
            found[f"{stem}.json"] = as_bytes(content)
        elif name == "csv":
            found[f"{stem}.csv"] = _csv(figures)
            contracts = [{"site": part["id"], **one} for part in content["sites"] for one in part["contracts"]]
            found |= {f"{stem}-contracts.csv": _csv(contracts)} if contracts else {}
        elif name == "pdf":
            found[f"{stem}-{lang}.pdf"] = pdf(layout(content, report, lang), at=at, look=look)
        else:
            found[f"{stem}-{lang}.xlsx"] = workbook(content, figures, lang, at=at, look=look)
    return found


def file_stem(subject: str, label: str, *, demo: bool) -> str:
    """What the name of every file of a report begins with."""
    return f"{'DEMO-' if demo else ''}{subject}-{label}"


def _csv(rows: list[dict[str, Any]]) -> bytes:
    """Rows with all their fields; a text that looks like a formula is led by an apostrophe."""
    sink = io.StringIO()
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(sink, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: csv_cell(value) for key, value in row.items()} for row in rows)
    return sink.getvalue().encode()
