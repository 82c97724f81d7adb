"""`wattlas demo`: the demo company, from nothing to a page."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ui.options import HostOption, PortOption

if TYPE_CHECKING:
    from ui.service import Service

app = typer.Typer()
FOLDER = Path("demo-data")
StoreOption = Annotated[
    Literal["lake", "influxdb"] | None,
    typer.Option("--store", help="Where readings are kept (default: the embedded lake).", show_default=False),
]


def _server(flag: str, what: str) -> Any:  # noqa: ANN401 - typer's own type
    return typer.Option(flag, help=f"InfluxDB: {what}", show_default=False)


@app.command()
def demo(  # noqa: PLR0913 - options of a command
    *,
    data: Annotated[
        Path, typer.Option("--data", help="Folder for the demo's files and stores.", show_default=True)
    ] = FOLDER,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="Make the history and collect live, without pages.")] = False,
    history_only: Annotated[bool, typer.Option("--history-only", help="Make the history, then end.")] = False,
    store: StoreOption = None,
    url: Annotated[str | None, _server("--url", "where it is, for example http://127.0.0.1:8086.")] = None,
    user: Annotated[str | None, _server("--user", "the user's name.")] = None,
    password_env: Annotated[str | None, _server("--password-env", "environment variable with the password.")] = None,
    token_env: Annotated[str | None, _server("--token-env", "environment variable with the token.")] = None,
    org: Annotated[str | None, _server("--org", "organisation, where it has some.")] = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8501,
) -> None:
    """Make thirteen months of a simulated company's history, then poll its simulated devices and serve the pages."""
    from ui.commands.collect import until_stopped
    from ui.commands.up import up
    from ui.demo.company import demo_site_file, make_history, server_keys
    from ui.service import open_service
    from ui.serving.serve import refuse_open, require_free

    if not (no_ui or history_only):
        refuse_open(host=host, access="local", signs_in=False)
        require_free(host=host, port=port)
    server = None
    if _named(store, url=url, others=(user, password_env, token_env, org)):
        server = server_keys(str(url), user=user, password=password_env, token=token_env, org=org)
    site_file = demo_site_file(data, server)
    stores = site_file.parent / "data"
    service = open_service(site_file, stores)
    _prepare(service)
    made = make_history(service, progress=_tell)
    sys.stderr.write(f"DEMO: {made.readings} readings, {made.quarantined} of them refused, {made.ledger_rows} rows.\n")
    if history_only:
        return
    if no_ui:
        until_stopped(site_file, stores, page=None)
    else:
        up(host=host, port=port, config=site_file, data=stores)


def _named(store: str | None, *, url: str | None, others: tuple[str | None, ...]) -> bool:
    """Say whether the options name a server.

    Raises:
        InputError: they contradict each other.
    """
    from config.errors import InputError

    if store == "influxdb" and not url:
        msg = "--store influxdb needs --url, for example --url http://127.0.0.1:8086"
        raise InputError(msg)
    if store != "influxdb" and (url or any(others)):
        msg = (
            "--url, --user, --password-env, --token-env and --org belong to --store influxdb: add it, or leave them out"
        )
        raise InputError(msg)
    return store == "influxdb"


def _prepare(service: Service) -> None:
    """Create the demo's buckets where it is on a server.

    Raises:
        StoreUnavailable: the server does not answer, or refuses what the demo needs.
    """
    if service.stores.influx is None:
        return
    from collectors.store.influx import bootstrap
    from config.errors import StoreUnavailable

    found = bootstrap.init(
        service.stores.influx.server, raw_retention_months=service.settings.store.raw_retention_months
    )
    failed = [one.sentence for one in found if not one.ok]
    if failed:
        raise StoreUnavailable("\n".join(failed))


def _tell(what: str, done: int, everything: int) -> None:
    if sys.stderr.isatty() or done == everything:
        sys.stderr.write(f"\rDEMO: history, {what} {done} of {everything}" + ("\n" if done == everything else ""))
