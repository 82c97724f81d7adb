"""`wattlas up`: everything for one machine: collect, keep the books, serve the pages."""

from __future__ import annotations

import sys

import typer

from ui.options import AccessOption, ConfigOption, DataOption, HostOption, PortOption, place

app = typer.Typer()


@app.command()
def up(
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
    access: AccessOption = "local",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Collect, keep the books and serve the pages until stopped (Ctrl+C or SIGTERM)."""
    from ui.commands.collect import until_stopped
    from ui.page_process import PageProcess
    from ui.serve import refuse_open, require_free

    place(config=config, data=data)
    refuse_open(host=host, access=access)
    require_free(host=host, port=port)
    sys.stderr.write(f"Serving on http://{host}:{port}\n")
    with PageProcess(host=host, port=port, access=access) as page:
        until_stopped(config, data, page=page)
