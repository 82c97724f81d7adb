"""The site file as understood, in words: sites, boundary, factor, tree of points, sources."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.boundary import Tree
from collectors.ledger_row import INTERVAL_S
from config.errors import FactorMissing
from config.factors.lookup import grid_factor
from ui.attribution.checking import node_notes
from ui.books.volume import volume
from ui.format import iso, number
from ui.usage.notes import usage_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.site import PointState, Settings, Site

FAR = 1 << 40  # after every date of a site file
ALIKE_SHOWN = 8  # children of one parent and role that are printed one by one


def site_row(settings: Settings, site: Site, *, now: int) -> dict[str, Any]:
    """One site as `wattlas check --json` prints it."""
    states = settings.points_at(site.id, now)
    tree = Tree(states)
    stored = volume(states)
    return {
        "id": site.id,
        "name": site.name,
        "zone": site.zone,
        "time_zone": site.time_zone,
        "currency": site.currency,
        "pue_category": site.pue_category,
        "factor": factor_words(settings, site, now=now),
        "facility": list(tree.facility),
        "it": list(tree.it(site.pue_category)),
        "points": [_point_row(state) for state in states],
        "notes": notes(settings, site, now=now),
        "sources": sum(settings.point(source.point).site == site.id for source in settings.sources),
        "readings_gb_per_year": round(stored.readings_gb, 3),
        "ledger_gb_per_year": round(stored.ledger_gb, 3),
    }


def _point_row(state: PointState) -> dict[str, Any]:
    return {
        "id": state.id,
        "name": state.name,
        "role": state.role,
        "parents": list(state.parents),
        "feeds": list(state.feeds),
        "min_w": state.min_w,
        "max_w": state.max_w,
        "tenant": state.tenant,
        "tags": list(state.tags),
        "room": state.room,
        "rack": state.rack,
        "interval_s": dict(state.interval_s),
        "provider_pue": state.provider_pue,
        "provider_pue_source": state.provider_pue_source,
    }


def factor_words(settings: Settings, site: Site, *, now: int) -> str:
    """The site's factor for location-based emissions of this year, or why there is none."""
    year = datetime.fromtimestamp(now, ZoneInfo(site.time_zone)).year
    try:
        factor, note = grid_factor(site.zone, year, policy=site.factor_year, files=settings.factors.files)
    except FactorMissing as error:
        return str(error)
    words = f"{factor.value:g} {factor.unit} ({factor.zone} {factor.year}, {factor.source})"
    return f"{words}; {note}" if note else words


def site_lines(settings: Settings, site: Site, *, now: int) -> Iterator[str]:
    """One site in lines for people."""
    states = settings.points_at(site.id, now)
    tree = Tree(states)
    yield f"{site.id}  {site.name}  zone {site.zone}  {site.time_zone}  {site.currency}"
    yield f"  factor    {factor_words(settings, site, now=now)}"
    yield f"  facility  {_listed(tree.facility)}"
    category = site.pue_category
    yield f"  IT        {_listed(tree.it(category))} (category {category}: {tree.it_basis(category)})"
    yield from _tree_lines(states)
    yield from (f"  note      {text}" for text in notes(settings, site, now=now))


def notes(settings: Settings, site: Site, *, now: int) -> list[str]:
    """What is allowed and may still surprise: dates within a ledger cell, a provider's PUE that nothing uses."""
    edges = settings.change_times(site.id, 0, FAR)
    told = [
        f"{iso(edge)} lies within a quarter of an hour: the interval around it is judged by what stood at its start"
        for edge in edges
        if edge % INTERVAL_S
    ]
    tree = Tree(settings.points_at(site.id, now))
    if tree.overheads and tree.topmost("utility", "pv", "genset"):
        names = ", ".join(state.id for state in tree.overheads)
        told.append(f"the site has a meter of its facility, so the provider_pue of {names} is not used")
    return [*told, *usage_notes(settings, site, now=now), *node_notes(settings, site, now=now)]


def _listed(ids: tuple[str, ...]) -> str:
    shown = ", ".join(ids[:ALIKE_SHOWN])
    return f"{shown} and {len(ids) - ALIKE_SHOWN} more" if len(ids) > ALIKE_SHOWN else shown or "none"


def _tree_lines(states: tuple[PointState, ...]) -> Iterator[str]:
    """Points under their first parent, in file order; many alike are counted."""
    known = {state.id for state in states}
    below: dict[str, list[PointState]] = defaultdict(list)
    for state in states:
        first = next((parent for parent in state.parents if parent in known), "")
        below[first].append(state)

    waiting = [_level(below[""], 1)]  # a stack, for chains of feeds may be long
    while waiting:
        found = next(waiting[-1], None)
        if found is None:
            waiting.pop()
            continue
        text, point = found
        yield text
        if point is not None:
            waiting.append(_level(below[point.id], len(waiting) + 1))


def _level(states: list[PointState], depth: int) -> Iterator[tuple[str, PointState | None]]:
    """The lines of the points below one parent, each with its point, and how many more there are of a role."""
    shown: dict[str, int] = defaultdict(int)
    for state in states:
        shown[state.role] += 1
        if shown[state.role] <= ALIKE_SHOWN:
            yield f"{'  ' * depth}{_point_line(state)}", state
    for role, count in shown.items():
        if count > ALIKE_SHOWN:
            yield f"{'  ' * depth}... and {count - ALIKE_SHOWN} more {role}", None


def _point_line(state: PointState) -> str:
    parts = [f"{state.role:<9} {state.id}"]
    if state.name != state.id.rpartition("/")[2]:
        parts.append(f'"{state.name}"')
    if len(state.parents) > 1:
        parts.append(f"fed by {', '.join(state.parents)}")
    if state.max_w is not None:
        parts.append(f"{number(state.min_w or 0.0)} to {number(state.max_w)} W")
    if state.provider_pue is not None:
        parts.append(f"provider's PUE {state.provider_pue:g} ({state.provider_pue_source})")
    parts += [f"{metric} every {seconds:g} s" for metric, seconds in state.interval_s.items()]
    return "  ".join(parts)
