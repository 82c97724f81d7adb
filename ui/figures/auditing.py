"""Whether the books of a site balance: residuals by balance and time, drifting meters, suspicious points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from analytics.alike import alike
from analytics.suspects import drifts, suspects
from analytics.uses import Residual, residuals
from ui.figures.site import Question
from ui.figures.twice import twice
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from analytics.boundary import Tree
    from analytics.suspects import Drift
    from config.site import Site
    from ui.service import Service

By = Literal["day", "month"]
Row = dict[str, Any]
MONTHS = 12
WEEK = 7
DUST = 1e-9  # of floats: a share this small contradicts nothing
SHOWN = 20


def audit_rows(service: Service, site: Site, start: int, end: int, *, by: By) -> Iterator[Row]:
    """Residuals of each slice, then drifts, then suspects, each as a row with `kind`."""
    slices = []
    for first, last in cuts(start, end, ZoneInfo(site.time_zone), by=by):
        found = residuals_of(service, site, first, last)
        slices.append(found)
        yield from (_residual_row(site.id, first, last, one) for one in found)
    drifting = drifts(slices)
    of_period = {"site": site.id, "start": iso(start), "end": iso(end)}
    yield from (_drift_row(one, of_period) for one in drifting if one.change is not None)
    seen = suspects(
        residuals=residuals_of(service, site, start, end),
        drifting=drifting,
        missing=_missing(service, site, start, end),
        twice=twice(service, site, start, end),
        same=_same(service, site, start, end),
    )
    for rank, one in enumerate(seen[:SHOWN], start=1):
        told = {"node": one.point, "rank": rank, "share": one.score, "text": "; ".join(one.reasons)}
        yield {"kind": "suspect"} | of_period | told


def _drift_row(one: Drift, of_period: Row) -> Row:
    told = {
        "node": ", ".join(one.parents),
        "children": ", ".join(one.children),
        "share": one.change,
        "text": f"residual changed by {one.change:+.2%} of the parents' energy",
    }
    return {"kind": "drift" if one.drifts else "steady"} | of_period | told


def cuts(start: int, end: int, zone: ZoneInfo, *, by: By) -> list[tuple[int, int]]:
    """The period cut at local midnights, or at those of the first of each month; a day that a zone skipped is none."""
    local = datetime.fromtimestamp(start, UTC).astimezone(zone)
    edge = datetime(local.year, local.month, local.day if by == "day" else 1, tzinfo=zone)
    edges = [start]
    while edge.timestamp() < end:
        edges += [int(edge.timestamp())] if edge.timestamp() > start else []
        edge = edge + timedelta(days=1) if by == "day" else _next_month(edge)
    return list(pairwise(dict.fromkeys([*edges, end])))


def _next_month(edge: datetime) -> datetime:
    return edge.replace(year=edge.year + edge.month // MONTHS, month=edge.month % MONTHS + 1)


def residuals_of(service: Service, site: Site, start: int, end: int) -> list[Residual]:
    """Return the balances of a site over [start, end) [UTC s] with their energies."""
    question = Question(service, site, start, end, site.pue_category, read_alone=True)
    return residuals(question.tables(_balanced), question.eras)


def balance_rows(service: Service, site: Site, start: int, end: int) -> Iterator[Row]:
    """Yield the balances of a site over the whole of [start, end) [UTC s] as rows; a week at a time is in memory."""
    sums: dict[tuple[tuple[str, ...], tuple[str, ...]], list[float]] = {}
    days = cuts(start, end, ZoneInfo(site.time_zone), by="day")
    for week in (days[at : at + WEEK] for at in range(0, len(days), WEEK)):
        first, last = week[0][0], week[-1][1]
        for one in residuals_of(service, site, first, last):
            former = sums.get((one.parents, one.children), [0.0] * 3)
            more = one.parents_kwh, one.children_kwh, one.used_share * (last - first)
            sums[one.parents, one.children] = [a + b for a, b in zip(former, more, strict=True)]
    for (parents, children), (above, below, seconds) in sums.items():
        found = Residual(
            parents=parents,
            children=children,
            parents_kwh=above,
            children_kwh=below,
            used_share=seconds / (end - start),
        )
        yield _residual_row(site.id, start, end, found)


def _balanced(tree: Tree) -> list[str]:
    return [point for balance in tree.balances for point in (*balance.parents, *balance.children)]


def _missing(service: Service, site: Site, start: int, end: int) -> dict[str, float]:
    """Share of time in which each point of the balances was not seen."""
    question = Question(service, site, start, end, site.pue_category, read_alone=True)
    wanted = sorted({point for era in question.eras for point in _balanced(era.tree)})
    return missing_shares(question.tables(_balanced), wanted, start, end)


def _same(service: Service, site: Site, start: int, end: int) -> list[tuple[str, ...]]:
    """Groups of children of one balance that say the same in every interval."""
    question = Question(service, site, start, end, site.pue_category, read_alone=True)
    children = {frozenset(balance.children) for era in question.eras for balance in era.tree.balances}
    groups = alike(question.tables(lambda tree: [point for one in tree.balances for point in one.children]))
    return sorted({pair for group in groups for of in children if len(pair := tuple(p for p in group if p in of)) > 1})


def missing_shares(tables: Iterable[pa.Table], points: Iterable[str], start: int, end: int) -> dict[str, float]:
    """Return the share of [start, end) in which each point was not seen; a time without a row was not."""
    dark = dict.fromkeys(points, float(end - start))
    for table in tables:
        seconds = pc.cast(pc.subtract(table["end"], table["start"]), "float64")
        seen = pc.multiply(seconds, pc.subtract(1.0, table["missing"]))
        sums = table.append_column("seen", seen).group_by("point").aggregate([("seen", "sum")])
        for row in sums.to_pylist():
            dark[row["point"]] -= row["seen_sum"]
    return {point: max(0.0, seconds) / (end - start) for point, seconds in dark.items()}


def _residual_row(site: str, start: int, end: int, one: Residual) -> Row:
    return {
        "kind": "residual",
        "site": site,
        "start": iso(start),
        "end": iso(end),
        "node": ", ".join(one.parents),
        "children": ", ".join(one.children),
        "parents_kwh": one.parents_kwh,
        "children_kwh": one.children_kwh,
        "residual_kwh": one.residual_kwh,
        "share": one.share,
        "used_share": one.used_share,
        "text": "meters contradict each other" if (one.share or 0.0) < -DUST else "losses and unmetered loads",
    }
