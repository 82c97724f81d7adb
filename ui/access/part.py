"""Some sites alone: what a person or a token sees whose roles or scopes are not for all of them.

One rule for pages and the API: such a service knows of no other site, and a total of all is refused, never made of a
part without saying so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.errors import NotAllowed
from config.part import part_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from ui.service import Service


def showing(service: Service, sites: Collection[str]) -> Service:
    """Return the service as somebody sees it who may see these sites alone."""
    kept = frozenset(sites) & {site.id for site in service.settings.sites}
    found = service.parts.get(kept)
    if found is None:
        found = replace(service, settings=part_of(service.settings, kept), whole=service.configuration, person=None)
        found.__dict__.update(config_hash=service.config_hash, days_kept=service.days_kept)
        service.parts[kept] = found
    return found


def shows(service: Service, site: str) -> bool:
    """Say whether something of this site, or of the company where it is none, may be seen."""
    return service.whole is None or any(one.id == site for one in service.settings.sites)


def refuse_part(service: Service, what: str) -> None:
    """Refuse a figure of all sites where some cannot be seen.

    Raises:
        NotAllowed: which can.
    """
    if service.whole is not None:
        own = ", ".join(site.id for site in service.settings.sites)
        msg = f"{what} is of all sites, and here is leave for {own} alone: ask for one of these."
        raise NotAllowed(msg)
