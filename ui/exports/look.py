"""The company's look on its reports: logo and colours of `[reports]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import InputError
from config.reports.making import logo_kind, logo_mistake

if TYPE_CHECKING:
    from config.site import Settings


@dataclass(frozen=True, slots=True)
class Look:
    """A picture with its kind (png, jpg or svg), "" for none, and colours of IT and of the facility as `#RRGGBB`."""

    name: str = ""
    logo: bytes = b""
    kind: str = ""
    it: str = ""
    facility: str = ""


def look_of(settings: Settings) -> Look:
    """Return the look that the site file asks for.

    Raises:
        InputError: the logo is gone or no picture any more since the site file was read.
    """
    path = settings.reports.logo
    mistake = None if path is None else logo_mistake(path)
    if mistake is not None:
        msg = f"{settings.path.name} [reports]: {mistake}"
        raise InputError(msg)
    raw = b"" if path is None else path.read_bytes()
    it, facility = (*settings.reports.colours, *("",) * 2)[:2]
    return Look("" if path is None else path.name, raw, logo_kind(raw) or "", it, facility)
