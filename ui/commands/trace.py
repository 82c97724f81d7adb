"""`wattlas trace`: what stands behind a printed figure."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from functools import partial
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, SiteOption, ToOption

app = typer.Typer(add_completion=False)
COLUMNS = ("kind", "name", "value", "unit", "rows", "readings", "measured", "estimated", "missing", "text")
NameArgument = Annotated[
    str,
    typer.Argument(
        help="Name of a figure, as `wattlas kpi` prints it; or a report, by its id or its period.", show_default=False
    ),
]
FigureArgument = Annotated[
    str | None,
    typer.Argument(
        help="With a report: what it prints, such as pue, site/pue, pue@year_before, pue@2026-04-03, 'GRI 302-1 c' or "
        "'EU II.1.d EDC'.",
        show_default=False,
    ),
]
FirstOption = Annotated[
    str | None,
    typer.Option("--from", help="Start of the figure's period, as `wattlas kpi` takes it.", show_default=False),
]
RowsOption = Annotated[bool, typer.Option("--rows", help="Print every ledger row behind the figure too.")]


@app.command()
def trace(  # noqa: PLR0913 - options of a command
    name: NameArgument,
    figure: FigureArgument = None,
    *,
    start: FirstOption = None,
    end: ToOption = None,
    site: SiteOption = None,
    category: Annotated[
        int | None, typer.Option(min=1, max=3, help="PUE category, instead of the site's own.", show_default=False)
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Kind of subject, as `wattlas kpi --by` takes it.", show_default=False)
    ] = None,
    of: Annotated[str | None, typer.Option("--of", help="With --by: whose figure it is.", show_default=False)] = None,
    every: Annotated[
        str | None, typer.Option("--every", help="With --by: cells, as `wattlas kpi --every` takes them.")
    ] = None,
    rows: RowsOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print a figure, or one that a report prints, with its formula, factors, points, rows and counts of readings."""
    from config.errors import InputError
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show
    from ui.tracing.figure import trace_rows

    if (by is None) != (of is None) or (by and category) or (every and not by):
        message = (
            "--by, --of go together, --every with them, --category not: trace it_energy_kwh --by tenant --of NAME."
        )
        raise InputError(message)
    service = open_service(config, data)
    if figure is not None:
        if start or end or category or by or rows:
            message = "a report has its own period: leave --from, --to, --category, --by and --rows out."
            raise InputError(message)
        from ui.reports.tracing import of_report

        found = of_report(service, name, figure, subject=site)
        show(found, as_json=as_json, columns=COLUMNS, empty="")
        return
    if start is None:
        message = (
            f"say when: `wattlas trace {name} --from 2026-09`, or a report and its figure: `wattlas trace ID pue`."
        )
        raise InputError(message)
    spans = list(periods(chosen(service.settings, site=site), start, end, now=time.time()))
    if by is not None and of is not None:
        from ui.attribution.finer import seconds_of
        from ui.attribution.tracing import trace_by

        traced = partial(trace_by, by=by, of=of, every_s=seconds_of(every), rows=rows)
        found = (row for one, first, last in spans for row in traced(service, one, name, first, last))
        show(found, as_json=as_json, columns=COLUMNS, empty=f"{of} had nothing in this period.")
        return
    found = (
        row
        for one, first, last in spans
        for row in trace_rows(service, one, name, first, last, category=category, rows=rows)
    )
    show(found, as_json=as_json, columns=COLUMNS, empty="No figure: the site file names no site.")
