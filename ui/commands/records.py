"""`wattlas records`: what no meter reads, entered by one person and approved by another."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, RestateOption, SiteOption, caller

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Enter, approve and list what no meter reads.")
COLUMNS = (
    "id",
    "version",
    "kind",
    "site",
    "subject",
    "from",
    "to",
    "value",
    "unit",
    "amount",
    "amount_unit",
    "text",
    "entered_by",
    "approved_by",
    "withdrawn",
)
KIND_COLUMNS = ("kind", "unit", "span", "subject", "title")
CHECK_COLUMNS = (
    "id",
    "point",
    "from",
    "days",
    "invoice_kwh",
    "metered_kwh",
    "difference",
    "finding",
    "text",
    "comment",
)
TODO_COLUMNS = ("site", "do", "kind", "subject", "text")
FUEL_COLUMNS = ("id", "record_kind", "value", "unit", "biogenic", "heating", "gas", "year", "zone", "source")
KindOption = Annotated[list[str] | None, typer.Option("--kind", help="Only this kind; may be repeated.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why what stands is corrected.")]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook (default: the first).")]


@app.command("kinds")
def list_kinds(*, as_json: JsonOption = False) -> None:
    """Print the kinds of records with their unit and what their subject is."""
    from config.records.kinds import kinds
    from ui.tables import show

    rows = (
        {"kind": one.name, "unit": one.unit, "span": one.span, "subject": one.subject, "title": one.title}
        for one in kinds().values()
    )
    show(rows, as_json=as_json, columns=KIND_COLUMNS, empty="There is no kind of record.")


@app.command()
def fuels(*, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Print the fuel factors that records may name: published ones, and those of the site file where there is one."""
    from config.loading import load_settings, site_file
    from ui.records.fuels import fuel_rows
    from ui.tables import show

    path = site_file(config)
    own = load_settings(path).factors.fuels if config is not None or path.exists() else ()
    show(fuel_rows(own), as_json=as_json, columns=FUEL_COLUMNS, empty="There is no fuel factor.")


