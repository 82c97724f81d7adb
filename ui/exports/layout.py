"""A report's content as printed words of one language: what PDF and workbook lay out. Nothing is computed here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from analytics.consolidation import COMPANY
from analytics.report import SECTIONS
from ui import format as fmt
from ui.exports.sheet import TO, sheet
from ui.exports.site_tables import tables
from ui.phrases import phrase
from ui.reports.printed import BEFORE, EU
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from collectors.store.reports import Report

Row = dict[str, Any]
RUNNING: Final = 44
MONTHS: Final = timedelta(days=32)  # what lasts longer has its course by month
FIGURE_HEAD: Final = ("name", "value", "interval", "measured", "estimated", "missing", "year_before", "change")
FIGURE_WIDTHS: Final = (2.3, 1.9, 2.7, 1.05, 1.0, 0.85, 1.15, 0.8)


def layout(content: Row, report: Report | None, lang: str) -> Row:
    """Return everything that a report prints, as texts.

    Args:
        content: `ui.reports.content.report_content`.
        report: who signed it; None for a draft.
        lang: en or zh.
    """
    return {
        "lang": lang,
        "watermark": "" if report is not None and len(report.steps) > 2 else t("report.draft", lang),  # noqa: PLR2004
        "demo": "DEMO" if content["demo"] and not content["company"].startswith("DEMO") else "",
        "title": t("report.title", lang),
        "company": content["company"],
        "subject": _subject(content, lang),
        "period": f"{t('report.period', lang)} {content['label']}",
        "running": [_short(text) for text in (content["company"], _subject(content, lang))],
        "signatures": list(_signatures(report, lang)),
        "answer": _answer({row["name"]: row for row in content["company_figures"] if row["section"] == "sums"}, lang),
        "company_tables": [
            _figure_sheet(section, (row for row in content["company_figures"] if row["section"] == section), lang)
            for section in ("sums", "scopes")
        ],
        "restated": _restated(content, lang),
        "sites": [_site(part, lang) for part in content["sites"]],
        "checks": sheet(
            t("report.checks", lang),
            ["", t("report.checks", lang), t("report.remedy", lang)],
            [
                [t(f"reports.level_{one['level']}", lang), phrase(one["text"], lang), phrase(one["remedy"], lang)]
                for one in content["checks"]
            ],
            numbers=(),
            widths=(0.9, 4, 2.2),
        ),
        "books": t("report.books", lang, hash=content["config_hash"], version=content["wattlas"]),
        "unsubmitted": t("report.unsubmitted", lang),
    }


def _subject(content: Row, lang: str) -> str:
    return t("report.company", lang) if content["subject"] == COMPANY else str(content["sites"][0]["name"])


def _short(text: str) -> str:
    """A name that fits beside another one at the head of every page; a Chinese letter is as wide as two."""
    room = RUNNING
    for at, letter in enumerate(text):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return f"{text[: at - 1]}\N{HORIZONTAL ELLIPSIS}"
    return text


def _signatures(report: Report | None, lang: str) -> Iterator[str]:
    if report is None:
        return
    for step in report.steps:
        at = datetime.fromisoformat(fmt.iso(step.at)).strftime("%Y-%m-%d %H:%M UTC")
        yield f"{t(f'report.{step.name}', lang)}: {step.who}, {at}"
    if report.solo:
        yield t("report.solo", lang)
    if report.restates:
        yield t("report.restates", lang, id=report.restates, why=report.steps[0].why)


def _site(part: Row, lang: str) -> Row:
    by_name = {row["name"]: row for row in part["figures"]}
    return {
        "name": part["name"],
        "place": f"{part['zone']} · {part['time_zone']} · {part['start']}{TO}{part['end']}",
        "answer": _answer(by_name, lang),
        "sections": [
            _figure_sheet(section, (by_name[one] for one in names if one in by_name), lang)
            for section, names in SECTIONS.items()
        ],
        "course": _course(part, lang),
        "trend": _trend(part, lang),
        "tables": list(tables(part, lang)),
        "methods": [[_name(row, lang), phrase(row["reason"] or row["method"], lang)] for row in part["figures"]],
    }


def _restated(content: Row, lang: str) -> Row:
    """What a restating report changes in the one before: every figure, and the causes under them."""
    former = content.get("restated") or {"figures": [], "causes": [], "id": ""}
    title = t("report.restated", lang, id=former["id"])
    head = [t(f"report.{key}", lang) for key in ("name", "before", "value", "change")]
    rows = [
        [
            f"{one['subject']}: {_printed_name(one['figure'], lang)}",
            *(
                one[key] if isinstance(one[key], str) else fmt.quantity(one[key], one["unit"])
                for key in ("before", "now")
            ),
            _change(one["change"]),
        ]
        for one in former["figures"]
    ]
    return {
        **sheet(title, head, rows, numbers=(1, 2, 3), widths=(3, 2, 2, 1)),
        "causes": [phrase(one, lang) for one in former["causes"]],
    }


def _printed_name(name: str, lang: str) -> str:
    """A name of `ui.reports.printed` as words; the EU's codes are the same in every language."""
    if name.startswith(EU):
        return name
    figure = name.removesuffix(BEFORE)
    words = t(f"figures.{figure}", lang)
    return words if figure == name else f"{words}, {t('report.year_before', lang)}"


