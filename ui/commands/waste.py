"""`wattlas waste`: what is drawn for nothing."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, FromOption, JsonOption, SiteOption, ToOption

app = typer.Typer(add_completion=False)
COLUMNS = ("site", "kind", "where", "kwh_a_year", "money_a_year", "currency", "tco2e_a_year", "kw", "text")
BELOW = 0.2
EMPTY = "Nothing of the kind was found; without job records nobody can tell which nodes are idle."


@app.command()
def waste(
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    below: Annotated[
        float, typer.Option("--below", min=0.0, max=1.0, help="Tell of jobs and feeds that use less than this.")
    ] = BELOW,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print nodes that are powered and idle, jobs that use little, GPUs at their power limit and stranded power.

    Each with kWh at the wall, money and tonnes of CO2e a year, if it goes on as in the period.
    """
    from ui.attribution.waste import Finder
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    service = open_service(config, data)
    spans = periods(chosen(service.settings, site=site), start, end, now=time.time())
    rows = [row for one, first, last in spans for row in Finder(service, one, first, last, below).rows()]
    show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty=EMPTY)
