"""`wattlas upgrade`: bring the stores of an older Wattlas to the schema of this one."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys

import typer

from ui.options import ConfigOption, DataOption

app = typer.Typer()


@app.command()
def upgrade(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Open every store and say whether its schema is this version's; a store of a newer Wattlas is refused."""
    from ui.service import open_service

    service = open_service(config, data)
    stores = service.stores
    _ = stores.state.engine, stores.spool.backlog(), stores.lake.highest_seq(), service.booked_until()
    sys.stdout.write(f"The stores of {service.settings.store.data} have the schema of this version: nothing to do.\n")
