"""`wattlas kpi`: the figures of a period."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, FromOption, JsonOption, SiteOption, ToOption

app = typer.Typer()
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
        bool, typer.Option("--company", help="The company's figures by scope, by the approach of [organisation].")
    ] = False,
    entity: Annotated[
        str | None, typer.Option("--entity", help="The same of one legal entity.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print energy, PUE and emissions of a period, each with its shares, interval, method and reason.

    By name alone: pue_12_months, pue_category_0, pue_mixed, wue_with_source, cer, iteusv.
    """
    from config.errors import InputError
    from ui.fleet import fleet_figures
    from ui.organisation import company_figures
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
    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site, points=zone), start, end, now=time.time()))
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
