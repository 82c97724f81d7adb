"""What must hold between the tables of a site file: unique ids, known parents, a tree without circles, at all times.

Each function yields mistakes as (id, text): the caller knows in which file and table the id stands. A point whose own
table could not be read still counts as known, so one slip is one sentence.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from config.catalogue import metrics
from config.points import EQUIPMENT
from config.reading.fields import span_mistake
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from config.points import Point, PointState
    from config.site import SourceTable

Found = tuple[str, str]

ADD = "add that point or correct the id"

OPEN_START, OPEN_END = 0, 1 << 62


def point_mistakes(point: Point) -> Iterator[str]:
    """Yield what is wrong within the table of one point."""
    span = span_mistake(point.valid_from, point.valid_to, start_key="valid_from", end_key="valid_to")
    if span:
        yield span
        return
    starts = [change.start for change in point.changes]
    if len(set(starts)) < len(starts):
        yield "two changes have the same from: put their keys into one"
    if any(not point.covers(start) for start in starts):
        yield "a change lies outside valid_from and valid_to: move it or the dates"
    yield from _meter_mistakes(point)
    yield from dict.fromkeys(text for state in _states(point) for text in _state_mistakes(state))


def _meter_mistakes(point: Point) -> Iterator[str]:
    for former, later in pairwise(point.meters):
        if former.end is None or later.start is None or later.start < former.end:
            yield f'meters "{former.id}" and "{later.id}" overlap: end the former (to) before the latter begins (from)'


def _state_mistakes(state: PointState) -> Iterator[str]:
    if state.min_w is not None and state.max_w is not None and state.min_w > state.max_w:
        yield f"min_w = {state.min_w:g} is above max_w = {state.max_w:g}: exchange the two"
    for name in state.interval_s:
        if name not in metrics():
            yield f'interval_s names "{name}", which is no metric; {remedy(name, metrics())}'
    if state.share is not None and state.role != "component":
        yield f'share is for role = "component" only, not "{state.role}": leave it out'
    if state.feeds and state.role not in EQUIPMENT:
        yield f"feeds are for roles {', '.join(sorted(EQUIPMENT))} only: leave them out or correct the role"
    yield from _provider_mistakes(state)
    if state.role in {"component", "feed"} and not state.parents:
        yield f'role = "{state.role}" needs a parent: name what it is part of or draws from'


def _provider_mistakes(state: PointState) -> Iterator[str]:
    if (state.provider_pue is None) != (state.provider_pue_source is None):
        yield "provider_pue and provider_pue_source stand together: write both, or neither"
    elif state.provider_pue is not None and state.role != "overhead":
        yield f'provider_pue is for role = "overhead" only, not "{state.role}": give the site a point of that role'
    elif state.provider_pue is not None and state.interval_s:
        yield "provider_pue stands for an overhead that no meter sees: leave out it, or interval_s"
    if (state.provider_wue is None) != (state.provider_wue_source is None):
        yield "provider_wue and provider_wue_source stand together: write both, or neither"
    elif state.provider_wue is not None and state.role != "overhead":
        yield f'provider_wue is for role = "overhead" only, not "{state.role}": give the site a point of that role'


def _states(point: Point) -> list[PointState]:
    starts = [point.valid_from or OPEN_START, *(change.start for change in point.changes)]
    return [state for state in map(point.at, starts) if state is not None]


def tree_mistakes(points: Sequence[Point], *, known: Collection[str], sites: Collection[str]) -> Iterator[Found]:
    """Yield what is wrong between points.

    Args:
        points: points whose own tables are readable.
        known: ids of all points, the unreadable ones included.
        sites: ids of all sites, the unreadable ones included.
    """
    by_id = {point.id: point for point in points}
    hints = Hints(known)
    for point in points:
        if point.site not in sites:
            yield point.id, f'site "{point.site}" is not in the file; {remedy(point.site, sites)}'
            continue
        for key, target in point.references:
            text = _reference_mistake(point, key, target, by_id=by_id, hints=hints)
            if text:
                yield point.id, text
    yield from _feed_mistakes(points)
    yield from _meters_twice(points)
    yield from _circles(by_id)


class Hints:
    """What an unknown point most likely meant: looked up once for each, and for the first few only, being slow."""

    MOST = 20

    def __init__(self, known: Collection[str]) -> None:
        """Keep the ids that there are."""
        self.known = known
        self._found: dict[str, str] = {}

    def of(self, target: str) -> str:
        """Return the remedy for a target that is not known."""
        if target not in self._found and len(self._found) < self.MOST:
            self._found[target] = remedy(target, self.known, otherwise=ADD)
        return self._found.get(target, ADD)


def _reference_mistake(point: Point, key: str, target: str, *, by_id: Mapping[str, Point], hints: Hints) -> str | None:
    if target == point.id:
        return f"{key} names the point itself: name what it draws from"
    if target not in hints.known:
        return f'{key} names "{target}", which is no point; {hints.of(target)}'
    other = by_id.get(target)
    if other is None:
        return None
    if other.site != point.site:
        return f'{key} names "{target}" of another site: a tree stays within its site'
    if key == "feeds" and all(state.role != "feed" for state in _states(other)):
        return f'feeds names "{target}", whose role is "{other.role}": give it role = "feed"'
    return _outlived(point, key, other)


def _outlived(point: Point, key: str, other: Point) -> str | None:
    """Say where a point refers to another at a time when the other does not exist."""
    if other.valid_from is None and other.valid_to is None:
        return None
    starts = [point.valid_from or OPEN_START, *(change.start for change in point.changes if point.covers(change.start))]
    for start, end in pairwise([*starts, point.valid_to or OPEN_END]):
        state = point.at(start)
        held = state is not None and other.id in (state.parents if key == "parents" else state.feeds)
        if held and ((other.valid_from or OPEN_START) > start or (other.valid_to or OPEN_END) < end):
            return f'{key} names "{other.id}" at a time when that point is not valid: add a change or move the dates'
    return None


def _feed_mistakes(points: Sequence[Point]) -> Iterator[Found]:
    owners: dict[str, set[str]] = {}
    for point in points:
        for key, target in point.references:
            if key == "feeds":
                owners.setdefault(target, set()).add(point.id)
    for point in points:
        if point.role != "feed" and point.id not in owners:
            continue
        owned = sorted(owners.get(point.id, ()))
        if point.role == "feed" and not owned:
            yield (
                point.id,
                'role = "feed" but no equipment names it under feeds, so its energy would be lost: name it there',
            )
        if len(owned) > 1:
            yield point.id, f"it is a feed of {' and of '.join(owned)}: a feed has one equipment"


def _meters_twice(points: Sequence[Point]) -> Iterator[Found]:
    sat: dict[str, list[tuple[int, int, str]]] = {}
    for point in points:
        for meter in point.meters:
            sat.setdefault(meter.id, []).append((meter.start or OPEN_START, meter.end or OPEN_END, point.id))
    for meter_id, places in sat.items():
        for (_, end, former), (start, _, later) in pairwise(sorted(places)):
            if start < end and former != later:
                yield later, f'meter "{meter_id}" sits on {former} at the same time: correct the id or the dates'


def _circles(by_id: Mapping[str, Point]) -> Iterator[Found]:
    """Yield circles of parents; those over all time together are looked at again at each instant, being rare."""
    if _circle(_parents_of_all(by_id)) is None:
        return
    times = sorted({OPEN_START}.union(*(point.edges() for point in by_id.values())))
    seen: set[frozenset[str]] = set()
    for time in times:
        states = {id_: state for id_, point in by_id.items() if (state := point.at(time)) is not None}
        circle = _circle({id_: state.parents for id_, state in states.items()})
        if circle and frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            yield circle[0], f"parents lead in a circle ({' > '.join([*circle, circle[0]])}): take one of them out"


def _parents_ever(point: Point) -> tuple[str, ...]:
    return tuple(target for key, target in point.references if key == "parents" and target != point.id)


def _parents_of_all(by_id: Mapping[str, Point]) -> dict[str, tuple[str, ...]]:
    """Return the parents that each point ever has; only what is a parent itself can stand in a circle."""
    above = {target for point in by_id.values() for key, target in point.references if key == "parents"}
    return {id_: _parents_ever(by_id[id_]) for id_ in by_id if id_ in above}


def _circle(parents: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Return one circle of a parents graph, or None. Iterative, for a chain may be deep."""
    done: set[str] = set()
    for root in parents:
        path: dict[str, Iterator[str]] = {}
        stack = [root]
        while stack:
            node = stack[-1]
            if node not in path and node not in done:
                path[node] = iter(parents.get(node, ()))
            following = next(path[node], None) if node in path else None
            if following is None:
                path.pop(node, None)
                done.add(node)
                stack.pop()
            elif following in path:
                names = list(path)
                return names[names.index(following) :]
            elif following not in done:
                stack.append(following)
    return None


def source_mistakes(sources: Sequence[SourceTable], *, known: Collection[str]) -> Iterator[Found]:
    """Yield what is wrong between sources and points, as (source id, text)."""
    givers: dict[tuple[str, str], list[SourceTable]] = {}
    hints = Hints(known)
    for source in sources:
        if source.point not in known:
            yield source.id, f'point "{source.point}" is not in the file; {hints.of(source.point)}'
        for name in source.metrics:
            if name not in metrics():
                yield source.id, f'metrics names "{name}", which is no metric; {remedy(name, metrics())}'
            others = givers.setdefault((source.point, name), [])
            for other in (one for one in others if overlap(source, one)):
                twice = f'source "{other.id}" gives {name} of {source.point} too'
                yield source.id, f"{twice}: give each a point of its own"
            others.append(source)


def overlap(one: SourceTable, other: SourceTable) -> bool:
    """Say whether two sources are polled at one time."""
    latest_start = max(one.valid_from or OPEN_START, other.valid_from or OPEN_START)
    return latest_start < min(one.valid_to or OPEN_END, other.valid_to or OPEN_END)
