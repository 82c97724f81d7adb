"""Behind a figure: its formula and standard, the points it sums, their ledger rows and readings, and its factors."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from analytics import (
    bills,
    carbon,
    effectiveness,
    efficiency,
    embodied,
    energy,
    green,
    losses,
    market,
    matching,
    peaks,
    ratios,
    recorded,
    relatives,
    reuse,
    scope1,
    scope3,
    upstream,
    utilisation,
    water,
)
from analytics.effectiveness import pue_points
from analytics.green import GRID_SHARE
from analytics.intensity import INTENSITY
from analytics.legs import leaves
from analytics.water import METRICS, water_points
from config.errors import InputError
from config.wording import remedy
from ui.auditing import cuts
from ui.estimates import estimate_row
from ui.figures import FIGURES, Question
from ui.format import iso
from ui.from_records import REFRIGERANT, days_of
from ui.record_reach import reaching
from ui.records import record_row
from ui.relatives import touches
from ui.rows import kpi_row, ledger_rows
from ui.usage.lines import bills_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from analytics.boundary import Tree
    from analytics.kpi import FactorUse
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]


def _of_units(pick: Callable[[Tree, int], tuple[str, ...]]) -> Callable[[Tree, int], tuple[str, ...]]:
    return lambda tree, category: leaves(tree.units(pick(tree, category)))


_FACILITY = _of_units(lambda tree, _: tree.facility)
_BOUGHT = _of_units(lambda tree, _: tree.purchased)

_ERF = _of_units(lambda tree, _: (*tree.facility, *tree.topmost("heat_export")))

# figure -> points whose ledger rows bear on it
POINTS: Mapping[str, Callable[[Tree, int], tuple[str, ...]]] = {
    "pue": pue_points,
    "dcie": pue_points,
    "pue_12_months": pue_points,
    "facility_energy_kwh": _FACILITY,
    "bought_energy_kwh": _BOUGHT,
    "it_energy_kwh": _of_units(lambda tree, category: tree.it(category) + tree.within_it(category)),
    "cooling_energy_kwh": _of_units(lambda tree, category: tree.uses(category)["cooling"]),
    "losses_energy_kwh": lambda tree, category: (
        *pue_points(tree, category),
        *leaves(tree.units(point for of_use in tree.uses(category).values() for point in of_use)),
    ),
    "emissions_location_kgco2e": _BOUGHT,
    "emissions_market_kgco2e": _BOUGHT,
    "emissions_scope_1_kgco2e": lambda _tree, _category: (),
    "matched_share_annual": _BOUGHT,
    "matched_share_renewable": _BOUGHT,
    "matched_share_hourly": _BOUGHT,
    "cfe": _BOUGHT,
    "energy_cost": _BOUGHT,
    "emissions_upstream_kgco2e": _BOUGHT,
    "emissions_embodied_kgco2e": lambda _tree, _category: (),
    "pue_category_0": lambda tree, _category: leaves(tree.units(peaks.peak_points(tree))),
    "pue_mixed": lambda tree, category: (*pue_points(tree, category), *_FACILITY(tree, category)),
    "wue_with_source": lambda tree, category: (*pue_points(tree, category), *water_points(tree)),
    "cer": _of_units(lambda tree, category: (*tree.topmost("heat_removed"), *tree.uses(category)["cooling"])),
    "iteusv": lambda tree, _category: tuple(point.id for point in tree.points if point.role == "server"),
    "wue": lambda tree, category: (*pue_points(tree, category), *water_points(tree)),
    "erf": _ERF,
    "ref": _FACILITY,
    "ere": lambda tree, category: (*pue_points(tree, category), *_ERF(tree, category)),
    "cue": lambda tree, category: (*pue_points(tree, category), *_BOUGHT(tree, category)),
}
FORMULAS: Mapping[str, tuple[Callable[..., object], ...]] = {
    "pue": (efficiency.pue, effectiveness.pue_of_period),
    "pue_12_months": (efficiency.pue, effectiveness.pue_of_period),
    "dcie": (efficiency.dcie, efficiency.dcie_of),
    "facility_energy_kwh": (energy.energy_kwh,),
    "bought_energy_kwh": (energy.energy_kwh,),
    "it_energy_kwh": (energy.energy_kwh,),
    "cooling_energy_kwh": (energy.energy_kwh,),
    "losses_energy_kwh": (losses.losses_of,),
    "emissions_location_kgco2e": (carbon.emissions_location_kgco2e,),
    "emissions_market_kgco2e": (market.market_based, market.emissions_market_kgco2e),
    "emissions_scope_1_kgco2e": (scope1.fuel_by_litre, recorded.scope_1_of),
    "matched_share_annual": (green.matched_share_annual,),
    "matched_share_renewable": (green.matched_share_annual,),
    "matched_share_hourly": (matching.hourly_match, green.matched_share_hourly),
    "cfe": (matching.carbon_free, green.cfe_of_period),
    "energy_cost": (bills.energy_cost_of_period,),
    "wue": (water.wue_of_period,),
    "erf": (reuse.erf_of,),
    "ref": (relatives.ref, ratios.ref_of),
    "ere": (relatives.ere, ratios.ere_of),
    "cue": (relatives.cue, ratios.cue_of),
    "emissions_upstream_kgco2e": (scope3.transmission_kgco2e, upstream.emissions_upstream_kgco2e),
    "emissions_embodied_kgco2e": (scope3.embodied_kgco2e, embodied.emissions_embodied_kgco2e),
    "pue_category_0": (relatives.pue_category_0, peaks.pue_category_0_of_period),
    "pue_mixed": (relatives.mixed_pue, ratios.pue_mixed_of),
    "wue_with_source": (relatives.wue_with_source, ratios.wue_source_of),
    "cer": (relatives.cer, ratios.cer_of),
    "iteusv": (relatives.iteusv, utilisation.iteusv_of_period),
}


OF_CLAIMS = frozenset({"emissions_market_kgco2e", "ref", "matched_share_annual", "matched_share_hourly", "cfe"}) | {
    "matched_share_renewable"
}
OF_RECORDS: Mapping[str, tuple[str, ...]] = {  # figure -> what the kinds of its records begin with
    "emissions_scope_1_kgco2e": ("fuel", REFRIGERANT),
    "emissions_embodied_kgco2e": ("hardware",),
    "pue_mixed": ("other_energy",),
}
METRICS_OF: Mapping[str, tuple[str, ...]] = {
    "wue": ("energy", *METRICS),
    "wue_with_source": ("energy", *METRICS),
    "iteusv": (utilisation.METRIC,),
}


def trace_rows(
    service: Service, site: Site, name: str, start: int, end: int, *, category: int | None = None, rows: bool = False
) -> Iterator[Row]:
    """The figure, its formula, its factors, then each point with its ledger rows and readings, each with `kind`.

    Raises:
        InputError: no figure has this name.
    """
    if name not in FIGURES:
        msg = f'"{name}" is no figure; {remedy(name, FIGURES)}'
        raise InputError(msg)
    (figure,) = service.kpis(site=site.id, start=start, end=end, names=[name], category=category)
    yield {"kind": "figure", "text": figure.reason or figure.method, **kpi_row(figure)}
    for formula in FORMULAS[name]:
        text = (inspect.getdoc(formula) or "").split("\n\n")[0]
        yield {"kind": "formula", "name": f"{formula.__module__}.{formula.__qualname__}", "text": text}
    for factor in figure.factors:
        yield factor_row(factor)
    question = Question(service, site, figure.start, figure.end, category or site.pue_category)
    of = {point for era in question.eras for point in POINTS[name](era.tree, question.category)}
    yield from estimates_behind(question, of)
    yield from bills_behind(question, of)
    yield from _terms(question, name)
    yield from _records(question, name)
    roles: dict[tuple[str, tuple[str, ...]], str] = {}
    for era in question.eras:
        own = {point: era.tree.by_id[point].role for point in POINTS[name](era.tree, question.category)}
        roles |= {(point, METRICS_OF.get(name, ("energy",))): role for point, role in own.items()}
    for (point, metrics), role in [*sorted(roles.items()), *_beside(question, name)]:
        table = service.ledger(start=figure.start, end=figure.end, points=[point], metrics=metrics)
        yield point_row(service, site, point, role, table, figure.start, figure.end)
        if rows:
            yield from ({"kind": "row", **row} for row in ledger_rows(table))


def _beside(question: Question, name: str) -> Iterator[tuple[tuple[str, tuple[str, ...]], str]]:
    """Points outside the site's tree that a figure reads: meters of contracts, and what is read of the grid."""
    site, contracts = question.site, question.service.settings.contracts
    if name in {"matched_share_hourly", "cfe"}:
        for one in contracts:
            if site.id in one.sites and one.point is not None and one.kind != "on_site":
                yield (one.point, ("energy",)), f"plant of contract {one.id}"
    if name == "cfe" and site.grid_cfe_point:
        yield (site.grid_cfe_point, (GRID_SHARE,)), "carbon-free share of the grid"
    if name in {"emissions_location_kgco2e", "cue"} and site.hourly_intensity:
        yield (site.hourly_intensity.point, (INTENSITY,)), "carbon intensity of the grid"


