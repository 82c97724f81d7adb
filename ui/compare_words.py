"""What a comparison says in words, from its numbers alone; too close to call is said so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]


def advice(found: Mapping[str, Any]) -> list[str]:
    """Return the sentences that follow from a comparison."""
    return [*_ruled_out(found), *_best(found), *_cleanest(found), *_owning(found), *_follows(found)]


def _by_id(found: Mapping[str, Any]) -> dict[str, Row]:
    return {row["id"]: row for row in found["strategies"]}


def _ruled_out(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["strategies"]:
        if row["ruled_out"]:
            yield f"{row['name']} is ruled out: {'; '.join(row['ruled_out'])}."


def _best(found: Mapping[str, Any]) -> Iterator[str]:
    rows = _by_id(found)
    if not found["ranking"]:
        yield "No strategy meets the constraints: loosen one, or add a strategy."
        return
    first, *others = found["ranking"]
    names = [rows[id_]["name"] for id_ in first]
    if len(names) > 1:
        yield f"{' and '.join(names)} are too close to call: no one is better in 80 % of {found['draws']:,} draws."
    else:
        yield f"{names[0]} comes first at {_money(rows[first[0]], found)}."
    if others:
        yield f"After it: {', then '.join(' or '.join(rows[id_]['name'] for id_ in place) for place in others)}."


def _money(row: Row, found: Mapping[str, Any]) -> str:
    cost = row["cost"]
    return f"{cost['p50']:,.0f} {found['currency']} ({cost['p10']:,.0f} to {cost['p90']:,.0f})"


def _cleanest(found: Mapping[str, Any]) -> Iterator[str]:
    rows = [row for row in found["strategies"] if not row["ruled_out"]]
    known = [row for row in rows if row["embodied_kgco2e"] is not None]
    if len(known) > 1:
        best = min(known, key=_carbon)
        yield f"The least carbon by location and hardware: {best['name']}, {_carbon(best):,.0f} kgCO2e."
    for row in rows:
        if row["embodied_kgco2e"] is None:
            yield f"What making the hardware of {row['name']} emitted is not known: its carbon is not compared."


def _carbon(row: Row) -> float:
    return float(row["location_kgco2e"]["p50"] + row["embodied_kgco2e"]["p50"])


def _owning(found: Mapping[str, Any]) -> Iterator[str]:
    rows = _by_id(found)
    for one in found["break_even"]:
        own, rented = rows[one["owned"]]["name"], rows[one["rented"]]["name"]
        if one["utilisation"] <= 1:
            yield f"{own} costs less than {rented} above {one['utilisation']:.0%} use."
        else:
            yield f"{own} costs more than {rented} however much it is used."


def _follows(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["strategies"]:
        if not row["ruled_out"] and row["follows"]:
            yield f"The cost of {row['name']} hangs most on {row['follows'][0]['input']}."
