"""Our estimate and the provider's own carbon figures side by side: two answers about the same use, never added."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.bills.carbon import ProviderCarbon
    from ui.service import Service

Row = dict[str, Any]
NAMES = ["emissions_location_kgco2e", "emissions_market_kgco2e"]
NO_SITE = "no point takes this region"


def beside_rows(service: Service, *, month: str | None = None) -> list[Row]:
    """Return for each site and month what we estimate and what its provider says, with what each counts."""
    groups: dict[tuple[str, str, str], list[ProviderCarbon]] = defaultdict(list)
    for one in service.stores.state.provider_carbon.all(month=month):
        groups[one.provider, one.month, _site(service, one)].append(one)
    return [_row(service, *key, said) for key, said in sorted(groups.items())]


def _site(service: Service, one: ProviderCarbon) -> str:
    """The site whose point takes the region of this account; empty where none does."""
    for usage in service.settings.usage:
        if usage.covers(provider=one.provider, accounts={one.account}):
            for point in usage.points:
                if not point.regions or one.region in point.regions:
                    return service.settings.point(point.point).site
    return ""


def _row(service: Service, provider: str, month: str, site: str, said: Sequence[ProviderCarbon]) -> Row:
    regions = sorted({one.region for one in said})
    words = {"site": site or None, "month": month, "provider": provider, "regions": regions}
    theirs = {
        "provider_location_kgco2e": _sum([one.location_kgco2e for one in said]),
        "provider_market_kgco2e": _sum([one.market_kgco2e for one in said]),
    }
    counts = f"provider: {said[0].scopes}{f', model {said[0].model}' if said[0].model else ''}"
    if not site:
        return {
            **words,
            "our_location_kgco2e": None,
            "our_market_kgco2e": None,
            **theirs,
            "note": f"{NO_SITE}; {counts}",
        }
    start = datetime.strptime(f"{month} +0000", "%Y-%m %z")
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1).astimezone(UTC)
    spans = int(start.timestamp()), min(int(end.timestamp()), int(service.now()))
    location, market = service.kpis(site=site, start=spans[0], end=spans[1], names=NAMES)
    ours = {"our_location_kgco2e": location.value, "our_market_kgco2e": market.value}
    return {**words, **ours, **theirs, "note": f"{counts}; ours: electricity with the building{_why(location.reason)}"}


def _why(reason: str | None) -> str:
    return f", none for {reason}" if reason else ""


def _sum(values: Sequence[float | None]) -> float | None:
    """The sum; None where the provider leaves one out."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