def _terms(question: Question, name: str) -> Iterator[Row]:
    """What the site file says that decides a figure: certificates and tariffs of contracts, prices of energy."""
    if name in OF_CLAIMS:
        for claim in (claim for part, _ in question.years for claim in part.claims):
            amount = f"{claim.kwh:.6g} kWh" if claim.kind != "green_tariff" else f"{claim.share:.4g} of what is used"
            text = f"{claim.kind} {claim.contract}: {claim.reason or f'{amount} may be claimed'}"
            yield {**asdict(claim), "kind": "claim", "name": claim.certificate or claim.contract, "text": text}
    if name == "energy_cost":
        for tariff in question.service.settings.tariffs:
            if tariff.site == question.site.id and touches(tariff.valid_from, tariff.valid_to, question):
                rates = ", ".join(f"{rate.name} {rate.price_per_kwh:g}" for rate in tariff.rates)
                charges = f"demand {tariff.demand_price_per_kw:g} per kW, fixed {tariff.fixed_per_month:g} a month"
                yield {"kind": "tariff", "name": tariff.id, "text": f"{tariff.currency}: {rates} per kWh; {charges}"}


def _records(question: Question, name: str) -> Iterator[Row]:
    """The approved records that a figure rests on, each with who entered and who approved it, and its evidence."""
    if name not in OF_RECORDS:
        return
    days = days_of(question)
    found = question.service.stores.state.records.standing(site=question.site.id)
    for one in reaching(question.service, found, days.first, days.end):
        if one.entry.kind.startswith(OF_RECORDS[name]):
            row = record_row(one)
            text = (
                f"{row['kind']} {row['subject']} of {row['from']} to {row['to']}: {row['value']} {row['unit']}, "
                f"entered by {row['entered_by']}, approved by {row['approved_by']}"
            )
            yield {**row, "kind": "record", "of": row["kind"], "name": one.id, "text": text}


