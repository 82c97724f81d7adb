"""`wattlas doctor`: is every store sound, and mending what can be mended without loss."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.doctor import Finding

app = typer.Typer()
UNSOUND = 1


@app.command()
def doctor(
    *,
    mend: Annotated[bool, typer.Option("--repair", help="Mend what can be mended without loss.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Examine all stores; exit code 1 while something is wrong."""
    from collectors.store.doctor import examine, repair
    from config.loading import load_settings, site_file
    from ui.tables import show

    folder = load_settings(site_file(config), data=data).store.data
    found = repair(folder) if mend else examine(folder)
    left = _done(found, config, data) if mend else found
    rows = [asdict(finding) for finding in found]
    show(rows, as_json=as_json, columns=("store", "sentence", "then"), empty=f"The stores of {folder} are sound.")
    if any(finding.then for finding in left):
        raise typer.Exit(UNSOUND)


def _done(found: list[Finding], config: Path | None, data: Path | None) -> list[Finding]:
    """Do what the repair asks for where this command can, and return what is left to a person."""
    from ui.service import open_service

    if any(finding.then == "keep_books" for finding in found):
        kept = open_service(config, data).keep_books()
        sys.stderr.write(f"Books kept again: {kept.rows_new:,} rows new, {kept.rows_revised:,} revised.\n")
    return [finding for finding in found if finding.then != "keep_books"]
