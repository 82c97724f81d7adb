"""Some sites of a site file alone, for somebody who may see these: every question about them has the same answer.

What is left out is not there for whoever asks, instead of being hidden by each page. A point of another site stays
where a table of these sites names it (the plant of a contract, a weather station): their figures rest on it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from config.alerts.rules import Rule
    from config.attribution.served_models import ServedModel
    from config.plan.outlook import Plan
    from config.reading.fields import Raw
    from config.site import Settings
    from config.source_table import SourceTable


def part_of(settings: Settings, sites: Collection[str]) -> Settings:
    """Return a site file as if it had these sites alone; nobody may write by it, for its hash would be another."""
    kept: Raw = {name: getattr(settings, name) for name in type(settings).model_fields}
    kept |= {
        name: tuple(one for one in getattr(settings, name) if one.site in sites)
        for name in ("targets", "measures", "clusters", "tariffs")
    }
    kept["sites"] = tuple(one for one in settings.sites if one.id in sites)
    kept["contracts"] = tuple(
        one.model_copy(update={"sites": {site: share for site, share in one.sites.items() if site in sites}})
        for one in settings.contracts
        if not one.sites.keys().isdisjoint(sites)
    )
    kept["usage"] = tuple(one for one in settings.usage if any(_at(row.point, sites) for row in one.points))
    kept["models"] = tuple(_models(settings, sites))
    kept["plan"] = _plan(settings.plan, sites)
    kept["alerts"] = tuple(one for one in settings.alerts if _speaks_of(one, sites))
    kept |= {"organisation": None, "alert_mistakes": ()}  # of the company
    named = {text for name in ("sites", "contracts", "measures", "plan") for text in _texts(kept[name])}
    kept["points"] = tuple(one for one in settings.points if one.site in sites or one.id in named)
    ids = {one.id for one in kept["points"]}
    kept["sources"] = tuple(one for one in settings.sources if one.point in ids)
    return settings.model_construct(**kept)


def own_sources(settings: Settings) -> tuple[SourceTable, ...]:
    """Return the sources of points of its sites, without those of a plant elsewhere."""
    ids = {one.id for one in settings.sites}
    return tuple(one for one in settings.sources if one.point.partition("/")[0] in ids)


def _at(point: str, sites: Collection[str]) -> bool:
    return point.partition("/")[0] in sites


def _models(settings: Settings, sites: Collection[str]) -> Iterator[ServedModel]:
    for one in settings.models:
        counters, points = (tuple(id_ for id_ in ids if _at(id_, sites)) for ids in (one.counters, one.points))
        if counters or points:
            yield one.model_copy(update={"counters": counters, "points": points})


def _plan(plan: Plan, sites: Collection[str]) -> Plan:
    names = type(plan).model_fields
    return plan.model_copy(
        update={name: tuple(one for one in getattr(plan, name) if one.site in sites) for name in names}
    )


def _speaks_of(rule: Rule, sites: Collection[str]) -> bool:
    """Whether a rule can be about anything at these sites."""
    if rule.site is not None:
        return rule.site in sites
    patterns = [one.partition("/")[0] for one in (*rule.points, *([rule.under] if rule.under else []))]
    return not patterns or any(fnmatchcase(site, pattern) for site in sites for pattern in patterns)


def _texts(held: object) -> Iterator[str]:
    """Every text in tables."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict):
        for one in held.values():
            yield from _texts(one)
    elif isinstance(held, (tuple, list)):
        for one in held:
            yield from _texts(one)
    elif hasattr(held, "model_dump"):
        yield from _texts(held.model_dump())
