"""`wattlas reload`: let the running collector take the site file anew."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import os
import signal
import sys

import typer

from ui.options import ConfigOption, DataOption

app = typer.Typer()


@app.command()
def reload(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Check the site file, then let the running collector swap to it; a bad file changes nothing."""
    from config.errors import InputError
    from ui.commands.collect import checked_service
    from ui.serving.post import holder

    service = checked_service(config, data)
    folder = service.settings.store.data
    collector = holder(folder)
    if collector is None:
        message = (
            f"No collector works on {folder}: start one with wattlas collect or wattlas up; the site file is good."
        )
        raise InputError(message)
    os.kill(collector, signal.SIGHUP)
    sys.stdout.write(f"{service.settings.path} is good; collector {collector} takes it now.\n")
