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
    from ui.service import Service

log = logging.getLogger(__name__)

app = typer.Typer()


@app.command()
def collect(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Poll all sources and keep the books until stopped; SIGHUP (or `wattlas reload`) swaps the site file."""
    until_stopped(config, data, page=None)


def until_stopped(config: Path | None, data: Path | None, *, page: PageProcess | None) -> None:
    """Collect under the claim on the data folder, with log lines on stderr."""
    from ui.post import claim
    from ui.supervise import Orders, run

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder = checked_service(config, data).settings.store.data
    orders = Orders()
    orders.listen()
    with claim(folder):
        run(lambda: _same_folder(checked_service(config, data), folder), orders, page=page)


def checked_service(config: Path | None, data: Path | None) -> Service:
    """Open the service of a site file whose sources can be built too, so that a reload never stops the collector.

    Raises:
        ConfigError: the site file is wrong; one sentence a line.
    """
    from collectors.registry import build
    from ui.alert_rows import rule_mistakes
    from ui.service import open_service

    service = open_service(config, data)
    build(service.settings)
    for sentence in rule_mistakes(service):
        log.warning("alert rule left out: %s", sentence)
    return service


def _same_folder(service: Service, folder: Path) -> Service:
    from config.errors import ConfigError

    if service.settings.store.data != folder:
        message = f"{service.settings.path} [store]: data is another folder now; stop the collector and start it anew."
        raise ConfigError(message)
    return service
