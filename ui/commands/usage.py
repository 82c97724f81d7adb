"""`wattlas usage`: bills of bought compute become estimated energy of points, and tell by which coefficients."""
# ruff: noqa: TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, RestateOption, caller

if TYPE_CHECKING:
    from collectors.store.usage import KeptBill
    from ui.service import Service
    from ui.usage.importing import Imported

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Import bills of bought compute as estimates.")
UNSOUND = 2
BILLS = ("usage", "month", "points", "kwh", "low_kwh", "high_kwh", "not_valued", "missing_hours", "origin")
LINES = ("month", "point", "region", "item", "amount", "unit", "kwh", "low_kwh", "high_kwh", "coefficients", "problem")
MISSING = ("usage", "months", "point", "item", "amount", "unit", "add")
REGIONS = ("provider", "region", "place", "zone", "pue", "source")
BESIDE = (
    *("site", "month", "provider", "regions", "our_location_kgco2e", "provider_location_kgco2e"),
    *("our_market_kgco2e", "provider_market_kgco2e", "note"),
)
NONE = "No such bill stands: `wattlas usage import FILE` takes one."

MonthOption = Annotated[str | None, typer.Option("--month", help="Only this month (2026-03).", show_default=False)]
UsageOption = Annotated[
    str | None, typer.Option("--usage", help="Only bills of this table of usage.", show_default=False)
]


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="All files of the bill: FOCUS or CUR, CSV or Parquet.")],
    *,
    complete: Annotated[
        bool, typer.Option("--complete", help="The bill is all of the account: points it does not name had no use.")
    ] = False,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out rows of providers and regions that no point takes.")
    ] = False,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", help="Zone of times without an offset (CodeCarbon).", show_default=False),
    ] = None,
    restate: RestateOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import the bill of a month, or runs of CodeCarbon and footprints of CCF; a corrected one replaces the former."""
    from ui.books.upto import bring_up_to_date
    from ui.service import open_service
    from ui.tables import print_json
    from ui.usage.importing import import_bills, zone_of
    from ui.usage.lines import bill_row

    service = open_service(config, data)
    zone = zone_of(time_zone)
    outcome = import_bills(
        service,
        files,
        complete=complete,
        skip_unknown=skip_unknown,
        restate=restate,
        who=caller(),
        zone=zone,
    )
    trouble = bring_up_to_date(service)
    if as_json:
        print_json([{**bill_row(one.bill), "already": one.already, "replaced": one.replaced} for one in outcome.bills])
    else:
        sys.stdout.writelines(_words(one) for one in outcome.bills)
    sys.stderr.writelines(f"{sentence}.\n" for sentence in outcome.said)
    _tell_missing([one.bill for one in outcome.bills])
    if trouble:
        sys.stderr.write(
            f"The books are behind: {trouble.rstrip('.')}; `wattlas ledger keep` brings them up to date.\n"
        )
        raise typer.Exit(UNSOUND)


def _words(one: Imported) -> str:
    from ui.format import number
    from ui.usage.lines import bill_row

    row = bill_row(one.bill)
    name = f"{row['usage']} {row['month']}"
    if one.already:
        return f"{name} was imported before: nothing changed.\n"
    span = (
        f"{number(row['kwh'])} kWh estimated ({number(row['low_kwh'])} idle to {number(row['high_kwh'])} at full load)"
    )
    former = f", in place of {one.replaced[:19]}" if one.replaced else ""
    aside = f", {one.quarantined:,} hours beyond the bounds of their point in quarantine" if one.quarantined else ""
    if one.twice:
        aside += f", {one.twice:,} hours in quarantine that another import or a meter told already"
    undo = f"Undo with: wattlas import --undo {one.bill.origin}"
    return f"{name}: {span} at {len(row['points'])} points{former}{aside}. {undo}\n"


def _tell_missing(bills: list[KeptBill]) -> None:
    from ui.format import number
    from ui.usage.lines import problem_rows

    for row in problem_rows(bills):
        amount = f"{number(row['amount'])} {row['unit']}"
        sys.stderr.write(f"{row['point']}: {amount} are not valued and their time is missing: {row['add']}.\n")


def _standing(service: Service, usage: str | None, month: str | None) -> list[KeptBill]:
    from collectors.store.usage import unfinished

    sys.stderr.writelines(f"{unfinished(*one)}\n" for one in service.stores.state.bills.unfinished())
    return service.stores.state.bills.standing(usage=usage, month=month)


@app.command("list")
def list_(
    *,
    usage: UsageOption = None,
    month: MonthOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the bills that stand, with their energy."""
    from ui.service import open_service
    from ui.tables import show
    from ui.usage.lines import bill_row

    rows = [bill_row(one) for one in _standing(open_service(config, data), usage, month)]
    if not (as_json or as_csv):
        rows = [{**row, "points": ", ".join(row["points"])} for row in rows]
    show(rows, as_json=as_json, as_csv=as_csv, columns=BILLS, empty=NONE)


