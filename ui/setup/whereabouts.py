"""Where this machine stands, by its clock: time zone, and from it the country whose grid feeds it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

from config.factors.tables import zones

LOCALTIME = Path("/etc/localtime")
UNKNOWN_ZONE = "REGION-World"  # known to no authority: figures of emissions say that a factor is missing


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """IANA time zone and factor zone, and what to say beside the latter."""

    time_zone: str
    zone: str
    zone_comment: str


def whereabouts(localtime: Path = LOCALTIME) -> Whereabouts:
    """Return what the machine's clock says; a machine that runs on UTC stands anywhere."""
    time_zone = _time_zone(localtime)
    country = _country(time_zone)
    if country is None:
        return Whereabouts(time_zone, UNKNOWN_ZONE, "CHANGE IT to the grid's zone: DE, CN-GD, US-ERCT ...")
    return Whereabouts(time_zone, country, f"the country of {time_zone}; CN-GD, US-ERCT ... where it has parts")


def _time_zone(localtime: Path) -> str:
    linked = str(localtime.resolve()).partition("zoneinfo/")[2]
    known = available_timezones()
    return next((name for name in (os.environ.get("TZ", ""), linked) if name in known), "UTC")


def _country(time_zone: str) -> str | None:
    """The country of a time zone, if the factor tables know it."""
    for line in files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and cells[2] == time_zone:
            return cells[0] if cells[0] in zones() else None
    return None
