"""Sign-ins that their persons ended: other tabs, and whoever kept the cookie, still hold their claims.

The list lives as long as what signs the cookies, which each process makes anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDED: Final[set[tuple[str, str]]] = set()


def end(claims: Mapping[str, Any]) -> None:
    """End the sign-in that a provider's claims are of."""
    _ENDED.add(_mark(claims))


def has_ended(claims: Mapping[str, Any]) -> bool:
    """Say whether the sign-in of these claims was ended."""
    return _mark(claims) in _ENDED


def _mark(claims: Mapping[str, Any]) -> tuple[str, str]:
    return str(claims.get("sub")), str(claims.get("iat"))
