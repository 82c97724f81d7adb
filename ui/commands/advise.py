"""`wattlas advise`: when to run what can wait."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, SiteOption

app = typer.Typer(add_completion=False, no_args_is_help=True, help="When to run what can wait.")
COLUMNS = (
    "site",
    "by",
    "start",
    "end",
    "at_once",
    "then",
    "unit",
    "saving",
    "saving_before",
    "regret",
    "delay_h_before",
    "reason",
)


@app.callback()
def _doors() -> None:
    """When to run what can wait."""


@app.command()
def shift(
    *,
    hours: Annotated[int, typer.Option("--hours", help="Whole hours that the job runs.")],
    within: Annotated[int, typer.Option("--within", help="Whole hours from now to its deadline, at most 168.")] = 24,
    interruptible: Annotated[bool, typer.Option("--interruptible", help="It may stop and go on.")] = False,
    power_kw: Annotated[
        float | None, typer.Option("--power-kw", help="What it draws, for kilograms and money.")
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the cleanest and the cheapest hours for a job that can wait, and what such waiting saved before."""
    from ui.advise import Job, shift_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    job = Job(hours=hours, within=within, interruptible=interruptible, power_kw=power_kw)
    service = open_service(config, data)
    rows = [row for one in chosen(service.settings, site=site) for row in shift_rows(service, one, job)]
    show(rows, as_json=as_json, columns=COLUMNS, empty="")
