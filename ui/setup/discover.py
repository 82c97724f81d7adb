"""What a scan found, as rows for the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collectors.finding.network import PORTS, one_of_each
from config.draft import Draft
from config.errors import InputError
from config.inventory.rows import Row, write_rows
from config.loading import inventory_file, load_settings, read_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collectors.finding.probes import Heard
    from config.site import Settings

ROLES_SHORT = {"server": "srv", "pdu": "pdu", "ups": "ups", "cooling": "crac"}


def settings_so_far(path: Path) -> Settings:
    """Return the site file as understood; the inventory that it names may be still to be made.

    Raises:
        ConfigError: the site file has mistakes.
    """
    tables = read_tables(path)
    file = inventory_file(path, tables)
    if file is None or file.exists():
        return load_settings(path)
    return Draft(path=path.absolute(), tables=tables).settings()


def known_hosts(settings: Settings) -> dict[str, str]:
    """Return the host of each source that the site file and its inventory have, with the source's id."""
    found = {}
    for source in settings.sources:
        host = source.options.get("host") or urlsplit(str(source.options.get("url", ""))).hostname
        if host:
            found[str(host)] = source.id
    return found


def inventory_rows(
    heard: Sequence[Heard], settings: Settings, *, site: str, user: str, password_env: str, community_env: str
) -> tuple[list[Row], list[str]]:
    """Return a row for each device that is not known yet, and sentences about the others."""
    kept, said = one_of_each(heard)
    known = known_hosts(settings)
    rows: list[Row] = []
    for each in kept:
        if each.address in known:
            said.append(f'{each.address} is known already, as source "{known[each.address]}".')
            continue
        cells = {"id": _id(each), "site": site, "role": str(each.role), "name": each.title}
        login = {"source.user": user, "source.password.env": password_env}
        reading = {"source.community.env": community_env} if each.protocol == "snmp" else login
        rows.append(Row(len(rows) + 2, {**cells, **_source(each), **reading}))
    return rows, said


def write_new(path: Path, rows: list[Row]) -> None:
    """Write the rows to a file that is not there yet.

    Raises:
        InputError: it is there, or cannot be written.
    """
    if path.exists():
        msg = f"{path} is there already, and discover overwrites nothing: name another file with --out."
        raise InputError(msg)
    try:
        write_rows(path, rows)
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}): name another file with --out."
        raise InputError(msg) from error


def _id(each: Heard) -> str:
    return f"{ROLES_SHORT[str(each.role)]}-{each.address.replace('.', '-')}"


def _source(each: Heard) -> dict[str, str]:
    port = "" if each.port == PORTS[each.protocol] else str(each.port)
    if each.protocol == "redfish":
        place = {"source.url": f"https://{each.address}{f':{port}' if port else ''}"}
        return {"source.kind": "redfish", **place, "source.fingerprint": each.fingerprint, "source.metrics": "power"}
    place = {"source.host": each.address, **({"source.port": port} if port else {})}
    if each.protocol == "ipmi":
        return {"source.kind": "ipmi", **place, "source.metrics": "power"}
    metrics = "temperature" if each.role == "cooling" else f"power{';energy_counter' if each.register else ''}"
    return {"source.kind": "snmp", **place, "source.profile": str(each.profile), "source.metrics": metrics}
