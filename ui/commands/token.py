"""`wattlas token`: who may use the HTTP doors, for what, at which site and until when."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, caller

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make, list and revoke tokens of the HTTP doors.")
COLUMNS = ("id", "name", "state", "scopes", "site", "expires_at", "created_by", "created_at")
ScopeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        help="ingest, metrics, kpis, ledger, readings, alerts, records, reports, plan, or read for the last seven; "
        "may be repeated.",
        show_default=False,
    ),
]
ExpiresOption = Annotated[
    str, typer.Option("--expires", help="Days (90d), a date (2027-01-31, its first instant in UTC), or never.")
]


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option("--name", help="What it is for, for example telegraf-hall-2.")],
    scope: ScopeOption = None,
    site: Annotated[
        str | None, typer.Option("--site", help="The only site it speaks of; must be given for ingest.")
    ] = None,
    expires: ExpiresOption = "365d",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make a token and print it once: only its hash is kept."""
    from ui.access.tokens import make_token
    from ui.api.scopes import token_row
    from ui.service import open_service
    from ui.tables import print_json

    service = open_service(config, data)
    token, text = make_token(service, name=name, scopes=scope or (), site=site, expires=expires, who=caller())
    if as_json:
        print_json([token_row(token, int(service.now())) | {"token": text}])
        return
    sys.stderr.write(f"Token {token.id} ({name}) opens {', '.join(token.scopes)}. It is shown this once:\n")
    sys.stdout.write(f"{text}\n")


@app.command("list")
def list_tokens(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print all tokens, revoked and expired ones too."""
    from ui.api.scopes import token_row
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    now = int(service.now())
    rows = [token_row(one, now) for one in service.stores.state.tokens.all()]
    show(
        rows if as_json else [row | {"scopes": " ".join(row["scopes"])} for row in rows],
        as_json=as_json,
        columns=COLUMNS,
        empty="There is no token yet: wattlas token create --name ... --scope ...",
    )


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Id of a token.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """End a token at once."""
    from ui.access.tokens import end_token
    from ui.api.scopes import token_row
    from ui.service import open_service
    from ui.tables import print_json

    service = open_service(config, data)
    found = end_token(service, token, who=caller(), reason=reason)
    if as_json:
        print_json([token_row(found, int(service.now()))])
    else:
        sys.stdout.write(f"Token {found.id} ({found.name}) opens nothing any more.\n")
