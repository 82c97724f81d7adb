"""`wattlas collect`: poll the sources and keep the books, without pages."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption, DataOption

if TYPE_CHECKING:
    from pathlib import Path

    from ui.page_process import PageProcess

app = typer.Typer(add_completion=False)


@app.command()
def collect(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Poll all sources and keep the books until stopped; SIGHUP (or `wattlas reload`) swaps the site file."""
    until_stopped(config, data, page=None)


def until_stopped(config: Path | None, data: Path | None, *, page: PageProcess | None) -> None:
    """Collect under the claim on the data folder, with log lines on stderr."""
    from ui.post import claim
    from ui.service import open_service
    from ui.supervise import Orders, run

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder = open_service(config, data).settings.store.data
    orders = Orders()
    orders.listen()
    with claim(folder):
        run(lambda: open_service(config, data), orders, page=page)
