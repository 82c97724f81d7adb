"""After an import: archive and books brought up to date, so that what was accepted is in every figure from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from ui.service import Service


def bring_up_to_date(service: Service) -> str:
    """Ship and keep the books; return what stands in the way, for what was accepted stays accepted.

    Shipped once more at the end: a server has a copy of the books by the hour.
    """
    from ui.progress import progress

    try:
        service.ship()
        with progress("Keeping the books") as report:
            service.keep_books(progress=report)
        service.ship()
    except StoreUnavailable as error:
        return str(error)
    return ""
