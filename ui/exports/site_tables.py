"""The tables of a site's part of a report in one language; a table says which of its columns are numbers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ui import format as fmt
from ui.exports.sheet import TO, heads, sheet
from ui.exports.steering_tables import steering_tables
from ui.phrases import phrase
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
TREND: Final = {
    "facility_energy_kwh": "kWh",
    "it_energy_kwh": "kWh",
    "pue": "1",
    "emissions_location_kgco2e": "kgCO2e",
    "emissions_market_kgco2e": "kgCO2e",
}


def tables(part: Row, lang: str) -> Iterator[Row]:
    """Yield the last twelve months, contracts, records, estimates, what steers, frameworks and factors."""
    yield _trend(part, lang)
    yield _contracts(part, lang)
    yield _records(part, lang)
    yield _estimates(part, lang)
    yield from steering_tables(part, lang)
    yield _frameworks(part, lang)
    yield _factors(part, lang)


def _trend(part: Row, lang: str) -> Row:
    rows = [
        [_month(row), *(fmt.quantity(row[name], unit) for name, unit in TREND.items())] for row in part.get("trend", ())
    ]
    names = [t(f"figures.{name}", lang) for name in TREND]
    numbers, widths = range(1, len(TREND) + 1), (1, *(1.5,) * len(TREND))
    return sheet(t("report.trend", lang), [t("report.month", lang), *names], rows, numbers=numbers, widths=widths)


def _contracts(part: Row, lang: str) -> Row:
    names = heads(lang, "contract", "certificate", "credit", "reason")
    rows = list(_contract_rows(part, lang))
    return sheet(t("report.contracts", lang), names, rows, numbers=(2,), widths=(1.4, 2.2, 1.2, 3.2))


def _contract_rows(part: Row, lang: str) -> Iterator[list[str]]:
    """The contracts that count most, and one line for those that a page has no room for."""
    rest = part.get("contracts_rest")
    for one in part["contracts"][: rest["printed"] if rest else None]:
        yield [one["contract"], one["certificate"], _credit(one), phrase(one["reason"] or "", lang)]
    if rest:
        told = t("report.contracts_rest", lang, count=f"{rest['count']:,}", refused=f"{rest['refused']:,}")
        yield [t("report.rest", lang), "", fmt.energy(rest["kwh"]), told]


def _records(part: Row, lang: str) -> Row:
    names = heads(lang, "record", "kind", "days", "amount", "by")
    rows = [
        [one["id"], one["kind"], _days(one), _amount(one), f"{one['entered_by']}, {one['approved_by']}"]
        for one in part["records"]
    ]
    return sheet(t("report.records", lang), names, rows, numbers=(3,), widths=(1.3, 1.6, 2.2, 1.2, 2))


def _estimates(part: Row, lang: str) -> Row:
    names = heads(lang, "estimate", "point", "days", "amount", "method", "by")
    rows = [
        [
            one["id"],
            one["point"],
            _days(one),
            fmt.energy(one["energy_kwh"]),
            one["method"],
            f"{one['proposed_by']}, {one['decided_by']}",
        ]
        for one in part["estimates"]
    ]
    return sheet(t("report.estimates", lang), names, rows, numbers=(3,), widths=(1.2, 1.6, 2.6, 1.2, 1.4, 1.8))


def _frameworks(part: Row, lang: str) -> Row:
    names = heads(lang, "framework", "name", "value", "reason")
    rows = [
        [
            f"{one['framework']} {one['code']}",
            one[f"name_{lang}"],
            _of_framework(one),
            phrase(one["reason"] or "", lang),
        ]
        for one in part["frameworks"]
    ]
    return sheet(t("report.frameworks", lang), names, rows, numbers=(2,), widths=(1.8, 2.6, 1.4, 2.8))


def _factors(part: Row, lang: str) -> Row:
    uses = {use["id"]: use for row in part["figures"] for use in row["factors"]}
    rows = [[id_, _factor(use, lang), _source(use, lang)] for id_, use in uses.items()]
    names = heads(lang, "factor", "value", "source")
    return sheet(t("report.factors", lang), names, rows, numbers=(), widths=(1.3, 2, 3))


def _days(row: Row) -> str:
    return f"{row['from']}{TO}{row['to']}"


def _month(row: Row) -> str:
    """The local month of a row: its middle is in it, whatever the offset."""
    first, last = (datetime.fromisoformat(row[key]) for key in ("start", "end"))
    return f"{first + (last - first) / 2:%Y-%m}"


def _of_framework(one: Row) -> str:
    return "N/A" if one["value"] is None else f"{fmt.number(one['value'], 6)} {one['unit']}"


def _credit(claim: Row) -> str:
    return fmt.percent(claim["share"]) if claim["share"] else fmt.energy(claim["kwh"])


def _amount(record: Row) -> str:
    return record["text"] if record["value"] is None else f"{record['value']:g} {record['unit']}"


def _source(use: Row, lang: str) -> str:
    return f"{use['source']}; {phrase(use['note'], lang)}" if use["note"] else use["source"]


def _factor(use: Row, lang: str) -> str:
    """A factor's value with where and when it holds, as far as its publication says so."""
    where = f"{use['zone']} {use['year'] or ''}".strip()
    return ", ".join(text for text in (f"{use['value']:g} {use['unit']}", where, phrase(use["basis"], lang)) if text)
