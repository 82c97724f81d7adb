"""The lines of a bill as rows: alike ones added, each with the coefficients it was valued by, or why it was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.kpi import FactorUse
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.kpi import Kpi
    from analytics.usage import Part, Valued
    from collectors.store.usage import KeptBill
    from ui.service import Service

Row = dict[str, Any]
UNITS = {"instance": "h", "storage": "GB-h", "network": "GB", "tokens": "tokens", "energy": "kWh"}
SUMMED = ("amount", "kwh", "low_kwh", "high_kwh")


def kept_lines(lines: Mapping[str, Sequence[Valued]]) -> list[Row]:
    """Return one row for each point, region and item, in order."""
    found: dict[tuple[str, ...], Row] = {}
    for point, of_point in lines.items():
        for one in of_point:
            line = one.line
            key = (point, line.provider, line.region, line.kind, line.item, one.problem)
            row = found.setdefault(key, _row(point, one))
            row["amount"] += line.amount
            row["kwh"] += one.kwh
            row["low_kwh"] += sum(part.low_kwh for part in one.parts)
            row["high_kwh"] += sum(part.high_kwh for part in one.parts)
    return [found[key] for key in sorted(found)]


def _row(point: str, one: Valued) -> Row:
    line = one.line
    words = {"point": point, "provider": line.provider, "region": line.region, "kind": line.kind, "item": line.item}
    zero = dict.fromkeys(SUMMED, 0.0)
    coefficients = [_coefficient(part) for part in one.parts]
    return {**words, **zero, "unit": UNITS[line.kind], "coefficients": coefficients, "problem": one.problem}


def _coefficient(part: Part) -> Row:
    row = part.coefficient
    words = {name: getattr(row, name) for name in ("id", "unit", "year", "basis", "source", "note")}
    return {**words, "value": part.value}


def bill_row(bill: KeptBill) -> Row:
    """One bill as a plain row; `missing_hours` are those of instances that could not be valued, at whatever points."""
    from ui.format import iso

    unknown = {(line["region"], line["item"], line["problem"]): line for line in bill.lines if line["problem"]}
    return {
        "usage": bill.usage,
        "month": bill.month,
        "from": iso(bill.start),
        "to": iso(bill.end),
        "points": sorted({line["point"] for line in bill.lines}),
        "kwh": sum(line["kwh"] for line in bill.lines),
        "low_kwh": sum(line["low_kwh"] for line in bill.lines),
        "high_kwh": sum(line["high_kwh"] for line in bill.lines),
        "not_valued": len(unknown),
        "missing_hours": sum(line["amount"] for line in unknown.values() if line["kind"] == "instance"),
        "accounts": list(bill.accounts),
        "left_out": dict(bill.left_out),
        "origin": bill.origin,
    }


def bills_of(service: Service, points: Sequence[str], start: int, end: int) -> list[Row]:
    """Return what stands behind the estimated energy of points over [start, end): bills with the lines of theirs."""
    wanted = set(points)
    found = []
    for bill in service.stores.state.bills.standing(span=(start, end)) if service.settings.usage else ():
        lines = [line for line in bill.lines if line["point"] in wanted]
        if lines:
            found.append({**bill_row(bill), "lines": lines})
    return found


def problem_rows(bills: Sequence[KeptBill]) -> list[Row]:
    """What could not be valued, by what to add."""
    found: dict[tuple[str, str, str], Row] = {}
    for bill in bills:
        for line in bill.lines:
            if line["problem"]:
                key = (bill.usage, line["problem"], line["point"])
                row = found.setdefault(
                    key,
                    {"usage": bill.usage, "months": [], "point": line["point"], "item": line["item"]}
                    | {"amount": 0.0, "unit": line["unit"], "add": line["problem"]},
                )
                row["amount"] += line["amount"]
                row["months"] = sorted({*row["months"], bill.month})
    return list(found.values())


def from_bills(figure: Kpi, service: Service, points: Sequence[str]) -> Kpi:
    """Return a figure with the coefficients that the energy of these points rests on beside it."""
    from dataclasses import replace

    if not service.settings.usage:
        return figure
    wanted = set(points)
    bills = service.stores.state.bills.standing(span=(figure.start, figure.end))
    lines = [line for bill in bills for line in bill.lines if line["point"] in wanted]
    uses = {_use(line, row) for line in lines for row in line["coefficients"]}
    if not lines:
        return figure
    by = f"{len(uses)} coefficient{'' if len(uses) == 1 else 's'}"
    told = f"{listed(sorted({line['point'] for line in lines}))} estimated from bills by {by}"
    unknown = sorted({line["item"] for line in lines if line["problem"]})
    more = f", without {listed(unknown)}, whose time is missing" if unknown else ""
    factors = sorted(uses, key=lambda use: (use.zone, use.id))
    return replace(figure, method=f"{figure.method}; {told}{more}", factors=(*figure.factors, *factors))


def _use(line: Row, row: Row) -> FactorUse:
    words = {name: row[name] for name in ("id", "value", "unit", "year", "basis", "source", "note")}
    return FactorUse(**words, zone=line["point"])
