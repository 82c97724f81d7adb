"""What a token may open: one scope a route, named as the route is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.errors import InputError
from config.reading.wording import remedy
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.tokens import Token
    from config.site import Settings

READ = ("kpis", "ledger", "readings", "alerts", "records", "reports", "plan")
SCOPES = ("ingest", "metrics", *READ)
ALL_READ = "read"  # stands for every scope of `READ`


def checked_scopes(given: Sequence[str]) -> list[str]:
    """Scopes as a person writes them; `read` is all that read.

    Raises:
        InputError: none is given, or there is no such scope.
    """
    if not given:
        msg = (
            f"--scope is missing: name what the token may open, {', '.join(SCOPES)} or {ALL_READ}; it may be repeated."
        )
        raise InputError(msg)
    found: list[str] = []
    for one in given:
        if one not in (*SCOPES, ALL_READ):
            msg = f'--scope "{one}" is unknown; {remedy(one, (*SCOPES, ALL_READ))}'
            raise InputError(msg)
        found += READ if one == ALL_READ else (one,)
    return found


def checked_site(settings: Settings, site: str | None, scopes: Sequence[str]) -> str | None:
    """The site that a token is bound to: one that writes readings always is.

    Raises:
        InputError: there is no such site, or `ingest` has none.
    """
    if site is not None:
        return settings.site(site).id
    if "ingest" in scopes:
        msg = "--site is missing: a token that writes readings is of one site, and can never write another's."
        raise InputError(msg)
    return None


def token_row(token: Token, now: int) -> dict[str, Any]:
    """One token as a plain row, without anything that opens a door."""
    return {
        "id": token.id,
        "name": token.name,
        "state": token.fault(now) or "stands",
        "scopes": list(token.scopes),
        "site": token.site,
        "expires_at": None if token.expires_at is None else iso(token.expires_at),
        "created_by": token.created_by,
        "created_at": iso(token.created_at),
        "revoked_by": token.revoked_by,
        "revoked_at": None if token.revoked_at is None else iso(token.revoked_at),
    }
