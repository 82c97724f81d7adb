"""Options that commands share: given before or after the command, else by the environment."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Annotated, Literal

import typer

CONFIG_VARIABLE = "WATTLAS_CONFIG"
DATA_VARIABLE = "WATTLAS_DATA"
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar=CONFIG_VARIABLE, help="Site file (default: wattlas.toml).", show_default=False),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar=DATA_VARIABLE, help="Data folder, instead of the site file's.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print a JSON list of objects and nothing else.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV with a header row and nothing else.")]
FromOption = Annotated[
    str,
    typer.Option(
        "--from",
        help="Start: ISO 8601 date or instant, month (2026-03), now, today or -2h. Without a zone it is site-local, "
        "and a date or month is its first midnight there.",
        show_default=False,
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to",
        help="End, no longer part of the period; same forms. Left out: the end of the month or day that --from names, "
        "at most now.",
        show_default=False,
    ),
]
SiteOption = Annotated[
    str | None, typer.Option("--site", help="Only this site (default: every site).", show_default=False)
]
PointOption = Annotated[
    list[str] | None,
    typer.Option("--point", help="Only this point, as site/name; may be repeated.", show_default=False),
]
MetricOption = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this metric; may be repeated.", show_default=False)
]
HostOption = Annotated[str, typer.Option("--host", help="Address to serve on; other than loopback needs --access.")]
AccessOption = Annotated[
    Literal["local", "api", "proxy"],
    typer.Option(
        "--access",
        help="Who may come: this machine; or from the network by token, the API alone without pages (api); or all, "
        "because a proxy in front signs people in (proxy).",
    ),
]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to serve on.")]
RestateOption = Annotated[
    str, typer.Option("--restate", help="Why a period of which a report is sealed is changed; it has to be restated.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def caller() -> str:
    """Who runs this command, for the audit log: the user of the operating system, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def place(*, config: Path | None, data: Path | None) -> None:
    """Hand site file and data folder on through the environment: to the command named next and to child processes."""
    for variable, path in ((CONFIG_VARIABLE, config), (DATA_VARIABLE, data)):
        if path is not None:
            os.environ[variable] = str(path)
