"""Behind a figure of one subject: formula, figure of the site, records of jobs, and nodes with their readings."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from analytics.attribution import figures as formulas
from analytics.attribution import split
from analytics.attribution.figures import NAME
from collectors.store.order import pick
from ui.attribution.figures import Attributed, Attribution, attributed
from ui.attribution.gather import Gathered, asked
from ui.jobs import job_rows
from ui.rows import kpi_row
from ui.trace_points import Bearing, point_rows
from ui.tracing import factor_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]


def trace_by(
    service: Service, site: Site, name: str, start: int, end: int, *, by: str, of: str, rows: bool = False
) -> Iterator[Row]:
    """The subject's figure, its formulas, the site's figure with its factors, its jobs, and the nodes they were on.

    Raises:
        InputError: no such kind of subject or figure.
    """
    found = list(attributed(service, site, start, end, by=by, names=[name], of=[of]))
    yield from (_figure(one) for one in found)
    if not found:
        return
    for formula in (split.shares, formulas.it_energy_of, *((formulas.part_of,) if name != NAME else ())):
        text = (inspect.getdoc(formula) or "").split("\n\n")[0]
        yield {"kind": "formula", "name": f"{formula.__module__}.{formula.__qualname__}", "text": text}
    gathered = Gathered(asked(service, site, start, end), by)
    if name != NAME:
        whole = Attribution(gathered).site.figures[name]
        yield {"kind": "site", "text": whole.reason or whole.method, **kpi_row(whole)}
        yield from (factor_row(factor) for factor in whole.factors)
    jobs = _jobs_of(gathered, of)
    yield from _job_rows(jobs)
    tree = gathered.question.eras[-1].tree
    held = [unit.id for unit in gathered.units(tree) if gathered.spec(tree, unit.id).rest == of]
    points = sorted({*jobs["point"].to_pylist(), *held} - {""})
    whole_time = ((start, end),)
    bearing = [Bearing(one, service.settings.point(one).role, ("energy",), whole_time) for one in points]
    yield from point_rows(service, site, bearing, rows=rows)


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
        key = (row["cluster"], row["id"])
        if key not in seen:
            seen.add(key)
            yield {
                "kind": "job",
                "name": f"{row['cluster']}/{row['id']}",
                **{key: row[key] for key in ("start", "end", "version", "origin", "taken_in", "state", "running")},
                "text": f"version {row['version']} of {row['origin']}, from {row['start']} to {row['end']}",
            }