def estimates_behind(question: Question, of: Collection[str]) -> Iterator[Row]:
    """The approved estimates of points that bear on a figure, each with who proposed and who approved it."""
    for one in question.estimates:
        if one.of.point in of:
            row = estimate_row(one)
            text = f"{row['method']}, proposed by {one.proposed_by}, approved by {one.decided_by}"
            yield {**row, "kind": "estimate", "name": one.of.point, "text": text}


def bills_behind(question: Question, of: Collection[str]) -> Iterator[Row]:
    """The bills whose lines are energy of points that bear on a figure, with the files they came from."""
    bills = bills_of(question.service, sorted(of), question.start, question.end)
    notes = {note.origin: note for note in question.service.stores.state.imports()} if bills else {}
    for bill in bills:
        note, lines = notes[bill["origin"]], bill["lines"]
        known = sum(not line["problem"] for line in lines)
        text = f"{note.file}, imported {iso(note.imported_at)}: {known} of {len(lines)} lines valued; {note.origin}"
        kwh = sum(line["kwh"] for line in lines)
        name = f"{bill['usage']} {bill['month']}"
        yield {"kind": "bill", "name": name, "energy_kwh": kwh, "lines": lines, "text": text}


def factor_row(factor: FactorUse) -> Row:
    """A factor as it was used, as a row."""
    used = {key: value for key, value in asdict(factor).items() if key != "id"}
    return {"kind": "factor", "name": factor.id, "text": f"{factor.source} {factor.note}".strip(), **used}


def point_row(service: Service, site: Site, point: str, role: str, table: pa.Table, start: int, end: int) -> Row:
    """A point with sums of its ledger rows and counts of its readings."""
    seconds = pc.cast(pc.subtract(table["end"], table["start"]), pa.float64())
    total = pc.sum(seconds).as_py() or 0.0

    def share(column: str) -> float:
        return (pc.sum(pc.multiply(seconds, table[column])).as_py() or 0.0) / total if total else 0.0

    kept, rejected = _readings(service, site, point, start, end)
    revised = pc.sum(pc.greater(table["revision"], 0)).as_py() or 0
    return {
        "kind": "point",
        "name": point,
        "role": role,
        "start": iso(start),
        "end": iso(end),
        "rows": table.num_rows,
        "rows_revised": revised,
        "energy_kwh": pc.sum(table["energy_kwh"]).as_py(),
        "measured": share("measured"),
        "estimated": share("estimated"),
        "missing": share("missing") if total else 1.0,
        "readings": kept,
        "readings_rejected": rejected,
        "methods": sorted(set(table["method"].to_pylist()) - {None}),
        "text": f"{role}: {table.num_rows:,} rows, {revised:,} revised; {kept:,} readings, {rejected:,} rejected",
    }


def _readings(service: Service, site: Site, point: str, start: int, end: int) -> tuple[int, int]:
    """How many readings stand and how many were rejected; a month at a time, so that a year fits in memory."""
    kept = rejected = 0
    for first, last in cuts(start, end, ZoneInfo(site.time_zone), by="month"):
        readings = service.stores.archive.read([point], None, first, last, rejected=True, columns=["quality"])
        bad = pc.sum(pc.equal(readings["quality"], "rejected")).as_py() or 0
        kept, rejected = kept + readings.num_rows - bad, rejected + bad
    return kept, rejected
