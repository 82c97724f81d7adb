"""`wattlas demo`: the demo company, from nothing to a page."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ui.options import HostOption, PortOption

app = typer.Typer()
FOLDER = Path("demo-data")


@app.command()
def demo(
    *,
    data: Annotated[
        Path, typer.Option("--data", help="Folder for the demo's files and stores.", show_default=True)
    ] = FOLDER,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Make the history and collect live, without pages.")] = False,
    history_only: Annotated[bool, typer.Option("--history-only", help="Make the history, then end.")] = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
) -> None:
    """Make thirteen months of a simulated company's history, then poll its simulated devices and serve the pages."""
    from ui.commands.collect import until_stopped
    from ui.commands.up import up
    from ui.demo import demo_site_file, make_history
    from ui.serve import require_free
    from ui.service import open_service

    if not (no_ui or history_only):
        require_free(host=host, port=port)
    site_file = demo_site_file(data)
    stores = site_file.parent / "data"
    made = make_history(open_service(site_file, stores), progress=_tell)
    sys.stderr.write(f"DEMO: {made.readings} readings, {made.quarantined} of them refused, {made.ledger_rows} rows.\n")
    if history_only:
        return
    if no_ui:
        until_stopped(site_file, stores, page=None)
    else:
        up(host=host, port=port, config=site_file, data=stores)


def _tell(what: str, done: int, everything: int) -> None:
    if sys.stderr.isatty() or done == everything:
        sys.stderr.write(f"\rDEMO: history, {what} {done} of {everything}" + ("\n" if done == everything else ""))