def _change(share: float | None) -> str:
    return fmt.MISSING if share is None else f"{share:+.1%}".replace("%", "\N{NO-BREAK SPACE}%")


def _answer(by_name: Mapping[str, Row], lang: str) -> list[str]:
    """The period in up to three sentences."""
    said = {name: _quantity(by_name[name], lang) for name in by_name}
    if not by_name:
        return []
    if by_name["facility_energy_kwh"]["value"] is None:
        alone = by_name["it_energy_kwh"]["value"] is not None
        return [t("report.it_alone", lang, it=said["it_energy_kwh"]) if alone else t("report.answer_none", lang)]
    found = [t("report.took", lang, facility=said["facility_energy_kwh"], it=said["it_energy_kwh"])]
    if by_name["pue"]["value"] is not None:
        found.append(t("report.ratio", lang, value=said["pue"], used=fmt.percent(by_name["pue"]["coverage"])))
    location, market = said["emissions_location_kgco2e"], said["emissions_market_kgco2e"]
    return [*found, t("report.emitted", lang, location=location, market=market)]


def _quantity(row: Row, lang: str) -> str:
    return t("report.absent", lang) if row["value"] is None else fmt.quantity(row["value"], row["unit"])


def _figure_sheet(section: str, rows: Iterable[Row], lang: str) -> Row:
    head = [t(f"report.{key}", lang) for key in FIGURE_HEAD]
    numbers = range(1, len(FIGURE_HEAD))
    return sheet(t(f"report.{section}", lang), head, _figures(rows, lang), numbers=numbers, widths=FIGURE_WIDTHS)


def _figures(rows: Iterable[Row], lang: str) -> list[list[str]]:
    return [
        [
            _name(row, lang),
            fmt.quantity(row["value"], row["unit"]),
            fmt.bounds(row["low"], row["high"], row["unit"]),
            *(fmt.percent(row[share]) for share in ("measured", "estimated", "missing")),
            fmt.quantity(row.get("year_before"), row["unit"]),
            _change(row.get("change")),
        ]
        for row in rows
    ]


def _name(row: Row, lang: str) -> str:
    return t(f"figures.{row['name']}", lang)


def _course(part: Row, lang: str) -> Row:
    first, last = (datetime.fromisoformat(part[key]) for key in ("start", "end"))
    daily = last - first < MONTHS
    bars = [[row["facility_energy_kwh"], row["it_energy_kwh"]] for row in part["course"]]
    most = max((one for pair in bars for one in pair if one is not None), default=None)
    labels = [row["start"][8:10] if daily else row["start"][:7] for row in _middles(part)]
    return {
        "title": f"{t('report.course', lang)}, {t('report.course_day' if daily else 'report.course_month', lang)}",
        "labels": labels,
        "names": [t("report.facility", lang), t("report.it", lang)],
        "bars": bars,
        "most": fmt.energy(most),
    }


def _trend(part: Row, lang: str) -> Row:
    """Energy of the last twelve months as bars; nothing of a single month, or of a report sealed before it had them."""
    months = part.get("trend", ())
    shown = {**part, "course": months if len(months) > 1 else []}
    return {
        **_course(shown, lang),
        "title": t("report.trend", lang),
        "labels": [row["start"][:7] for row in _middles(shown)],
    }


def _middles(part: Row) -> list[Row]:
    """Each row with the local time of its middle as start: in the day or month that it means, whatever the offset."""
    zone, found = ZoneInfo(part["time_zone"]), []
    for row in part["course"]:
        first, last = (datetime.fromisoformat(row[key]) for key in ("start", "end"))
        found.append({"start": (first + (last - first) / 2).astimezone(zone).isoformat()})
    return found
