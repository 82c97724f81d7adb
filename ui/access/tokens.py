"""Tokens of the HTTP doors, made and ended through any door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.errors import InputError
from config.reading.fields import NAME
from ui.api.expiry import expiry
from ui.api.scopes import checked_scopes, checked_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.tokens import Token
    from ui.service import Service

LONGEST: Final = 60  # fits a column


def make_token(
    service: Service, *, name: str, scopes: Sequence[str], site: str | None, expires: str, who: str
) -> tuple[Token, str]:
    """Make a token and return it with its text, which is shown once: only its hash is kept.

    Raises:
        InputError: name, scopes, site or expiry are none (NotAllowed: no role for it).
    """
    service.allow("tokens", who, sites=[site])
    now = int(service.now())
    found, until = checked_scopes(scopes), expiry(expires, now=now)
    bound = checked_site(service.settings, site, found)
    tokens = service.stores.state.tokens
    return tokens.create(name=_named(name), scopes=found, site=bound, expires_at=until, who=who, at=now)


def end_token(service: Service, token: str, *, who: str, reason: str) -> Token:
    """End a token at once.

    Raises:
        InputError: there is no such token (NotAllowed: no role for it).
    """
    tokens = service.stores.state.tokens
    service.allow("tokens", who, sites=[one.site for one in tokens.all() if one.id == token])
    return tokens.revoke(token, who=who, at=int(service.now()), why=reason)


def _named(name: str) -> str:
    """A token's name as it may stand in origins of readings and logs."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        message = f'--name "{name}": use at most 60 letters, digits, ".", ":", "_" and "-", without spaces.'
        raise InputError(message)
    return name
