"""`wattlas ui`: the pages alone, on the data folder of a collector elsewhere on this machine, or of none."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ui.options import AccessOption, ConfigOption, DataOption, HostOption, PortOption, place

app = typer.Typer()


@app.command()
def ui(
    *,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
    access: AccessOption = "local",
    with_parent: Annotated[bool, typer.Option("--leave-with-parent", hidden=True)] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Serve the pages until stopped."""
    from ui.service import open_service
    from ui.serving.serve import leave_with_parent, refuse_open, require_free, serve, signs_in

    place(config=config, data=data)
    refuse_open(host=host, access=access, signs_in=signs_in(config))
    open_service(config, data)  # a mistake in the site file is said here, not on the page
    require_free(host=host, port=port)
    if with_parent:
        leave_with_parent()
    else:
        sys.stderr.write(f"Serving on http://{host}:{port}\n")
    serve(host=host, port=port, access=access)
