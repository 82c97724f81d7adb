"""`wattlas audit`: whether parents and children balance, and the log of who changed what."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import Annotated, Literal

import typer

from ui.options import ConfigOption, DataOption, FromOption, JsonOption, SiteOption, ToOption

app = typer.Typer(add_completion=False, invoke_without_command=True)
COLUMNS = ("kind", "site", "start", "end", "node", "residual_kwh", "share", "used_share", "rank", "text")
COVERAGE_COLUMNS = ("point", "role", "seen", "missing_h")
QUARANTINE_COLUMNS = ("point", "metric", "readings", "last", "reason")
SOURCE_COLUMNS = ("source", "kind", "point", "state", "newest", "series", "up", "interval_s")
LOG_COLUMNS = ("number", "at", "who", "what", "why", "hash")
ByOption = Annotated[Literal["day", "month"], typer.Option("--by", help="Slices in which balances are shown.")]
StartOption = Annotated[str | None, typer.Option("--from", help="Start of the period, as `wattlas kpi` takes it.")]
HeadOption = Annotated[
    str | None, typer.Option("--head", help="Hash that `audit log` showed earlier: the log must still lead to it.")
]


@app.callback()
def audit(
    context: typer.Context,
    *,
    start: StartOption = None,
    end: ToOption = None,
    site: SiteOption = None,
    by: ByOption = "month",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what metered parents took beyond their children by time, meters that drift, and suspects in order."""
    if context.invoked_subcommand is not None:
        return
    from config.errors import InputError
    from ui.figures.auditing import audit_rows
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    if start is None:
        message = "--from is missing: give the period, for example --from 2026-03."
        raise InputError(message)
    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site), start, end, now=time.time()))
    rows = (row for one, first, last in spans for row in audit_rows(service, one, first, last, by=by))
    show(rows, as_json=as_json, columns=COLUMNS, empty="No metered point feeds another one: nothing can be balanced.")


@app.command()
def coverage(
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the share of a period in which each metered point was seen, the least seen first."""
    from ui.figures.data_quality import coverage_rows
    from ui.service import open_service
    from ui.sites import chosen, periods
    from ui.tables import show

    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site), start, end, now=time.time()))
    rows = (row for one, first, last in spans for row in coverage_rows(service, one, first, last))
    show(rows, as_json=as_json, columns=COVERAGE_COLUMNS, empty="No point of the site file is metered.")


@app.command()
def quarantine(
    *,
    hours: Annotated[int, typer.Option("--hours", min=1, max=744, help="How far to look back.")] = 24,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what was refused in the last hours, by point and metric, with the newest reason."""
    from ui.figures.data_quality import quarantine_rows
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    now = int(service.now())
    rows = quarantine_rows(service, now - hours * 3600, now)
    show(rows, as_json=as_json, columns=QUARANTINE_COLUMNS, empty=f"Nothing was refused in the last {hours} h.")


@app.command()
def sources(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print each source with its newest reading, those that are silent first."""
    from ui.figures.data_quality import source_rows
    from ui.service import open_service
    from ui.tables import show

    rows = source_rows(open_service(config, data))
    show(rows, as_json=as_json, columns=SOURCE_COLUMNS, empty="The site file has no [[sources]].")


@app.command("log")
def log(
    *,
    what: Annotated[str, typer.Option("--what", help="Only lines whose subject begins so, for example record.")] = "",
    who: Annotated[str, typer.Option("--who", help="Only lines of this person.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print who changed what, when and why; `audit verify --head` proves the log by a hash of it kept elsewhere."""
    from dataclasses import asdict

    from ui.format import iso
    from ui.service import open_service
    from ui.tables import show

    entries = open_service(config, data).stores.state.audit.entries()
    rows = (
        asdict(entry) | {"at": iso(entry.at)}
        for entry in entries
        if entry.what.startswith(what) and (not who or entry.who == who)
    )
    show(rows, as_json=as_json, columns=LOG_COLUMNS, empty="The log has no such line.")


@app.command()
def verify(*, head: HeadOption = None, config: ConfigOption = None, data: DataOption = None) -> None:
    """Prove that no line of the log was changed or taken out, and that none is lacking; exit code 2 else."""
    from config.errors import StoreCorrupt
    from ui.service import open_service

    state = open_service(config, data).stores.state
    found, fault = state.audit, state.log_fault()
    if fault is None and head is not None and head not in {entry.hash for entry in found.entries()}:
        fault = f"audit log: no line has the hash {head}: lines were taken out or written anew since it was noted."
    if fault is not None:
        raise StoreCorrupt(fault)
    last = found.head()
    typer.echo(
        f"The log is whole: {last[0]} lines, the last has hash {last[1]}." if last else "The log has no line yet."
    )
