"""Figures of the company or of one of its entities: sites weighted by the consolidation approach, each kWh once.

GHG Protocol, Corporate Standard chapter 3: by control a site counts whole or not at all, by equity at the company's
share. Bought electricity is of scope 2 or of scope 3 by the holding's rule, never of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from analytics.kpi import Kpi, scaled, summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from config.organisation import Holding, Organisation

COMPANY: Final = "company"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece [start, end) of a site's time [UTC s] in which holdings of one weight and scope follow each other.

    `weight` is the share of the site's electricity that counts, `control` that of its fuel and refrigerant.
    """

    site: str
    start: int
    end: int
    scope: int
    weight: float
    control: float


def parts(
    organisation: Organisation, *, site: str, start: int, end: int, entity: str | None = None
) -> tuple[list[Part], str | None]:
    """Return the pieces of a site's period that count, and why the site's time is not all accounted for.

    Args:
        organisation: the boundary.
        site: site id.
        start: begin of the site's period [UTC s].
        end: its end.
        entity: count for this entity alone, at the company's share.

    Two entities that hold 60 % and 40 % of a site in equal shares of the company's give two pieces of the same time.
    A site that goes from one entity to another and weighs the same is one piece: certificates of its year are matched
    over all of it, as in the site's own figure.
    """
    found: list[Part] = []
    for first, last in pairwise(_edges(organisation, site, start, end)):
        held = [one for one in organisation.holdings if one.site == site and one.holds(first)]
        if not held and not any(one.site == site and one.holds(first) for one in organisation.exclusions):
            return [], f"{site} belongs to no entity for all of the period: add a holding, or an exclusion and why"
        chosen = (one for one in held if entity in {None, one.entity})
        for one in chosen:
            _follow(found, _part(organisation, one, first, last))
    return found, None


def excluded(organisation: Organisation, *, start: int, end: int) -> list[str]:
    """Return each site that is left out within the period, with the reason."""
    out = (one for one in organisation.exclusions if (one.valid_from or 0) < end)
    return [f"{one.site} left out ({one.reason})" for one in out if one.valid_to is None or one.valid_to > start]


def _edges(organisation: Organisation, site: str, start: int, end: int) -> list[int]:
    spans = [one for one in (*organisation.holdings, *organisation.exclusions) if one.site == site]
    times = {time for one in spans for time in (one.valid_from, one.valid_to) if time is not None}
    return [start, *sorted(time for time in times if start < time < end), end]


def _follow(found: list[Part], part: Part) -> None:
    """Add a piece, to the one that it follows where both weigh the same and are of one scope."""
    for number, before in enumerate(found):
        if replace(before, start=part.start, end=part.end) == part and before.end == part.start:
            found[number] = replace(before, end=part.end)
            return
    found.append(part)


def _part(organisation: Organisation, holding: Holding, start: int, end: int) -> Part:
    of_entity = organisation.entity(holding.entity)
    equity = holding.share * (of_entity.share if of_entity else 0.0)
    by_equity = organisation.approach == "equity_share"
    return Part(
        site=holding.site,
        start=start,
        end=end,
        scope=holding.electricity_scope,
        weight=equity if by_equity else 1.0,
        control=equity if by_equity else float(holding.controlled(organisation.approach)),
    )


def consolidated(
    figures: Sequence[tuple[Kpi, float]],
    *,
    name: str,
    unit: str,
    of: str,
    start: int,
    end: int,
    told: Iterable[str] = (),
) -> Kpi:
    """Return the sum of figures, each times its weight, as a figure of the company or an entity.

    A figure without a value leaves the sum without one; one of weight 0 is left out. Without any the sum is 0, and its
    method says that nothing is in it.

    Sites of 100 and 50 kWh at weights 1 and 0.6 are 130 kWh.
    """
    weighed = [
        scaled(figure, weight, name=name, unit=unit, method=f"{figure.site} x {weight:g}: {figure.method}", factors=())
        for figure, weight in figures
        if weight > 0
    ]
    total = summed(weighed, site=of) if weighed else _nothing(name, unit, of, start, end)
    return replace(total, start=start, end=end, method="; ".join([total.method, *told]))


def _nothing(name: str, unit: str, of: str, start: int, end: int) -> Kpi:
    return Kpi(
        name=name,
        unit=unit,
        site=of,
        start=start,
        end=end,
        value_reported=0.0,
        value_measured=0.0,
        low=0.0,
        high=0.0,
        measured=1.0,
        estimated=0.0,
        missing=0.0,
        method="no site has anything in it",
    )
