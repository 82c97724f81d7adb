"""`wattlas backup`: everything in one file, while collecting goes on."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption

app = typer.Typer()
MB = 1e6


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new backup file (.tar).", show_default=False)],
    *,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Copy state, ledger, archive and spool together into one tar file."""
    from collectors.store import backup as store_backup
    from config.loading import load_settings, site_file
    from ui.progress import progress

    folder = load_settings(site_file(config), data=data).store.data
    with progress(f"Backing up {folder}") as report:
        size = store_backup.backup(folder, file, now=int(time.time()), progress=report)
    sys.stdout.write(f"{folder} is backed up in {file} ({size / MB:,.1f} MB).\n")
