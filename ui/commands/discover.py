"""`wattlas discover`: which devices answer on addresses that you name, as rows for the inventory."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, YesOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.finding.network import Protocol, Scan
    from collectors.finding.probes import Heard
    from config.site import Site

app = typer.Typer()
BMC_ENV = "BMC_PASSWORD"
NAMES = {"redfish": "Redfish (TCP)", "ipmi": "IPMI (UDP)", "snmp": "SNMP v2c (UDP)"}


class Kind(StrEnum):
    """What can be asked for."""

    REDFISH = "redfish"
    IPMI = "ipmi"
    SNMP = "snmp"


@app.command()
def discover(  # noqa: PLR0913 - the options of one command
    *,
    ranges: Annotated[list[str], typer.Option("--range", help="10.0.0.0/24, 10.0.0.5-9 or 10.0.0.5; may be repeated.")],
    site: Annotated[
        str | None,
        typer.Option("--site", help="Site of these addresses; needed where there are several."),
    ] = None,
    kinds: Annotated[
        list[Kind] | None, typer.Option("--kind", help="Only this; may be repeated (default: all three).")
    ] = None,
    ports: Annotated[
        list[str] | None, typer.Option("--port", help="Another port, as redfish=8443; may be repeated.")
    ] = None,
    user: Annotated[str, typer.Option("--user", help="User of the BMCs, for the rows.")] = "monitor",
    password_env: Annotated[
        str, typer.Option("--password-env", help="Environment variable of the BMCs' password, for the rows.")
    ] = BMC_ENV,
    community_env: Annotated[
        str, typer.Option("--community-env", help="Environment variable that holds the SNMP community.")
    ] = "SNMP_COMMUNITY",
    out: Annotated[Path, typer.Option("--out", help="CSV for `wattlas inventory import`.")] = Path("discovered.csv"),
    yes: YesOption = False,
    config: ConfigOption = None,
    data: DataOption = None,  # noqa: ARG001 - every command takes it
) -> None:
    """Ask addresses that you name for Redfish, IPMI and SNMP, each range after your yes; write rows to look over.

    Nothing is logged in to: Redfish shows its root, a BMC its ways of login. Scan only networks that you run.
    """
    from config.loading import site_file
    from ui.setup.discover import inventory_rows, settings_so_far, write_new

    settings = settings_so_far(site_file(config))
    of_site = _site(settings.sites, site)
    heard = [each for one in _scans(ranges, kinds, ports, community_env) for each in _asked(one, yes=yes)]
    rows, said = inventory_rows(
        heard, settings, site=of_site, user=user, password_env=password_env, community_env=community_env
    )
    sys.stderr.writelines(f"{sentence}\n" for sentence in said)
    if not rows:
        sys.stdout.write("Nothing new answers there.\n")
        return
    write_new(out, rows)
    sys.stdout.writelines(f"{row.cells['id']}  {row.cells['source.kind']}  {row.cells['name']}\n" for row in rows)
    sys.stdout.write(
        f"{len(rows)} rows in {out}. Look them over: id, role, parents, max_w; fingerprints were taken as they were\n"
        f"shown this once. Then `wattlas inventory import {out}`.\n"
    )


def _site(sites: tuple[Site, ...], wanted: str | None) -> str:
    from config.errors import InputError
    from config.reading.wording import listed, remedy

    ids = [one.id for one in sites]
    if wanted is None and len(ids) > 1:
        message = f"Name the site that these addresses are of: --site {' or '.join(ids)}."
        raise InputError(message)
    if wanted is not None and wanted not in ids:
        message = f'--site "{wanted}" is no site ({listed(ids)}); {remedy(wanted, ids)}'
        raise InputError(message)
    return wanted or ids[0]


def _scans(ranges: list[str], kinds: list[Kind] | None, ports: list[str] | None, community_env: str) -> Iterator[Scan]:
    """Each range as a scan; all of them are understood before the first is asked."""
    from collectors.finding.network import PORTS, Scan, addresses_of

    community = os.environ.get(community_env, "")
    wanted: list[Protocol] = [kind.value for kind in kinds or list(Kind)]
    if "snmp" in wanted and not community:
        sys.stderr.write(f"SNMP is left out: put the community into the environment variable {community_env}.\n")
        wanted.remove("snmp")
    chosen = {**PORTS, **dict(map(_port, ports or []))}
    spans = [addresses_of(text) for text in ranges]
    return iter([Scan(span, tuple(wanted), chosen, community) for span in spans if wanted])


def _port(text: str) -> tuple[Protocol, int]:
    from config.errors import InputError

    kind, _, number = text.partition("=")
    if kind not in NAMES or not number.isdecimal() or not 1 <= int(number) <= 65535:  # noqa: PLR2004 - ports end there
        message = f"--port {text}: write one like redfish=8443."
        raise InputError(message)
    return Kind(kind).value, int(number)


def _asked(one: Scan, *, yes: bool) -> list[Heard]:
    """Ask the person, then the addresses."""
    from collectors.finding.network import public, scan
    from ui.progress import progress

    span = one.addresses[0] if len(one.addresses) == 1 else f"{one.addresses[0]} to {one.addresses[-1]}"
    kinds = ", ".join(f"{NAMES[kind]} {one.ports[kind]}" for kind in one.protocols)
    if public(one.addresses):
        sys.stderr.write(f"{span}: addresses of the public internet. Scan them only if they are yours.\n")
    if not yes and not typer.confirm(f"Ask {len(one.addresses)} addresses ({span}) for {kinds}?"):
        return []
    with progress(f"Asking {span}") as report:
        return scan(one, report)