@app.command()
def lines(
    *,
    usage: UsageOption = None,
    month: MonthOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what each bill stands for, item by item, with the coefficients it was valued by."""
    from ui.service import open_service
    from ui.tables import show

    bills = _standing(open_service(config, data), usage, month)
    rows: list[dict[str, Any]] = [
        {"usage": one.usage, "month": one.month, **line} for one in bills for line in one.lines
    ]
    if not (as_json or as_csv):
        rows = [{**row, "coefficients": ", ".join(c["id"] for c in row["coefficients"])} for row in rows]
    show(rows, as_json=as_json, as_csv=as_csv, columns=LINES, empty=NONE)


@app.command()
def missing(
    *,
    usage: UsageOption = None,
    month: MonthOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what could not be valued, and which row to add; its hours are missing until then."""
    from ui.service import open_service
    from ui.tables import show
    from ui.usage.lines import problem_rows

    rows = problem_rows(_standing(open_service(config, data), usage, month))
    if not (as_json or as_csv):
        rows = [{**row, "months": ", ".join(row["months"])} for row in rows]
    show(rows, as_json=as_json, as_csv=as_csv, columns=MISSING, empty="Everything that was imported is valued.")


@app.command()
def regions(
    *, as_json: JsonOption = False, as_csv: CsvOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Print known regions with their factor zone and, where published, the provider's PUE for an overhead point."""
    from config.usage.tables import usage_tables
    from ui.service import open_service
    from ui.tables import show

    tables = usage_tables(open_service(config, data).settings.factors.of_usage())
    rows = []
    for one in tables.regions.values():
        pue = tables.coefficient(one.provider, "pue", one.region) or tables.coefficient(one.provider, "pue", "")
        words = {name: getattr(one, name) for name in ("provider", "region", "place", "zone", "source")}
        rows.append({**words, "pue": pue and pue.high, "pue_source": pue and f"{pue.source}: {pue.basis}"})
    show(
        sorted(rows, key=lambda row: (row["provider"], row["region"])),
        as_json=as_json,
        as_csv=as_csv,
        columns=REGIONS,
        empty="",
    )


@app.command()
def carbon(
    files: Annotated[list[Path], typer.Argument(help="Carbon export of AWS, Google Cloud or Azure: CSV or Parquet.")],
    *,
    month: Annotated[
        str | None, typer.Option("--month", help="The month (2026-03), where the export does not say it.")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Keep what a provider says that its account emitted: shown beside our estimate, in no figure."""
    from collectors.bills.carbon import read_carbon
    from ui.service import open_service

    service = open_service(config, data)
    read = [(path, read_carbon(path, month=month)) for path in files]
    for path, rows in read:
        kept = service.stores.state.provider_carbon.keep(rows, file=path.name, who=caller(), at=int(service.now()))
        months = ", ".join(sorted({row.month for row in rows}))
        words = (
            f"{len(rows)} rows of {rows[0].provider}, {months}, are kept"
            if kept
            else "was read before: nothing changed"
        )
        sys.stdout.write(f"{path.name}: {words}.\n")


@app.command()
def beside(
    *,
    month: MonthOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print our estimate and the provider's own figures side by side: of the same use, so never added."""
    from ui.service import open_service
    from ui.tables import show
    from ui.usage.beside import beside_rows

    rows = beside_rows(open_service(config, data), month=month)
    if not (as_json or as_csv):
        rows = [{**row, "regions": ", ".join(row["regions"])} for row in rows]
    show(
        rows, as_json=as_json, as_csv=as_csv, columns=BESIDE, empty="No carbon export was read: `wattlas usage carbon`."
    )
