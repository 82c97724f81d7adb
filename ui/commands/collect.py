"""`wattlas collect`: poll the sources and keep the books, without pages; at the edge, forward it all."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption

if TYPE_CHECKING:
    from ui.service import Service
    from ui.serving.forwarding import Forward
    from ui.serving.page_process import PageProcess

log = logging.getLogger(__name__)

app = typer.Typer()


ForwardOption = Annotated[
    str | None,
    typer.Option(
        "--forward",
        help="Address of a central server that gets all that is read here, or off, to give up what waits for one.",
        show_default=False,
    ),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file", help="File with the token for --forward (default: WATTLAS_FORWARD_TOKEN).", show_default=False
    ),
]
CaOption = Annotated[
    Path | None, typer.Option("--ca-file", help="Certificates of the authority behind --forward.", show_default=False)
]
PlainOption = Annotated[bool, typer.Option("--plain-http", help="Let --forward send the token without TLS.")]


@app.command()
def collect(
    *,
    forward: ForwardOption = None,
    token_file: TokenFileOption = None,
    ca_file: CaOption = None,
    plain_http: PlainOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Poll all sources and keep the books until stopped; SIGHUP (or `wattlas reload`) swaps the site file.

    With --forward everything read is shipped to a central server too, in order and each batch once; while the link is
    away it waits in the spool here.
    """
    from ui.serving.forwarding import forward_of

    wanted = forward_of(forward, token_file=token_file, ca_file=ca_file, plain_http=plain_http)
    until_stopped(config, data, page=None, forward=wanted)


def until_stopped(
    config: Path | None, data: Path | None, *, page: PageProcess | None, forward: Forward | None = None
) -> None:
    """Collect under the claim on the data folder, with log lines on stderr."""
    from ui.serving.forwarding import Forward, prepare
    from ui.serving.post import claim
    from ui.serving.supervise import Orders, run

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    service = checked_service(config, data)
    folder = service.settings.store.data
    orders = Orders()
    orders.listen()
    with claim(folder):
        wanted = forward or Forward(None)
        prepare(service, wanted)
        run(lambda: _same_folder(checked_service(config, data), folder), orders, page=page, central=wanted.central)


def checked_service(config: Path | None, data: Path | None) -> Service:
    """Open the service of a site file whose sources can be built too, so that a reload never stops the collector.

    Raises:
        ConfigError: the site file is wrong; one sentence a line.
    """
    from collectors.registry import build
    from ui.alerts.rows import rule_mistakes
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
