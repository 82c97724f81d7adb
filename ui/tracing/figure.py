"""Behind a figure: its formula and standard, the points it sums, their ledger rows and readings, and its factors."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from analytics.green import GRID_SHARE
from analytics.intensity import INTENSITY
from config.errors import InputError
from config.reading.wording import remedy
from ui.books.windows import merged
from ui.estimates.deciding import estimate_row
from ui.figures.named import FIGURES
from ui.figures.record_days import days_of
from ui.figures.relatives import touches
from ui.figures.site import Question
from ui.format import iso
from ui.records.entering import record_row
from ui.records.reach import reaching
from ui.rows import kpi_row
from ui.tracing.points import Bearing, point_rows
from ui.tracing.tables import FORMULAS, METRICS_OF, OF_CLAIMS, OF_RECORDS, POINTS
from ui.usage.lines import bills_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from analytics.kpi import FactorUse
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]


def trace_rows(
    service: Service,
    site: Site,
    name: str,
    start: int,
    end: int,
    *,
    category: int | None = None,
    rows: bool = False,
    memo: dict[Bearing, Row] | None = None,
) -> Iterator[Row]:
    """The figure, its formula, its factors, then each point with its ledger rows and readings, each with `kind`.

    `memo` is that of `point_rows`.

    Raises:
        InputError: no figure has this name.
    """
    if name not in FIGURES:
        msg = f'"{name}" is no figure; {remedy(name, FIGURES)}'
        raise InputError(msg)
    (figure,) = service.kpis(site=site.id, start=start, end=end, names=[name], category=category)
    yield {"kind": "figure", "text": figure.reason or figure.method, **kpi_row(figure)}
    yield from formulas_of(*FORMULAS[name])
    for factor in figure.factors:
        yield factor_row(factor)
    question = Question(service, site, min(start, figure.start), figure.end, category or site.pue_category)
    of = {point for era in question.eras for point in POINTS[name](era.tree, question.category)}
    yield from estimates_behind(question, of)
    yield from bills_behind(question, of)
    yield from terms_behind(question, name)
    yield from point_rows(service, site, bearing(question, name), rows=rows, memo=memo)


def bearing(question: Question, name: str) -> list[Bearing]:
    """Return the points behind a figure, each with the time of the trees in which it bears on it."""
    metrics, spans, roles = METRICS_OF.get(name, ("energy",)), dict[str, list[tuple[int, int]]](), dict[str, str]()
    for era in question.eras:
        for point in dict.fromkeys(POINTS[name](era.tree, question.category)):
            spans.setdefault(point, []).append((era.start, era.end))
            roles[point] = era.tree.by_id[point].role
    inside = [Bearing(point, roles[point], metrics, tuple(merged(spans[point]))) for point in sorted(spans)]
    whole = ((question.start, question.end),)
    return inside + [Bearing(point, role, of, whole) for (point, of), role in _beside(question, name)]


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


def terms_behind(question: Question, name: str) -> Iterator[Row]:
    """What the site file and approved records say that decides a figure."""
    yield from _terms(question, name)
    yield from _records(question, name)


def formulas_of(*formulas: Callable[..., object]) -> Iterator[Row]:
    """Formulas as rows, with the sentence that says what each is."""
    for formula in formulas:
        text = (inspect.getdoc(formula) or "").split("\n\n")[0]
        yield {"kind": "formula", "name": f"{formula.__module__}.{formula.__qualname__}", "text": text}


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
