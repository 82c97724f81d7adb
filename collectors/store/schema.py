"""Schema versions: every store says with which it was written, and a newer one is refused in one sentence."""

from __future__ import annotations

from config.errors import SchemaTooNew


def refuse_newer(store: str, found: int, known: int) -> None:
    """Raise SchemaTooNew where a store's schema is newer than the one this Wattlas knows."""
    if found > known:
        message = f"{store} has schema {found}, this Wattlas knows {known}: install the newer version of Wattlas."
        raise SchemaTooNew(message)
