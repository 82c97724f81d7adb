"""`wattlas up`: everything for one machine: collect, keep the books, serve the pages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from ui.options import AccessOption, ConfigOption, DataOption, HostOption, PortOption, place

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer()


def refuse_part(config: Path | None) -> None:
    """Refuse a site file that polls a part of its sources: the books would be of that part.

    Raises:
        ConfigError: there is a shard.
    """
    from config.errors import ConfigError
    from config.loading import read_tables, site_file

    path = site_file(config)
    if "shard" in read_tables(path).get("collecting", {}):
        message = f"{path} [collecting]: shard is for `wattlas collect`, which polls a part; `up` needs all: remove it."
        raise ConfigError(message)


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
    from ui.serving.page_process import PageProcess
    from ui.serving.serve import refuse_open, require_free, signs_in

    place(config=config, data=data)
    refuse_open(host=host, access=access, signs_in=signs_in(config))
    refuse_part(config)
    require_free(host=host, port=port)
    sys.stderr.write(f"Serving on http://{host}:{port}\n")
    with PageProcess(host=host, port=port, access=access) as page:
        until_stopped(config, data, page=page)
