"""Energy through a site: metered sources on one side, uses on the other, over the same time. Contracts are no flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.figures.by_use import USES, shares_of
from ui.figures.site import Question

if TYPE_CHECKING:
    from config.site import Site
    from ui.figures.by_use import Use
    from ui.service import Service

SOURCES = ("grid", "pv", "genset")


@dataclass(frozen=True, slots=True)
class Flow:
    """What came in through each source and went to each use [kWh]; both sides sum to the facility's energy."""

    sources: tuple[Use, ...]
    uses: tuple[Use, ...]


def energy_flow(service: Service, site: Site, start: int, end: int) -> Flow:
    """Sources and uses of a site; an energy is None where no meter saw it at all."""
    found = Question(service, site, start, end, site.pue_category).uses
    return Flow(shares_of(found, SOURCES), shares_of(found, USES))
