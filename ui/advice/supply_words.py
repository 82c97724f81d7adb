"""What a look at renewables and a battery says in words, from its numbers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = dict[str, Any]
NAMES: Final = {"pv_kw": "PV", "wind_kw": "wind", "battery_kwh": "the battery"}


def advice(found: Mapping[str, Any]) -> list[str]:
    """Return the sentences that follow from a front."""
    return [*_cheapest(found), *_cleanest(found), *_annual(found), *_most(found)]


def _cheapest(found: Mapping[str, Any]) -> Iterator[str]:
    best = min(found["front"], key=lambda row: row["cost_per_year"]["p50"])
    if not _built(best):
        yield f"Nothing that could be built costs less than buying everything: {_money(best, found)} a year."
        return
    saved = found["without"]["cost_per_year"]["p50"] - best["cost_per_year"]["p50"]
    share = f"{percent(best['hourly_share'], 1)} of the load in its own hour"
    yield (
        f"The least cost: {sizes(best)}, {_money(best, found)} a year, "
        f"{saved:,.0f} {found['currency']} less than without, {share}."
    )


def _cleanest(found: Mapping[str, Any]) -> Iterator[str]:
    best = min(found["front"], key=lambda row: row["carbon_kgco2e_per_year"]["p50"])
    if not _built(best):
        yield "Nothing that could be built emits less than the grid: what making it emits outweighs what it covers."
        return
    less = found["without"]["carbon_kgco2e_per_year"]["p50"] - best["carbon_kgco2e_per_year"]["p50"]
    more = best["cost_per_year"]["p50"] - found["without"]["cost_per_year"]["p50"]
    price = f"{more / less * 1000:,.0f} {found['currency']} a tonne less" if more > 0 else "less cost than without"
    making = best["embodied_kgco2e_per_year"]["p50"]
    yield (
        f"The least carbon, what making it emits included: {sizes(best)}, "
        f"{best['carbon_kgco2e_per_year']['p50']:,.0f} kgCO2e a year ({making:,.0f} of it from making), at {price}."
    )


def _annual(found: Mapping[str, Any]) -> Iterator[str]:
    whole = [row for row in found["front"] if row["made_kwh_per_year"] >= found["load_kwh_per_year"]]
    if whole:
        row = min(whole, key=lambda one: one["cost_per_year"]["p50"])
        yield (
            f"By the sum of the year {sizes(row)} make as much as the load takes, "
            f"yet in its own hour they cover {percent(row['hourly_share'], 1)} of it."
        )


def _most(found: Mapping[str, Any]) -> Iterator[str]:
    row = max(found["front"], key=lambda one: one["hourly_share"])
    if _built(row):
        yield f"The most that can be covered hour by hour is {percent(row['hourly_share'], 1)}, by {sizes(row)}."
    best = min(found["front"], key=lambda one: one["carbon_kgco2e_per_year"]["p50"])
    full = [name for key, name in NAMES.items() if best[key] and best[key] >= found["most"][key]]
    if full:
        yield f"The least carbon takes all of {' and '.join(full)} that the file allows: more may be better still."


def _built(row: Row) -> bool:
    return any(row[key] > 0 for key in ("pv_kw", "wind_kw", "battery_kwh"))


def sizes(row: Row) -> str:
    """Return the sizes of a row in words, without what is not built."""
    words = [f"{row['pv_kw']:,.0f} kW of PV"] if row["pv_kw"] else []
    words += [f"{row['wind_kw']:,.0f} kW of wind"] if row["wind_kw"] else []
    words += [f"{row['battery_kwh']:,.0f} kWh of battery"] if row["battery_kwh"] else []
    return ", ".join(words) or "nothing"


def _money(row: Row, found: Mapping[str, Any]) -> str:
    return f"{row['cost_per_year']['p50']:,.0f} {found['currency']}"