@app.command()
def template(
    out: Annotated[Path, typer.Argument(help="A .csv or .xlsx file to write.", show_default=False)],
    *,
    kind: KindOption = None,
    site: SiteOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write a table to fill in: one row for each kind and site of last month; rows left as they are add nothing."""
    from config.errors import InputError
    from config.loading import load_settings, site_file
    from config.records.kinds import kind as of_name
    from config.records.kinds import kinds
    from ui.records.entering import template_rows
    from ui.records.sheets import write_workbook
    from ui.sites import chosen

    settings = load_settings(site_file(config), data=data)
    names = [of_name(one).name for one in kind] if kind else list(kinds())
    last_month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    rows = template_rows((one.id for one in chosen(settings, site=site)), names, month=last_month)
    if out.exists():
        message = f"{out} is there already: name another file, for a template overwrites nothing."
        raise InputError(message)
    if out.suffix.lower() == ".xlsx":
        write_workbook(out, rows)
    elif out.suffix.lower() == ".csv":
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        message = f"{out}: a template is a .csv or an .xlsx file: give it that ending."
        raise InputError(message)
    sys.stderr.write(f"{len(rows) - 1} rows to fill in: {out}\n")


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX as `template` writes it.", show_default=False)
    ],
    *,
    sheet: SheetOption = None,
    reason: ReasonOption = "",
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take all records of a file in, or none; what stands already with the same content adds nothing."""
    from ui.records.entering import import_records, record_row
    from ui.service import open_service
    from ui.tables import show

    found = import_records(open_service(config, data), file, who=caller(), sheet=sheet, reason=reason, restate=restate)
    show([record_row(one) for one in found], as_json=as_json, columns=COLUMNS, empty="Nothing is new in it.")


@app.command()
def add(  # noqa: PLR0913 - the columns of a record
    *,
    kind: Annotated[str, typer.Option("--kind", help="Kind of record (`wattlas records kinds`).", show_default=False)],
    site: Annotated[str, typer.Option("--site", help="Site.", show_default=False)],
    start: Annotated[str, typer.Option("--from", help="First day, 2026-03-01.", show_default=False)],
    end: Annotated[str, typer.Option("--to", help="Last day, part of the period.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="What it speaks of.")] = "",
    value: Annotated[str, typer.Option("--value", help="Amount, with a decimal point.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="Unit of the amount.")] = "",
    text: Annotated[
        str,
        typer.Option(
            "--text", help="Text of a kind without amount; of other kinds, which of several of one day it is."
        ),
    ] = "",
    evidence: Annotated[str, typer.Option("--evidence", help="File that proves it; a copy is kept.")] = "",
    comment: Annotated[str, typer.Option("--comment", help="Comment.")] = "",
    reason: ReasonOption = "",
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take one record in."""
    from config.records.kinds import kinds
    from ui.records.entering import add_record, record_row
    from ui.service import open_service
    from ui.tables import show

    row = {"kind": kind, "site": site, "from": start, "to": end, "subject": subject, "value": value, "unit": unit}
    row |= {"text": text, "evidence": evidence, "comment": comment}
    found = add_record(open_service(config, data), row, Path.cwd(), who=caller(), reason=reason, restate=restate)
    another = " Say in --text which one this is, where it is another of that day." if kinds()[kind].overlap else ""
    show([record_row(one) for one in found], as_json=as_json, columns=COLUMNS, empty=f"It stands already.{another}")


@app.command()
def approve(
    ids: Annotated[
        list[str],
        typer.Argument(help="Ids of records (id@2: version 2 or none), or all that wait.", show_default=False),
    ],
    *,
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Approve records that another person entered; in solo mode your own, and the approval says so."""
    from ui.records.entering import approve_records, record_row
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    wanted = [one.id for one in service.stores.state.records.waiting()] if ids == ["all"] else ids
    found = approve_records(service, wanted, who=caller(), restate=restate)
    show([record_row(one) for one in found], as_json=as_json, columns=COLUMNS, empty="None of them waits for approval.")


@app.command()
def withdraw(
    ids: Annotated[list[str], typer.Argument(help="Ids of records.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why they are withdrawn.", show_default=False)],
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take records back, for example of a wrong period; what was approved counts until another person approves that."""
    from ui.records.entering import record_row, withdraw_records
    from ui.service import open_service
    from ui.tables import show

    found = withdraw_records(open_service(config, data), ids, who=caller(), reason=reason, restate=restate)
    show([record_row(one) for one in found], as_json=as_json, columns=COLUMNS, empty="")


@app.command("list")
def list_records(
    *,
    kind: KindOption = None,
    site: SiteOption = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that nobody has approved.")] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the newest version of each record, withdrawn ones too."""
    from ui.records.entering import standing_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    service = open_service(config, data)
    sites = [one.id for one in chosen(service.settings, site=site)]
    rows = standing_rows(service, sites, kinds=kind or (), waiting=waiting)
    show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty="There is no such record.")


@app.command()
def check(
    *,
    site: SiteOption = None,
    limit: Annotated[
        float,
        typer.Option("--limit", min=0.0, help="A difference up to this share of the meter's energy is no finding."),
    ] = 0.02,
    findings: Annotated[bool, typer.Option("--findings", help="Only what has to be explained.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Compare electricity invoices with what the meters of their points saw on the same days."""
    from ui.records.checks import invoice_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    service = open_service(config, data)
    rows = (
        row
        for one in chosen(service.settings, site=site)
        for row in invoice_rows(service, one, limit=limit)
        if row["finding"] or not findings
    )
    show(rows, as_json=as_json, columns=CHECK_COLUMNS, empty="No invoice has to be explained.")


@app.command()
def todo(
    *,
    month: Annotated[str, typer.Option("--month", help="Month, for example 2026-03.", show_default=False)],
    site: SiteOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what a month still lacks: records to enter, approvals, invoices to explain."""
    from ui.records.todo import days_of, todo_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    days_of(month)
    service = open_service(config, data)
    rows = (row for one in chosen(service.settings, site=site) for row in todo_rows(service, one, month))
    show(rows, as_json=as_json, columns=TODO_COLUMNS, empty=f"Nothing is left to do for {month}.")
