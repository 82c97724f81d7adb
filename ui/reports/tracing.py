"""A printed figure found again: its parts, formulas, factors and points; of a sealed report from its evidence alone.

A figure of the company is the sum of its sites': each part is told with its share, and is traced as the site's own. A
line of a framework is made of figures and leads to them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from analytics.consolidation import COMPANY
from analytics.frameworks import names_in
from config.errors import InputError
from config.reading.wording import remedy
from ui.figures.organisation import FIGURES as OF_COMPANY
from ui.figures.organisation import company_parts
from ui.format import iso
from ui.reports.content import all_figures, report_content
from ui.reports.kept import LEDGER_FILE, as_bytes, content_of, evidence, manifest_of, seconds
from ui.reports.period import period
from ui.reports.printed import BEFORE, eu_rows
from ui.reports.tracing_course import NAMED, books_behind, course_names, course_row, sealed_behind
from ui.reports.tracing_eu import eu_behind, eu_head, eu_line, key_of
from ui.tracing.figure import trace_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.reports import Report
    from ui.service import Service
    from ui.tracing.points import Bearing

Row = dict[str, Any]
PERIOD: Final = re.compile(r"20\d\d(-|Q|$)")  # an id of a report has no hyphen and more digits
TRACES: Final = "traces.json"
RATIOS: Final = {"pue": ("facility_energy_kwh", "pue"), "pue_edc_weighted": ("facility_energy_kwh", "pue")}
SHOWN: Final = 12  # names in a sentence


def report_trace(service: Service, content: Row, figure: str, *, report: Report | None = None) -> Iterator[Row]:
    """Yield what stands behind a figure of a report, the figure as printed first.

    Args:
        service: the books.
        content: what the report prints.
        figure: `pue`, `site/pue`, `company/scope_1_kgco2e`, with `@year_before` its value of the year before, with
            `@2026-04-03` or `@2026-04` that of a day or month of the course; or a line of a framework or of the EU's
            sheet: `GRI 302-1 c`, `site/GRI 302-1 c`, `EU II.1.d EDC`.
        report: whose content it is, where it was prepared; a sealed one is answered from its evidence.

    Raises:
        InputError: the report prints no such figure, or evidence is gone or was changed.
    """
    other = _other(service, content, figure, report)
    if other is not None:
        yield from other
        return
    line = _line(content, figure)
    if line is not None:
        subject, row = line
        name, told = f"{subject}/{row['framework']} {row['code']}", row["reason"] or row["basis"]
        yield {"kind": "line", "name": name, "text": told, **_of(row)}
        found = [_figure(content, f"{subject}/{name}") for name in _made_of(row)]
    else:
        found = [_figure(content, figure)]
    kept = _kept(service, report)
    lookup = _Books(service, content).behind if kept is None else partial(_sealed, kept)
    for row in found:
        yield _head(row)
        for one in lookup(row):
            yield one
            if one["kind"] == "part" and one["follow"]:
                yield from lookup(_figure(content, one["name"]))


def _other(service: Service, content: Row, figure: str, report: Report | None) -> Iterator[Row] | None:
    """What stands behind a line of the EU's sheet, a day or month, or a value of the year before; None for others."""
    line, day = eu_line(content, figure), NAMED.fullmatch(figure)
    if line is not None:
        return _eu(service, content, line, report)
    if day is not None:
        return _day(service, content, _figure(content, day["figure"]), day["when"], report)
    if figure.endswith(BEFORE):
        return _before(service, content, _figure(content, figure.removesuffix(BEFORE)), report)
    return None


def _eu(service: Service, content: Row, line: Row, report: Report | None) -> Iterator[Row]:
    yield eu_head(line)
    kept = _kept(service, report)
    yield from eu_behind(service, content, line, {}) if kept is None else kept.get(key_of(line), [_unkept()])


