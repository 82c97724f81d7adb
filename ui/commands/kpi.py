"""`wattlas kpi`: the figures of a period."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, FromOption, JsonOption, SiteOption, ToOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.site import Site
    from ui.attribution.asking import ByWhom
    from ui.service import Service

app = typer.Typer()
BY_COLUMNS = ("site", "of", "name", "value", "unit", "low", "high", "measured", "estimated", "missing", "reason")
COLUMNS = ("site", "name", "value", "unit", "low", "high", "measured", "estimated", "missing", "category", "reason")


@app.command()
def kpi(  # noqa: PLR0913 - options of a command
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    category: Annotated[
        int | None, typer.Option(min=1, max=3, help="PUE category, instead of the site's own.", show_default=False)
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Only this figure; may be repeated.", show_default=False)
    ] = None,
    zone: Annotated[
        list[str] | None,
        typer.Option("--zone", help="Point that feeds a zone; may be repeated: its partial PUE.", show_default=False),
    ] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Add the figures of all these sites together.")] = False,
    company: Annotated[
        bool, typer.Option("--company", help="The company's figures by scope, by the approach of the organisation.")
    ] = False,
    entity: Annotated[
        str | None, typer.Option("--entity", help="The same of one legal entity.", show_default=False)
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="By tenant, team, user, model, job, name, kind or cluster.", show_default=False),
    ] = None,
    of: Annotated[
        list[str] | None, typer.Option("--of", help="With --by: only this one; may be repeated.", show_default=False)
    ] = None,
    idle: Annotated[
        str | None,
        typer.Option(
            "--idle",
            help="With --by: idle power by reservation, use or equal (default: as the cluster says).",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            help="With --by: tell jobs apart by cells of raw readings as short as this (60s), not by quarter hours.",
            show_default=False,
        ),
    ] = None,
    per: Annotated[
        str | None,
        typer.Option(
            "--per", help="Wall to token: per token, request, step, gpu-hour or job of each --by.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print energy, PUE and emissions of a period, each with its shares, interval, method and reason.

    With --by each figure of a site is shared out by what jobs had of its nodes; as CSV one line each to charge. With
    --per these are divided by the work done: J, gCO2e and L for each token, request, step, gpu-hour or job.
    By name alone: pue_12_months, pue_category_0, pue_mixed, wue_with_source, cer, iteusv.
    """
    from config.errors import InputError
    from ui.attribution.asking import ByWhom
    from ui.figures.fleet import fleet_figures
    from ui.figures.organisation import company_figures
    from ui.rows import kpi_row
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    if zone and (name or fleet):
        message = "--zone prints the partial PUE of a zone: leave --name and --fleet out."
        raise InputError(message)
    if (company or entity) and (name or fleet or zone or site):
        message = "--company and --entity speak of all sites by scope: leave --site, --name, --zone and --fleet out."
        raise InputError(message)
    by = by or ("model" if per else None)
    if (of or idle or every) and not by:
        message = "--of, --idle and --every speak of figures by tenant, job and the like: give --by too."
        raise InputError(message)
    if by and (zone or company or entity or category):
        message = "--by shares out the figures of whole sites: leave --zone, --company, --entity and --category out."
        raise InputError(message)
    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site, points=zone), start, end, now=time.time()))
    if by:
        asked = ByWhom(by=by, idle=idle, names=name, of=of, every=every, per=per, fleet=fleet)
        _by(asked, service, spans, as_json=as_json, as_csv=as_csv)
        return
    if company or entity:
        rows = [kpi_row(figure) for figure in company_figures(service, spans, entity=entity)]
        show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty="")
        return
    figures = [
        figure
        for one, first, last in spans
        for figure in service.kpis(site=one.id, start=first, end=last, names=name, category=category, zone=zone or ())
    ]
    rows = [kpi_row(figure) for figure in [*figures, *(fleet_figures(figures) if fleet else [])]]
    show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty="No figure: the site file names no site.")


def _by(
    asked: ByWhom, service: Service, spans: Sequence[tuple[Site, int, int]], *, as_json: bool, as_csv: bool
) -> None:
    from ui.attribution.figures import chargeback_rows, rows_of
    from ui.tables import show

    found = asked.figures(service, spans)
    rows = chargeback_rows(list(found)) if as_csv and not asked.per else rows_of(found)
    show(rows, as_json=as_json, as_csv=as_csv, columns=BY_COLUMNS, empty="Nobody of that name had anything.")
