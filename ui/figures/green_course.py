"""What a site may say of its electricity: the contracts used, scope 2 by month, and how well each hour was matched."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.green import matched_by_hour
from analytics.market import market_based
from ui.figures.days import local_midnights
from ui.figures.energy_course import HourGrid, hour_grid, local_months
from ui.figures.relatives import supplies
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.service import Service

BOTH = ("emissions_location_kgco2e", "emissions_market_kgco2e")


@dataclass(frozen=True, slots=True)
class ContractUse:
    """A contract over a period: lots, what they may claim and what of it covered energy [kWh]; or why nothing may.

    `share` is what a tariff covers of all that is used.
    """

    contract: str
    kind: str
    lots: int
    claimable_kwh: float
    used_kwh: float
    share: float
    gco2e_per_kwh: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class Scope2:
    """Both figures of scope 2 of one local month [start, end)."""

    start: int
    whole: bool
    location: Kpi
    market: Kpi


def whole_days(end: int, count: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the last `count` local days that are over at `end` [UTC s]: what records speak of."""
    over = [midnight for midnight in local_midnights(end, count + 1, zone) if midnight <= end]
    return over[-(count + 1)], over[-1]


def contracts_used(service: Service, site: Site, start: int, end: int) -> list[ContractUse]:
    """Every contract of the site over [start, end), in the order of use; certificates of one year are not another's."""
    found: dict[tuple[str, str, str | None], list[tuple[Claim, float]]] = defaultdict(list)
    for claim, kwh in _used(Question(service, site, start, end, site.pue_category)):
        found[claim.contract, claim.kind, claim.reason].append((claim, kwh))
    return [
        ContractUse(
            contract,
            kind,
            len(uses),
            sum(claim.kwh for claim, _ in uses),
            sum(kwh for _, kwh in uses),
            max(claim.share for claim, _ in uses),
            uses[0][0].gco2e_per_kwh,
            reason,
        )
        for (contract, kind, reason), uses in found.items()
    ]


def _used(question: Question) -> Iterator[tuple[Claim, float]]:
    for part, _ in question.years:
        bought = [claim for claim in part.claims if claim.kind != "on_site"]
        seen = part.bought.value_measured or 0.0
        market = market_based(seen_kwh=seen, unseen_kwh=0.0, claims=bought, rest_gco2e_per_kwh=0.0)
        yield from ((used.claim, used.kwh) for used in market.used)
        yield from ((claim, 0.0) for claim in part.claims if claim.kind == "on_site")


def scope_2_months(service: Service, site: Site, *, end: int, count: int) -> list[Scope2]:
    """Scope 2 of the last `count` local months up to `end` [UTC s], from the first with a reading on."""
    edges = local_months(end, count, ZoneInfo(site.time_zone))
    months = [
        Scope2(first, last <= end, *service.kpis(site=site.id, start=first, end=min(last, end), names=BOTH))
        for first, last in pairwise(edges)
    ]
    first = next((at for at, month in enumerate(months) if month.location.coverage > 0), len(months))
    return months[first:]


def matched_hours(service: Service, site: Site, *, end: int, days: int, zone: ZoneInfo) -> HourGrid | None:
    """Share of each hour that metered contracts covered; None where the site has no such contract."""
    midnights = local_midnights(end, days, zone)
    question = Question(service, site, midnights[0], end, site.pue_category)
    found = supplies(question)
    if not found or not question.eras[-1].tree.purchased:
        return None
    hours = question.entered.hours
    share = matched_by_hour(hours=hours, supplies=found)
    return hour_grid(share, hours.edges[:-1], midnights=midnights, zone=zone, end=end)
