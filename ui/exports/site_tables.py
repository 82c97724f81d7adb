"""The tables of a site's part of a report in one language; a table says which of its columns are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ui import format as fmt
from ui.phrases import phrase
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]
TO: Final = " \u2013 "


def sheet(
    title: str, head: list[str], rows: list[list[str]], *, numbers: Sequence[int], widths: Sequence[float] = ()
) -> Row:
    """Return a table with its heads.

    Args:
        title: its heading.
        head: names of its columns.
        rows: cells.
        numbers: columns, from 0, that stand at the right.
        widths: shares of the page's width; 0 is as wide as its words. None given: every column is.
    """
    return {
        "title": title,
        "head": head,
        "rows": rows,
        "numbers": list(numbers),
        "widths": list(widths or [0] * len(head)),
    }


def tables(part: Row, lang: str) -> Iterator[Row]:
    """Yield contracts, records, estimates, what steers, frameworks and factors."""

    def head(*keys: str) -> list[str]:
        return [t(f"report.{key}", lang) for key in keys]

    yield sheet(
        t("report.contracts", lang),
        head("contract", "certificate", "credit", "reason"),
        [
            [one["contract"], one["certificate"], _credit(one), phrase(one["reason"] or "", lang)]
            for one in part["contracts"]
        ],
        numbers=(2,),
        widths=(1.4, 2.2, 1.2, 3.2),
    )
    yield sheet(
        t("report.records", lang),
        head("record", "kind", "days", "amount", "by"),
        [
            [
                one["id"],
                one["kind"],
                f"{one['from']}{TO}{one['to']}",
                _amount(one),
                f"{one['entered_by']}, {one['approved_by']}",
            ]
            for one in part["records"]
        ],
        numbers=(3,),
        widths=(1.3, 1.6, 2.2, 1.2, 2),
    )
    yield sheet(
        t("report.estimates", lang),
        head("estimate", "point", "days", "amount", "method", "by"),
        [
            [
                one["id"],
                one["point"],
                f"{one['from']}{TO}{one['to']}",
                fmt.energy(one["energy_kwh"]),
                one["method"],
                f"{one['proposed_by']}, {one['decided_by']}",
            ]
            for one in part["estimates"]
        ],
        numbers=(3,),
        widths=(1.2, 1.6, 2.6, 1.2, 1.4, 1.8),
    )
    yield from _steering(part, lang)
    yield sheet(
        t("report.frameworks", lang),
        head("framework", "name", "value", "reason"),
        [
            [
                f"{one['framework']} {one['code']}",
                one[f"name_{lang}"],
                _of_framework(one),
                phrase(one["reason"] or "", lang),
            ]
            for one in part["frameworks"]
        ],
        numbers=(2,),
        widths=(1.8, 2.6, 1.4, 2.8),
    )
    factors = {use["id"]: use for row in part["figures"] for use in row["factors"]}
    yield sheet(
        t("report.factors", lang),
        head("factor", "value", "source"),
        [[id_, _factor(use), " ".join((use["source"], use["note"])).strip()] for id_, use in factors.items()],
        numbers=(),
        widths=(1.3, 2, 3),
    )


def _steering(part: Row, lang: str) -> Iterator[Row]:
    """Targets, measures, savings and incidents; a report that was sealed before it held them has none."""

    def head(*keys: str) -> list[str]:
        return [t(f"report.{key}", lang) for key in keys]

    def status(row: Row) -> str:
        chance = row["probability_with_measures"] if row["probability"] is not None else None
        chance = row["probability"] if chance is None else chance
        word = t(f"plan.word_{row['status'].replace(' ', '_')}", lang)
        return word if chance is None else f"{word}, {fmt.percent(chance)}"

    yield sheet(
        t("report.targets", lang),
        head("target", "goal", "allowed", "expected", "status", "note"),
        [
            [
                f"{row['id']}: {_metric(row, lang)}",
                f"{fmt.quantity(row['goal'], row['unit'])} ({row['target_year']})",
                fmt.quantity(row["allowed"], row["unit"]),
                _ending(row),
                status(row),
                phrase(row["reason"] or "", lang),
            ]
            for row in part.get("targets", ())
        ],
        numbers=(1, 2, 3),
        widths=(1.7, 1.5, 1.3, 2.3, 1.5, 2),
    )
    savings = {row["measure"]: row for row in part.get("savings", ())}
    yield sheet(
        t("report.measures", lang),
        head("measure", "state", "saves", "saved", "note"),
        [
            [
                row["title"],
                t(f"measures.state_{row['state']}", lang),
                fmt.energy(row["saves_kwh"]),
                _saved(savings.get(row["measure"])),
                phrase(row["reason"] or (savings.get(row["measure"]) or {}).get("reason") or "", lang),
            ]
            for row in part.get("measures", ())
        ],
        numbers=(2, 3),
        widths=(2.6, 0.9, 1.1, 1.9, 2.6),
    )
    yield sheet(
        t("report.incidents", lang),
        head("days", "severity", "name"),
        [[f"{row['at']}{TO}{row['ended'] or ''}", row["severity"], row["title"]] for row in part.get("incidents", ())],
        numbers=(),
        widths=(2.6, 0.9, 3),
    )


def _ending(row: Row) -> str:
    """What the year will be with its band, else what it was so far."""
    if row["expected"] is None:
        return fmt.quantity(row["so_far"], row["unit"])
    band = fmt.bounds(row["low_80"], row["high_80"], row["unit"])
    return f"{fmt.quantity(row['expected'], row['unit'])} ({band})"


def _metric(row: Row, lang: str) -> str:
    return t(f"figures.{row['metric']}", lang)


def _saved(row: Row | None) -> str:
    if row is None or row["saved_kwh"] is None:
        return ""
    return f"{fmt.energy(row['saved_kwh'])} ({fmt.energy(row['low_kwh'])}{TO}{fmt.energy(row['high_kwh'])})"


def _of_framework(one: Row) -> str:
    return "N/A" if one["value"] is None else f"{fmt.number(one['value'], 6)} {one['unit']}"


def _credit(claim: Row) -> str:
    return fmt.percent(claim["share"]) if claim["share"] else fmt.energy(claim["kwh"])


def _amount(record: Row) -> str:
    return record["text"] if record["value"] is None else f"{record['value']:g} {record['unit']}"


def _factor(use: Row) -> str:
    """A factor's value with where and when it holds, as far as its publication says so."""
    where = f"{use['zone']} {use['year'] or ''}".strip()
    return ", ".join(text for text in (f"{use['value']:g} {use['unit']}", where, use["basis"]) if text)
