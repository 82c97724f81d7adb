"""`wattlas factors`: which factors are held, which are missing, and taking published ones in."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, SiteOption, caller

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, import and look for emission factors.")
COLUMNS = ("zone", "year", "value", "unit", "basis", "scope", "verified", "id", "licence", "source", "note")
MISSING_COLUMNS = ("site", "zone", "year", "needed_for", "where_to_get", "reason")
FileArgument = Annotated[Path, typer.Argument(help="CSV or XLSX with a header row.", show_default=False)]
YearOption = Annotated[
    list[int] | None,
    typer.Option("--year", help="Only this year; may be repeated (default for missing: this year and the last)."),
]
FixedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--all", help="What holds for every row, as column=text; for example basis=residual.", show_default=False
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="Their name of a column, as ours=theirs; for example value=Faktor.", show_default=False
    ),
]
EditionOption = Annotated[str, typer.Option("--edition", help="Edition of the publication, for example 2026.")]
IntoOption = Annotated[
    Path | None,
    typer.Option("--into", help="Own table to write (default: the first file of the factors).", show_default=False),
]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook (default: the first).")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Print what would change; write nothing.")]
WhyOption = Annotated[str, typer.Option("--why", help="Reason for the audit log.")]


@app.command("list")
def list_factors(
    *,
    site: SiteOption = None,
    zone: Annotated[list[str] | None, typer.Option("--zone", help="Only this zone; may be repeated.")] = None,
    year: YearOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the factors held for the sites' zones: the company's own before the shipped ones they replace."""
    from config.factors.lookup import zone_factors
    from config.loading import load_settings, site_file
    from ui.sites import chosen
    from ui.tables import show

    settings = load_settings(site_file(config), data=data)
    zones = dict.fromkeys(zone or [one.zone for one in chosen(settings, site=site)])
    rows = (
        {name: getattr(factor, name) for name in COLUMNS}
        for one in zones
        for factor in zone_factors(one, files=settings.factors.files)
        if not year or factor.year in year
    )
    show(rows, as_json=as_json, columns=COLUMNS, empty="No table has a factor of these zones.")


@app.command()
def missing(
    *, year: YearOption = None, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Print which factor each site lacks, for which figure, and where to get it."""
    from dataclasses import asdict

    from config.factors.residual import all_missing
    from config.loading import load_settings, site_file
    from ui.tables import show

    settings = load_settings(site_file(config), data=data)
    this_year = time.gmtime().tm_year
    found = all_missing(settings, year or [this_year - 1, this_year])
    show([asdict(one) for one in found], as_json=as_json, columns=MISSING_COLUMNS, empty="No factor is missing.")


@app.command("import")
def import_factors(  # noqa: PLR0913 - options of a command
    file: FileArgument,
    *,
    edition: EditionOption,
    fixed: FixedOption = None,
    column: ColumnOption = None,
    sheet: SheetOption = None,
    into: IntoOption = None,
    dry_run: DryOption = False,
    why: WhyOption = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take published factors into the company's own table; every row needs source, licence, basis and scope."""
    from config.factors.published import plan_factors
    from config.loading import load_settings, site_file
    from ui.service import open_service

    settings = load_settings(site_file(config), data=data)
    plan = plan_factors(
        file,
        _target(into, settings.factors.files),
        edition=edition,
        fixed=_pairs(fixed, "--all"),
        columns=_pairs(column, "--column"),
        sheet=sheet,
    )
    sys.stderr.write(f"{len(plan.added):,} added, {len(plan.changed):,} changed in {plan.file.name}.\n")
    if dry_run or not (plan.added or plan.changed):
        return
    plan.write()
    after = [
        {"id": one.id, "zone": one.zone, "year": one.year, "value": one.value} for one in plan.added + plan.changed
    ]
    service = open_service(config, data)
    service.stores.state.audit.append(caller(), "factors import", None, after, why, at=int(time.time()))
    sys.stderr.write(f"Written to {plan.file}.\n")


def _target(into: Path | None, files: tuple[Path, ...]) -> Path:
    from config.errors import InputError

    if into is not None:
        return into.absolute()
    if not files:
        message = (
            'no own factor table is named: write [factors] files = ["factors.csv"] in the site file, or give --into.'
        )
        raise InputError(message)
    return files[0]


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    from config.errors import InputError
    from config.factors.published import COLUMNS as OURS
    from config.reading.wording import remedy

    found = {}
    for text in texts or []:
        name, mark, value = text.partition("=")
        if not mark or name not in OURS:
            message = f"{option} {text}: write column=text with one of our columns; {remedy(name, OURS)}"
            raise InputError(message)
        found[name] = value
    return found
