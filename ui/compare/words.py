"""What a comparison says in words, from its numbers alone; too close to call is said so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]
CENTS_BELOW: Final = 100
BY_LOCATION: Final = "market_gco2e_per_kwh not given: the location-based one stands for what no contract covers"
NAMED: Final = 5  # of many mixtures, those that a sentence names


def advice(found: Mapping[str, Any]) -> list[str]:
    """Return the sentences that follow from a comparison."""
    return [*_ruled_out(found), *_best(found), *_cleanest(found), *_stands_in(found), *_owning(found), *_follows(found)]


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
        yield f"{_listed(names)} are too close to call: no one is better in 80 % of {found['draws']:,} draws."
    else:
        yield f"{names[0]} comes first at {_money(rows[first[0]], found)}."
    if others:
        places = (" or ".join(rows[id_]["name"] for id_ in place) for place in others[:NAMED])
        yield f"After it: {', then '.join(places)}."


def _listed(names: list[str]) -> str:
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return " and ".join([*names[:NAMED], *more])


def _money(row: Row, found: Mapping[str, Any]) -> str:
    cost = row["cost"]
    p10, p50, p90 = (amount(cost[key]) for key in ("p10", "p50", "p90"))
    return f"{p50} {found['currency']} ({p10} to {p90})"


def amount(money: float) -> str:
    """Return money as people read it: with cents where they matter."""
    return f"{money:,.0f}" if money >= CENTS_BELOW else f"{money:,.2f}"


def _cleanest(found: Mapping[str, Any]) -> Iterator[str]:
    rows = [row for row in found["strategies"] if not row["ruled_out"]]
    best = [row for id_ in found["cleanest"] for row in rows if row["id"] == id_]
    if len(best) > 1:
        names = _listed([row["name"] for row in best])
        yield f"By carbon of location and hardware {names} are too close to call."
    for row in best if len(best) == 1 else []:
        yield f"The least carbon by location and hardware: {row['name']}, {_carbon(row):,.0f} kgCO2e."
    for row in rows:
        if row["embodied_kgco2e"] is None:
            yield f"What making the hardware of {row['name']} emitted is not known: its carbon is not compared."


def _stands_in(found: Mapping[str, Any]) -> Iterator[str]:
    """Where some market-based figures rest on a location-based factor and others do not, they do not compare."""
    rows = [row for row in found["strategies"] if not row["ruled_out"] and row["market_kgco2e"]]
    by_location = [row["name"] for row in rows if any(BY_LOCATION in text for text in row["told"])]
    if by_location and len(by_location) < len(rows):
        yield (
            f"The market-based figure of {_listed(by_location)} rests on the location-based factor and does not "
            "compare with the others: give market_gco2e_per_kwh."
        )


def _carbon(row: Row) -> float:
    return float(row["location_kgco2e"]["p50"] + row["embodied_kgco2e"]["p50"])


def _owning(found: Mapping[str, Any]) -> Iterator[str]:
    rows = _by_id(found)
    for one in (each for each in found["break_even"] if not rows[each["owned"]].get("parts")):  # mixtures: the table
        own, rented = rows[one["owned"]]["name"], rows[one["rented"]]["name"]
        if one["utilisation"] is not None and one["utilisation"] <= 1:
            yield f"{own} costs less than {rented} above {percent(one['utilisation'])} use."
        else:
            yield f"{own} costs more than {rented} however much it is used."


def _follows(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["strategies"]:
        if not row["ruled_out"] and row["follows"]:
            yield f"The cost of {row['name']} hangs most on {row['follows'][0]['input']}."
