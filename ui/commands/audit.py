"""`wattlas audit`: whether parents and children balance, which meters drift, which points to look at first."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import Annotated, Literal

import typer

from ui.options import ConfigOption, DataOption, FromOption, JsonOption, SiteOption, ToOption

app = typer.Typer(add_completion=False)
COLUMNS = ("kind", "site", "start", "end", "node", "residual_kwh", "share", "used_share", "rank", "text")
ByOption = Annotated[Literal["day", "month"], typer.Option("--by", help="Slices in which balances are shown.")]


@app.command()
def audit(
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    by: ByOption = "month",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what metered parents took beyond their children by time, meters that drift, and suspects in order."""
    from ui.auditing import audit_rows
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site), start, end, now=time.time()))
    rows = (row for one, first, last in spans for row in audit_rows(service, one, first, last, by=by))
    show(rows, as_json=as_json, columns=COLUMNS, empty="No metered point feeds another one: nothing can be balanced.")
