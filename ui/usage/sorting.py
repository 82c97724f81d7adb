"""Lines of bills to points: which `[[usage]]` table and point takes a line, and what nothing takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from analytics.usage import KINDS, valued
from config.factors.tables import canonical_zone
from config.usage.tables import FACILITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analytics.usage import Valued
    from collectors.bills.line import Line
    from config.site import Settings
    from config.usage.bought import Usage
    from config.usage.tables import UsageTables

Key = tuple[str, str]  # usage, month


@dataclass(slots=True)
class Sorted:
    """Valued lines by bill and point; what no point takes; what is left out on purpose or has no energy, by item."""

    by_point: dict[Key, dict[str, list[Valued]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    homeless: Counter[str] = field(default_factory=Counter)
    left_out: dict[Key, dict[str, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    strangers: Counter[str] = field(default_factory=Counter)
    hints: dict[str, None] = field(default_factory=dict)


def sort_lines(lines: Iterable[Line], settings: Settings, tables: UsageTables) -> Sorted:
    """Give each line to the first `[[usage]]` table that covers it and to its points."""
    found = Sorted()
    for line in lines:
        usage = _usage(line, settings.usage)
        if usage is None:
            _stranger(line, settings, found)
            continue
        key = (usage.id, month_of(line))
        ignored = any(fnmatchcase(line.item, pattern) for pattern in usage.ignore)
        if line.kind not in KINDS or ignored:
            why = "ignored" if ignored else f"no energy known of {line.unit or line.kind}"
            found.left_out[key][f"{line.item or line.service} ({why})"] += line.amount
            continue
        _placed(valued(line, usage, tables), usage, key, settings, tables, found)
    return found


def month_of(line: Line) -> str:
    """Return the UTC month in which most of a line's time lies."""
    return datetime.fromtimestamp((line.start + line.end) // 2, UTC).strftime("%Y-%m")


def _usage(line: Line, usages: Iterable[Usage]) -> Usage | None:
    accounts = {line.account, line.sub_account}
    return next((one for one in usages if one.covers(provider=line.provider, accounts=accounts)), None)


def _stranger(line: Line, settings: Settings, found: Sorted) -> None:
    """A provider that no table names is a mistake; an account that tables leave out is their choice."""
    account = line.sub_account or line.account or "no account"
    if line.provider in {one.provider for one in settings.usage}:
        found.strangers[f"account {account} of {line.provider}"] += 1
    else:
        found.homeless[f'provider "{line.provider}": add a [[usage]] table for it'] += 1


def _placed(one: Valued, usage: Usage, key: Key, settings: Settings, tables: UsageTables, found: Sorted) -> None:
    points = list(dict.fromkeys(_points(one, usage)))
    if not points:
        where = f'region "{one.line.region}"' if one.line.region else "no region"
        text = (
            f"{where} of {usage.provider} ({' or '.join(one.kinds)}): add a point that takes it to [[usage]] {usage.id}"
        )
        found.homeless[text] += 1
        return
    for point in points:
        found.by_point[key][point].append(_within(one, point, settings))
        hint = zone_hint(one.line.provider, one.line.region, point, settings, tables)
        if hint:
            found.hints[hint] = None


def _points(one: Valued, usage: Usage) -> Iterator[str]:
    """The first point for each kind that the line may be: of an unknown instance type nobody knows which it is."""
    for kind in one.kinds:
        fits = (
            row.point for row in usage.points if row.takes(region=one.line.region, kind=kind, tags=dict(one.line.tags))
        )
        yield from list(fits)[:1]


def _within(one: Valued, point: str, settings: Settings) -> Valued:
    """A coefficient that holds the building must not stand beside a provider's PUE: that would count it twice."""
    whole = [part.coefficient.id for part in one.parts if part.coefficient.boundary == FACILITY]
    site = settings.point(point).site
    beside = [state for state in settings.points_at(site, one.line.start) if (state.provider_pue or 1.0) > 1.0]
    if not whole or not beside:
        return one
    words = f"{whole[0]} holds the building already, and {beside[0].id} adds it again"
    return replace(one, parts=(), problem=f"{words}: give {point} a site of its own with provider_pue = 1.0")


def zone_hint(provider: str, name: str, point: str, settings: Settings, tables: UsageTables) -> str:
    """Say where a site's zone is another than that of the region; nothing where they agree or nobody knows."""
    region = tables.region(provider, name)
    if region is None:
        return ""
    site = settings.site(settings.point(point).site)
    ours, theirs = canonical_zone(site.zone), canonical_zone(region.zone)
    part_of = {"CHN": "CN-", "USA": "US-"}.get(theirs, "\0")
    if ours == theirs or ours.startswith(part_of):
        return ""
    return (
        f"region {name} of {provider} is in {region.place}, zone {region.zone}, "
        f"but {point} is on site {site.id} with zone {site.zone}: correct one of them"
    )
