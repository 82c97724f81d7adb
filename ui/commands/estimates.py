"""`wattlas estimates`: what gaps may have held, proposed by rule and approved by a person."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.options import (
    ConfigOption,
    CsvOption,
    DataOption,
    FromOption,
    JsonOption,
    PointOption,
    RestateOption,
    SiteOption,
    ToOption,
    caller,
)

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Propose, approve and list estimates for gaps.")
COLUMNS = ("id", "state", "point", "from", "to", "missing_h", "method", "energy_kwh", "low_kwh", "high_kwh", "reason")
LIST_COLUMNS = (*COLUMNS, "finding")
IdsArgument = Annotated[list[str], typer.Argument(help="Ids of estimates, or all that wait.", show_default=False)]


@app.command()
def propose(
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    point: PointOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Estimate each gap of a period by the ranked methods; nothing counts before it is approved."""
    from ui.estimates.deciding import estimate_row
    from ui.estimates.deciding import propose as proposed
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    service = open_service(config, data)
    rows = []
    for one, first, last in periods(chosen(service.settings, site=site, points=point), start, end, now=time.time()):
        waiting, unsaid = proposed(service, one, first, last, points=point, who=caller())
        rows += [*map(estimate_row, waiting), *unsaid]
    show(rows, as_json=as_json, columns=COLUMNS, empty="There is no gap in this period.")


@app.command()
def approve(
    ids: IdsArgument,
    *,
    sign_off: Annotated[str, typer.Option("--sign-off", help="Why it stands, above the yearly limit.")] = "",
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Approve estimates that another person proposed; in solo mode your own, and the approval says so."""
    from collectors.store.estimates import WAITING
    from ui.estimates.deciding import approve as approved
    from ui.estimates.deciding import estimate_row
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    waiting = (one.id for one in service.stores.state.estimates.all() if one.state == WAITING)
    found = approved(service, waiting if ids == ["all"] else ids, who=caller(), sign_off=sign_off, restate=restate)
    show(map(estimate_row, found), as_json=as_json, columns=COLUMNS, empty="None of them waits for approval.")


@app.command()
def withdraw(
    ids: IdsArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it stands no longer.", show_default=False)],
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take estimates back: their gaps are gaps again."""
    from ui.estimates.deciding import estimate_row
    from ui.estimates.deciding import withdraw as withdrawn
    from ui.service import open_service
    from ui.tables import show

    found = withdrawn(open_service(config, data), ids, who=caller(), reason=reason, restate=restate)
    show(map(estimate_row, found), as_json=as_json, columns=COLUMNS, empty="")


@app.command("list")
def list_estimates(
    *,
    site: SiteOption = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that nobody has decided.")] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print every estimate with the newest decision about it, and whether its invoice still says the same."""
    from collectors.store.estimates import WAITING
    from ui.estimates.deciding import estimate_row
    from ui.estimates.stale import stale
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    service = open_service(config, data)
    sites = {one.id for one in chosen(service.settings, site=site)}
    found = [one for one in service.stores.state.estimates.all() if one.of.site in sites]
    told = stale(service, found)
    rows = (
        estimate_row(one) | {"finding": told.get(one.id, "")} for one in found if not waiting or one.state == WAITING
    )
    show(rows, as_json=as_json, as_csv=as_csv, columns=LIST_COLUMNS, empty="There is no such estimate.")
