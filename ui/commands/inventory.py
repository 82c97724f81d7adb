"""`wattlas inventory`: thousands of points from a CSV file; looked at first, written after."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, caller

if TYPE_CHECKING:
    from config.inventory.changes import InventoryPlan

app = typer.Typer(no_args_is_help=True, help="Take points from a CSV file into the inventory.")
FileArgument = Annotated[Path, typer.Argument(help="CSV with the columns of inventory.csv.", show_default=False)]
AtOption = Annotated[str, typer.Option("--at", help="From when on the rows hold: ISO 8601, now, today.")]
CloseOption = Annotated[bool, typer.Option("--close-absent", help="Close points that the file does not name.")]
DryOption = Annotated[bool, typer.Option("--dry-run", help="Print what would change; write nothing.")]
WhyOption = Annotated[str, typer.Option("--why", help="Reason for the audit log.")]
COLUMNS = ("id", "kind", "column", "before", "after")


@app.command("import")
def import_rows(
    file: FileArgument,
    *,
    close_absent: CloseOption = False,
    dry_run: DryOption = False,
    why: WhyOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take rows in for all times: a first inventory, or a correction of what was always so."""
    plan = _plan(config, file, at=None, close_absent=close_absent)
    _report(plan, as_json=as_json)
    if not dry_run:
        _write(plan, config, data, what="inventory import", why=why)


@app.command()
def diff(
    file: FileArgument,
    *,
    at: AtOption = "now",
    close_absent: CloseOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Print what `apply` would change; nothing is written."""
    _report(_plan(config, file, at=at, close_absent=close_absent), as_json=as_json)


@app.command()
def apply(
    file: FileArgument,
    *,
    at: AtOption = "now",
    close_absent: CloseOption = False,
    dry_run: DryOption = False,
    why: WhyOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take rows in as changes from an instant on; the past keeps the tree of its time."""
    plan = _plan(config, file, at=at, close_absent=close_absent)
    _report(plan, as_json=as_json)
    if not dry_run:
        _write(plan, config, data, what="inventory apply", why=why)


def _plan(config: Path | None, file: Path, *, at: str | None, close_absent: bool) -> InventoryPlan:
    from config.inventory.changes import plan_inventory
    from config.loading import site_file

    path = site_file(config)
    return plan_inventory(path, file, at=None if at is None else _instant(path, at), close_absent=close_absent)


def _instant(path: Path, at: str) -> int:
    """`at` on the clock of the site file's sites; where these differ it must name its zone."""
    from zoneinfo import ZoneInfo

    from config.errors import InputError
    from config.loading import read_tables
    from ui.periods import instant

    zones = {str(site.get("time_zone", "UTC")) for site in read_tables(path)["sites"]}
    now = time.time()
    found = {instant(at, zone=ZoneInfo(zone), now=now, option="--at") for zone in zones}
    if len(found) > 1:
        message = f"--at {at} is another moment at each site: add an offset, as in 2026-06-01T00:00:00+02:00."
        raise InputError(message)
    return found.pop()


def _report(plan: InventoryPlan, *, as_json: bool) -> None:
    from ui.tables import show

    rows = [
        {"id": one.id, "kind": one.kind, "column": column, "before": before, "after": after}
        for one in plan.differences
        for column, (before, after) in (one.cells or {"": ("", "")}).items()
    ]
    show(rows, as_json=as_json, columns=COLUMNS, empty="Nothing is different.")
    kinds = [one.kind for one in plan.differences]
    counts = ", ".join(f"{kinds.count(kind):,} {kind}" for kind in ("added", "changed", "removed"))
    sys.stderr.write(f"{counts}, {len(plan.refused):,} rows set aside.\n")
    for refused in plan.refused:
        sys.stderr.write(f"line {refused.line}: {refused.reason}\n")


def _write(plan: InventoryPlan, config: Path | None, data: Path | None, *, what: str, why: str) -> None:
    from ui.service import open_service

    plan.write()
    service = open_service(config, data)
    after = [{"id": one.id, "kind": one.kind, "cells": one.cells} for one in plan.differences]
    if after:
        service.stores.state.audit.append(caller(), what, None, after, why, at=int(time.time()))
    sys.stderr.write(f"Written to {plan.file}.\n")
    if plan.refused:
        sys.stderr.write(f"Rows set aside stand in {plan.refused_file}.\n")


@app.command()
def convert(
    file: Annotated[Path, typer.Argument(help="Devices of NetBox or openDCIM, as CSV.", show_default=False)],
    *,
    site: Annotated[str, typer.Option("--site", help="Our site that they stand on.", show_default=False)],
    role: Annotated[
        list[str] | None, typer.Option("--role", help='Theirs = ours, such as "Web Node=server"; may be repeated.')
    ] = None,
    power_ports: Annotated[
        Path | None, typer.Option("--power-ports", help="NetBox's power ports as CSV: their maximum draw is max_w.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Kind of source that asks the management address (OOB IP).")
    ] = None,
    config: ConfigOption = None,
    data: DataOption = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Print devices of NetBox or openDCIM as rows of our inventory, for `inventory import` once looked at."""
    from config.errors import InputError
    from config.inventory.foreign import as_csv, convert
    from config.loading import load_settings, site_file
    from config.reading.wording import remedy
    from config.site import ROLES

    load_settings(site_file(config)).site(site)
    roles = dict(_pair(one) for one in role or ())
    for ours in roles.values():
        if ours not in ROLES:
            message = f'--role: "{ours}" is no role of ours; {remedy(ours, ROLES)}'
            raise InputError(message)
    found = convert(file, site=site, roles=roles, power_ports=power_ports, source=source)
    sys.stdout.write(as_csv(found.rows))
    sys.stderr.writelines(f"{count:,} devices: {text}.\n" for text, count in found.roles.items())
    sys.stderr.writelines(f"{count:,} devices are left out: {text}.\n" for text, count in found.left_out.items())


def _pair(text: str) -> tuple[str, str]:
    from config.errors import InputError

    theirs, equals, ours = text.rpartition("=")
    if not equals:
        message = f'--role "{text}" has no "=": write theirs=ours, such as "Web Node=server".'
        raise InputError(message)
    return theirs.strip(), ours.strip()
