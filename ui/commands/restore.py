"""`wattlas restore`: a backup put into an empty data folder."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption

app = typer.Typer()


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `wattlas backup` wrote.", show_default=False)],
    *,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Put a backup into the data folder, which must be empty; what is accepted later stands above it."""
    from collectors.store import backup as store_backup
    from config.loading import load_settings, site_file
    from ui.progress import progress

    folder = load_settings(site_file(config), data=data).store.data
    with progress(f"Restoring {file.name}") as report:
        store_backup.restore(file, folder, progress=report)
    sys.stdout.write(f"{file} is restored in {folder}.\n")