def _day(service: Service, content: Row, figure: Row, when: str, report: Report | None) -> Iterator[Row]:
    """What stands behind a value of the course or the trend; of a sealed report's own time its sealed ledger rows."""
    row = course_row(content, figure["subject"], figure["name"], when)
    text = f"{figure['name']} from {row['start']} to {row['end']}, {row['missing']:.1%} of it missing"
    yield {**row, "unit": figure["unit"], "kind": "figure", "name": f"{_key(row)}@{when}", "text": text}
    kept = _kept(service, report)
    if report is None or kept is None or row["start"] < figure["start"]:
        yield from books_behind(service, row)
    else:
        name = LEDGER_FILE.format(site=row["subject"])
        ledger = evidence(service, manifest_of(service, report)[name])
        yield from sealed_behind(ledger, _sealed(kept, figure), row)


def _before(service: Service, content: Row, row: Row, report: Report | None) -> Iterator[Row]:
    """What stands behind the value of the year before that a figure is printed with."""
    if "year_before" not in row:
        msg = f"{_key(row)} is printed without a value of the year before: trace a site's figure"
        raise InputError(msg)
    start, end = _span_before(content, row)
    text = row["year_before_reason"] or f"the same figure from {iso(start)} to {iso(end)}"
    head = {"name": f"{_key(row)}{BEFORE}", "value": row["year_before"], "start": iso(start), "end": iso(end)}
    yield {**row, **head, "kind": "figure", "text": text}
    kept = _kept(service, report)
    yield from _Books(service, content).before(row) if kept is None else kept.get(head["name"], [_unkept()])


def _span_before(content: Row, row: Row) -> tuple[int, int]:
    zone = ZoneInfo(next(part["time_zone"] for part in content["sites"] if part["id"] == row["subject"]))
    return period(content["label"]).year_before().span(zone)


def of_report(service: Service, report: str, figure: str, *, subject: str | None = None) -> Iterator[Row]:
    """Yield the trace of a figure of a report by its id, or of the draft of a period.

    Raises:
        InputError: there is no such report or figure; the sentence says which there are.
    """
    if PERIOD.match(report):
        content = report_content(service, subject or COMPANY, period(report))
        return report_trace(service, content, figure)
    one = service.stores.state.reports.get(report)
    if subject not in {None, one.subject}:
        msg = f"report {one.id} is of {one.subject}: leave --site out, and write site/figure for a site's own"
        raise InputError(msg)
    return report_trace(service, content_of(service, one), figure, report=one)


def traces(service: Service, content: Row) -> bytes:
    """Return what stands behind every figure of a report, to be sealed with it: it outlives readings and books."""
    books, rows = _Books(service, content), all_figures(content)
    found = {_key(row): list(books.behind(row)) for row in rows}
    found |= {f"{_key(row)}{BEFORE}": list(books.before(row)) for row in rows if _has_before(row)}
    found |= {key_of(line): list(eu_behind(service, content, line, books.memo)) for line in eu_rows(content)}
    return as_bytes({"traces": found})


def names_of(content: Row) -> list[str]:
    """Return every figure that a report prints, as `report_trace` takes it."""
    lines = [
        f"{part['id']}/{row['framework']} {row['code']}" for part in content["sites"] for row in part["frameworks"]
    ]
    rows = all_figures(content)
    lines += [*map(key_of, eu_rows(content)), *course_names(content)]
    return [*map(_key, rows), *(f"{_key(row)}{BEFORE}" for row in rows if _has_before(row)), *lines]


def _has_before(row: Row) -> bool:
    return row.get("year_before") is not None


def _key(row: Row) -> str:
    return f"{row['subject']}/{row['name']}"


def _head(row: Row) -> Row:
    return {**row, "kind": "figure", "name": _key(row), "text": row["reason"] or row["method"]}


def _made_of(row: Row) -> list[str]:
    """The figures of a line; what no figure can give is made of none."""
    return list(dict.fromkeys(names_in(row["figures"])))


def _of(row: Row) -> Row:
    return {key: row[key] for key in ("value", "unit", "reason", "figures")}


def _unkept() -> Row:
    text = "sealed before traces were kept: the ledger rows in its pack are what is left"
    return {"kind": "note", "name": TRACES, "text": text}


