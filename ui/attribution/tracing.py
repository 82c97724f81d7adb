"""Behind a figure of one subject: formula, figure of the site, records of jobs, and nodes with their readings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analytics.attribution import figures as formulas
from analytics.attribution import per_work as ratios
from analytics.attribution import split
from analytics.attribution.figures import NAME
from analytics.attribution.inside import inside_of
from analytics.attribution.work import UNALLOCATED
from analytics.legs import leaves
from collectors.store.order import pick
from ui.attribution.figures import Attributed, Attribution, attributed
from ui.attribution.gather import Gathered
from ui.attribution.per_work import counters_of, per_work
from ui.attribution.period import asked
from ui.jobs import job_rows
from ui.rows import kpi_row
from ui.tracing.figure import bearing as bearing_of_site
from ui.tracing.figure import bills_behind, estimates_behind, factor_row, formulas_of, terms_behind
from ui.tracing.points import Bearing, point_rows
from ui.tracing.tables import FORMULAS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    import pyarrow as pa

    from analytics.boundary import Tree
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
PER_WORK = {ratios.name_of(figure, per): (figure, per) for figure in ratios.SCALES for per in ratios.PER}
GONE = "not in the site file"
NOWHERE = "it names no node: import it with its nodes; "


def trace_by(  # noqa: PLR0913 - what is asked, of whom, and how
    service: Service,
    site: Site,
    name: str,
    start: int,
    end: int,
    *,
    by: str,
    of: str,
    every_s: int | None = None,
    rows: bool = False,
) -> Iterator[Row]:
    """The subject's figure, its formulas, the site's figure with its factors, its jobs, and the nodes they were on.

    Of each node also its feeds, its GPUs and what lies in it, and of a part of the site's figure the site's own meters,
    overhead, rates and terms; the estimates and bills of all these, and for a figure per unit of work the counters.

    Raises:
        InputError: no such kind of subject or figure.
    """
    whole, per = PER_WORK.get(name, (name, ""))
    found = list(
        per_work(service, site, start, end, by=by, per=per, every_s=every_s, names=[whole], of=[of])
        if per
        else attributed(service, site, start, end, by=by, every_s=every_s, names=[name], of=[of])
    )
    yield from (_figure(one) for one in found)
    if not found:
        return
    shared = (formulas.part_of,) if whole != NAME else ()
    yield from formulas_of(split.shares, formulas.it_energy_of, *shared, *((ratios.per_unit,) if per else ()))
    gathered = Gathered(asked(service, site, start, end), by)
    if whole != NAME:
        figure = Attribution(gathered).site.figures[whole]
        yield {"kind": "site", "text": figure.reason or figure.method, **kpi_row(figure)}
        yield from formulas_of(*FORMULAS[whole])
        yield from (factor_row(factor) for factor in figure.factors)
        yield from terms_behind(gathered.question, whole)
    jobs = _jobs_of(gathered, of)
    yield from _job_rows(jobs)
    nodes = {*jobs["point"].to_pylist(), *gathered.held_by("" if of == UNALLOCATED else of)} - {""}
    points = _points(gathered, nodes, unseen=of == UNALLOCATED)
    of_site = bearing_of_site(gathered.question, whole) if whole != NAME else []
    every = {*points, *(one.point for one in of_site)}
    yield from estimates_behind(gathered.question, every)
    yield from bills_behind(gathered.question, every)
    yield from (_gone(point) for point, role in points.items() if role == GONE)
    spans = ((start, end),)
    bearing = [Bearing(point, role, ("energy",), spans) for point, role in points.items() if role != GONE]
    counters = counters_of(gathered, of, per) if per and by == "model" else []
    bearing += [Bearing(point, "counter", (f"{per}_counter", f"{per}s"), spans) for point in counters]
    yield from point_rows(service, site, [*bearing, *_others(of_site, bearing)], rows=rows)


def _others(of_site: Iterable[Bearing], named: Collection[Bearing]) -> Iterator[Bearing]:
    """The points of the site's figure that are not those of the subject too: its meters, overhead and rates."""
    known = {(one.point, one.metrics) for one in named}
    for one in of_site:
        if (one.point, one.metrics) not in known:
            yield replace(one, role=f"{one.role}, of the site's figure")


def _gone(point: str) -> Row:
    return {"kind": "point", "name": point, "role": GONE, "text": f"{point} is {GONE}: bring it back to see its rows"}


def _points(gathered: Gathered, nodes: Collection[str], *, unseen: bool) -> dict[str, str]:
    """The points that nodes are read from, by any tree of the period, each with its role.

    `unseen` adds those at which all IT is measured, where some of it is seen there alone.
    """
    found = dict.fromkeys(sorted(nodes), GONE)
    for era in gathered.question.eras:
        for node in sorted(nodes):
            named = _of_node(gathered, era.tree, node)
            found |= {point: era.tree.by_id[point].role for point in named if point in era.tree.by_id}
        beside = leaves(gathered.beside(era.tree)) if unseen else ()
        found |= {point: era.tree.by_id[point].role for point in beside}
    return found


def _of_node(gathered: Gathered, tree: Tree, node: str) -> tuple[str, ...]:
    if node not in tree.by_id:
        return ()
    units = {unit.id: unit for unit in gathered.units(tree)}
    feeds = units[node].feeds if node in units else ()
    return (node, *feeds, *gathered.spec(tree, node).gpus, *inside_of(tree, list(units.values())).get(node, ()))


def _figure(one: Attributed) -> Row:
    return {"kind": "figure", "by": one.by, "of": one.of, "text": one.kpi.reason or one.kpi.method, **kpi_row(one.kpi)}


def _jobs_of(gathered: Gathered, of: str) -> pa.Table:
    work = gathered.work
    codes = [code for code, name in enumerate(work.subjects) if name == of]
    mask = (work.subject == codes[0]) if codes else work.subject < 0
    return pick(gathered.jobs, mask)


def _job_rows(jobs: pa.Table) -> Iterator[Row]:
    seen = set()
    for row in job_rows(jobs):
        key = (row["cluster"], row["id"], row["start"])
        if key not in seen:
            seen.add(key)
            told = "" if row["point"] else NOWHERE
            yield {
                "kind": "job",
                "name": f"{row['cluster']}/{row['id']}",
                **{key: row[key] for key in ("start", "end", "version", "origin", "taken_in", "state", "running")},
                "text": f"{told}version {row['version']} of {row['origin']}, from {row['start']} to {row['end']}",
            }
