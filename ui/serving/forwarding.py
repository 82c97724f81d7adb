"""`wattlas collect --forward`: which central server gets what is read here, and what stands in the way of that."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import InputError
from config.secrets import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.forward.central import Central
    from ui.service import Service

log = logging.getLogger(__name__)

OFF = "off"
TOKEN_VARIABLE = "WATTLAS_FORWARD_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Forward:
    """The central server, if there is one; `give_up` lets nothing wait for one any more."""

    central: Central | None
    give_up: bool = False


def forward_of(url: str | None, *, token_file: Path | None, ca_file: Path | None, plain_http: bool) -> Forward:
    """Understand the options of `--forward`.

    Raises:
        InputError: the address is none, or options are given without it.
        ConfigError: there is no token.
    """
    from collectors.forward.central import Central, checked_url

    if url is None or url == OFF:
        if token_file or ca_file or plain_http:
            msg = "--token-file, --ca-file and --plain-http speak of --forward: give the address of a central server."
            raise InputError(msg)
        return Forward(None, give_up=url == OFF)
    address = checked_url(url, plain_http=plain_http)
    token = Secret(env=TOKEN_VARIABLE) if token_file is None else Secret(file=token_file)
    token.resolve()
    return Forward(Central(address, token, ca_file))


def prepare(service: Service, forward: Forward) -> None:
    """See that forwarding can begin, and say what waits where it is left out.

    Raises:
        InputError: several sites read here, but a token is of one.
    """
    marks = service.stores.spool.marks
    if forward.give_up:
        marks.forward_no_more()
    if forward.central is None:
        upto = marks.forwarded()
        if upto is not None:
            waiting = service.stores.spool.backlog(upto).rows
            log.warning("%d readings wait for a central server: give --forward again, or --forward off.", waiting)
        return
    if len(service.settings.sites) > 1:
        msg = (
            f"{service.settings.path.name} has {len(service.settings.sites)} sites, and a token writes to one: "
            "give each site a collector with a site file and a data folder of its own."
        )
        raise InputError(msg)