def _figure(content: Row, figure: str) -> Row:
    """Return a figure by its name, the report's own subject before its sites."""
    rows = {_key(row): row for row in all_figures(content)}
    own = f"{content['subject']}/{figure}"
    found = rows.get(figure) or rows.get(own)
    if found is None:
        near = [key for key in rows if key.endswith(f"/{figure}")]
        hint = f"write one of {', '.join(near[:SHOWN])}" if near else remedy(figure, sorted({*rows, *_short(rows)}))
        msg = f'the report prints no figure "{figure}"; {hint}'
        raise InputError(msg)
    return found


def _short(rows: Row) -> list[str]:
    return [key.partition("/")[2] for key in rows]


def _line(content: Row, figure: str) -> tuple[str, Row] | None:
    """Return the site and the row of a framework's line; a company's report has one a site, which has to be named."""
    for part in content["sites"]:
        for row in part["frameworks"]:
            code = f"{row['framework']} {row['code']}"
            alone = len(content["sites"]) == 1 and figure == code
            if alone or figure == f"{part['id']}/{code}":
                return part["id"], row
    return None


def _kept(service: Service, report: Report | None) -> dict[str, list[Row]] | None:
    """Return the traces that were sealed with a report; None where the books have to be asked."""
    if report is None or not report.sealed:
        return None
    names = manifest_of(service, report)
    if TRACES not in names:
        return {}
    found: dict[str, list[Row]] = json.loads(evidence(service, names[TRACES]))["traces"]
    return found


def _sealed(kept: dict[str, list[Row]], row: Row) -> list[Row]:
    return kept.get(_key(row), [_unkept()])


@dataclass
class _Books:
    """The books behind the figures of one report; a point that several figures rest on is read once."""

    service: Service
    content: Row
    memo: dict[Bearing, Row] = field(default_factory=dict)

    def behind(self, row: Row) -> Iterator[Row]:
        """Yield what stands behind a figure, without it; a part to `follow` has its own trace in the report."""
        if row["subject"] != COMPANY:
            yield from self._site_rows(row["subject"], row["name"], seconds(row["start"]), seconds(row["end"]))
        elif row["section"] == "scopes":
            yield from self._scope(row["name"])
        else:
            yield from self._sum(row["name"])

    def before(self, row: Row) -> Iterator[Row]:
        """Yield what stands behind the value of the year before of a site's figure."""
        yield from self._site_rows(row["subject"], row["name"], *_span_before(self.content, row))

    def _site_rows(self, site: str, name: str, start: int, end: int) -> Iterator[Row]:
        rows = trace_rows(self.service, self.service.settings.site(site), name, start, end, memo=self.memo)
        yield from (one for one in rows if one["kind"] != "figure")

    def _sum(self, name: str) -> Iterator[Row]:
        """The sites' figures that a sum, or a ratio of sums, is made of."""
        for part in self.content["sites"]:
            rows = {row["name"]: row for row in part["figures"]}
            for of in RATIOS.get(name, (name,)):
                text = rows[of]["reason"] or "a part of it, by the site's own period"
                yield {**_part(part["id"], of, rows[of]["value"], rows[of]["unit"]), "follow": True, "text": text}

    def _scope(self, name: str) -> Iterator[Row]:
        """The sites' figures that one of the company's scopes is made of, each with the share of it that counts."""
        of, site_of = OF_COMPANY[name][1], self.service.settings.site
        spans = [(site_of(part["id"]), seconds(part["start"]), seconds(part["end"])) for part in self.content["sites"]]
        whole = {(site.id, start, end) for site, start, end in spans}
        for kpi, weight in company_parts(self.service, spans, name):
            follow = (kpi.site, kpi.start, kpi.end) in whole
            text = kpi.reason or f"{weight:.6g} of it counts, from {iso(kpi.start)} to {iso(kpi.end)}"
            found = _part(kpi.site, of, kpi.value, kpi.unit)
            yield {**found, "weight": weight, "follow": follow, "text": text}
            if not follow:  # the report prints no figure of this time
                yield from self._site_rows(kpi.site, of, kpi.start, kpi.end)


def _part(site: str, name: str, value: float | None, unit: str) -> Row:
    return {"kind": "part", "name": f"{site}/{name}", "value": value, "unit": unit, "weight": 1.0}
